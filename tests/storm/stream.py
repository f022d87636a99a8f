"""A gibibyte through one connection, both ways at once: what comes back has the same hash."""
import hashlib
import random
import threading
import time

import peers

PIECE = 1 << 20
STEP = 7919  # bytes; no two pieces near each other are alike
TABLE = random.Random(6).randbytes(2 * PIECE)


def pieces(length):
    for number, at in enumerate(range(0, length, PIECE)):
        begin = number * STEP % PIECE
        yield TABLE[begin:begin + min(PIECE, length - at)]


class Speaker(threading.Thread):
    """Says it all, and then that it has nothing more to say."""

    def __init__(self, connected, length):
        super().__init__()
        self.connected, self.length = connected, length
        self.hash, self.error = hashlib.sha256(), None

    def run(self):
        try:
            for piece in pieces(self.length):
                self.hash.update(piece)
                self.connected.sendall(piece)
            self.connected.shutdown(peers.socket.SHUT_WR)
        except OSError as error:
            self.error = error


def hear(connected):
    """How many bytes there are until the end, and their hash."""
    count, heard, into = 0, hashlib.sha256(), bytearray(PIECE)
    while length := connected.recv_into(into):
        heard.update(memoryview(into)[:length])
        count += length
    return count, heard


def converse(stage, url, length):
    with peers.connect(url) as connected:
        speaker = Speaker(connected, length)
        begun = time.monotonic()
        speaker.start()
        try:
            count, heard = hear(connected)
        finally:
            connected.close()
            speaker.join()
        took_s = time.monotonic() - begun
    note = str(speaker.error or f'{count / took_s / 1e6:,.0f} MB a second')
    stage.judge(f'{url.transport}: bytes not come back', length - count, 'B', 0, note)
    stage.judge(f'{url.transport}: another hash', int(heard.digest() != speaker.hash.digest()),
                '', 0)


def run(stage):
    length = stage.size(1 << 30, 1 << 24)
    with peers.folder() as folder:
        with stage.server('echo+tcp://127.0.0.1:0', f'echo+unix:{folder}/stream') as server:
            for url in server.urls:
                converse(stage, url, length)
