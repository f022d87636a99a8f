"""Out of descriptors: a server that may have 64, and a thousand clients."""
import contextlib
import select
import shutil
import socket
import time

import peers
from stage import DEADLINE_S, Failed, Skipped, busy_share

FILES = 64
MESSAGE = b'is anybody there?'


class Crowd:
    """Clients that have each asked once; those that were answered keep their connection."""

    def __init__(self, url, count):
        self.url = url
        self.poll = select.epoll()
        self.waiting, self.served, self.turned_away = {}, [], 0
        for _ in range(count):
            self.add()

    def add(self):
        made = socket.socket()
        made.settimeout(DEADLINE_S)
        made.connect(peers.address(self.url))
        made.sendall(MESSAGE)
        self.waiting[made.fileno()] = made
        self.poll.register(made, select.EPOLLIN | select.EPOLLRDHUP)

    def hear(self, wait_s):
        """Who has been answered, or turned away, meanwhile? Returns how many were answered."""
        answered = 0
        for fd, _ in self.poll.poll(wait_s):
            self.poll.unregister(fd)
            made = self.waiting.pop(fd)
            try:
                said = peers.receive(made, len(MESSAGE))
            except ConnectionResetError:
                said = b''
            if said == MESSAGE:
                self.served.append(made)
                answered += 1
            elif said:
                raise Failed(f'a wrong answer: {said!r}')
            else:
                self.turned_away += 1
                made.close()
        return answered

    def settle(self):
        """Wait until nobody more is answered, since the server is full."""
        deadline = time.monotonic() + DEADLINE_S
        while self.hear(0.5):
            if time.monotonic() > deadline:
                raise Failed('the server is never full')
        if not self.served:
            raise Failed('the server answers nobody')

    def recover(self):
        """One of those served leaves; seconds until another is answered."""
        self.served.pop(0).close()
        left = time.monotonic()
        while not self.hear(0.02):
            if time.monotonic() > left + DEADLINE_S:
                raise Failed('nobody is served although a descriptor is free')
            if not self.waiting:
                self.add()
        return time.monotonic() - left

    def close(self):
        for made in [*self.waiting.values(), *self.served]:
            made.close()
        self.poll.close()


def run(stage):
    count, rounds, watch_s = stage.size((1000, 30, 5), (200, 3, 0.5))
    if not shutil.which('prlimit'):
        raise Skipped('prlimit is not installed')
    with stage.server('--idle-timeout', '10m', 'echo+tcp://127.0.0.1:0',
                      wrap=('prlimit', f'--nofile={FILES}:{FILES}')) as server:
        with contextlib.closing(Crowd(server.url, count)) as crowd:
            crowd.settle()
            share = busy_share(server.pid, watch_s)
            slowest = max(crowd.recover() for _ in range(rounds))
            note = f'{len(crowd.served)} of {count} served, {crowd.turned_away} turned away'
    stage.judge('CPU while full', round(100 * share, 2), '%', 5, note, timing=True)
    stage.judge('serving again after', round(1000 * slowest, 1), 'ms', 200,
                f'slowest of {rounds}', timing=True)
