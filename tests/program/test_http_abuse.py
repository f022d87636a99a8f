"""The HTTP listener of --metrics, in the hands of somebody who wants to break it: whatever he sends
and however slowly, each of his connections ends, the server holds no more than before, and who asks
properly is answered."""
import contextlib
import fcntl
import os
import pathlib
import random
import re
import select
import socket
import struct
import sys
import termios
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import operation  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TCP = 'echo+tcp://127.0.0.1:0'
VISITORS = 16  # EXPORTER_VISITORS of exporter.h
QUEUE = 48  # fewer than may wait to be accepted
ROUNDS = 1500
# What the C library keeps of what it has freed.
SLACK_BYTES = 2 << 20

GOOD = (b'GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: text/plain;q=0.5,'
        b'application/openmetrics-text;version=1.0.0\r\n\r\n')
ODD = (
    b'', b'\r\n' * 500, b'\0' * 9000, b'\xff\xfe' * 5000, b'GET', b'GET /metrics',
    b'GET /metrics\r\n\r\n', b'GET  /metrics  HTTP/1.1\r\n\r\n', b'GET /metrics HTTP/1.1\n\n',
    b'get /metrics http/1.1\r\n\r\n',
    b'GET /metr\0ics HTTP/1.1\r\n\r\n', b'GET http://elsewhere/metrics HTTP/1.1\r\n\r\n',
    b'GET /%2e%2e/%00/metrics HTTP/1.1\r\nHost: a\r\n\r\n', b'GET * HTTP/1.1\r\n\r\n',
    b'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', b'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n',
    b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + bytes(512),  # of TLS
    b'GET /metrics HTTP/1.1\r\n: empty\r\nno colon\r\n folded\r\nHost:\r\n\r\n',
    b'GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\nAccept: ' + b'q=,;' * 1500 + b'\r\n\r\n',
    b'GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
    b'GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n',
    b'POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde',
    b'POST /healthz HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n',
    b'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx',
    b'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n' + b'x' * 20000,
    b'GET /' + b'?a=b&' * 20000 + b' HTTP/1.1\r\n\r\n', b'A' * 300000,
    b'GET /metrics HTTP/1.1\r\nCookie: ' + b'a=b; ' * 20000 + b'\r\n\r\n',
    GOOD * 200,
)


def mutated(generator):
    """Good, bad or odd, and then changed, cut, or both."""
    text = bytearray(generator.choice((GOOD,) + ODD)[:2000])
    for _ in range(generator.randrange(8)):
        if text:
            text[generator.randrange(len(text))] = generator.randrange(256)
    return bytes(text[:generator.randrange(len(text) + 1)])


class AbuseTest(unittest.TestCase):
    def start(self, metrics):
        self.server = ringside.Server('--metrics', metrics, TCP, count=1)
        self.enterContext(self.server)

    def figures(self):
        """Descriptors and memory; the visitor who asks is always one."""
        text = operation.request(self.server, '/metrics').text
        return [int(re.search(rf'^process_{name} (\d+)$', text, re.MULTILINE)[1])
                for name in ('open_fds', 'resident_memory_bytes')]

    def assert_as_before(self, before):
        """Those who were cut off may still be on their way out."""
        deadline = time.monotonic() + ringside.DEADLINE_S
        while (now := self.figures())[0] > before[0]:
            self.assertLess(time.monotonic(), deadline, f'{now[0]} descriptors, not {before[0]}')
        if 'RINGSIDE_BUILD' in os.environ:  # one that is not instrumented
            self.assertLess(now[1] - before[1], SLACK_BYTES)
        self.assertEqual(operation.request(self.server, '/healthz').text, 'ok\nworker 0 ok\n')
        with peers.connect(self.server.url) as client:
            self.assertEqual(peers.ask(client, b'hello'), b'hello')

    def assert_is_http(self, answer, text):
        """One answer at most, and no file."""
        self.assertRegex(answer[:9], rb'\A(?:HTTP/1\.[01] |\Z)', text[:60])
        self.assertLessEqual(answer.count(b'HTTP/1.'), 2, text[:60])  # with "100 Continue"
        self.assertNotIn(b'root:', answer)


class TestBytes(AbuseTest):
    """By a UNIX socket, whose sender can tell when all has been read."""

    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.path = f'{folder.name}/metrics'
        self.start(f'unix:{self.path}')

    def said(self, text):
        """What comes back until the end of the connection, which has to come."""
        answer = bytearray()
        with socket.socket(socket.AF_UNIX) as visitor:
            visitor.settimeout(ringside.DEADLINE_S)
            visitor.connect(self.path)
            with contextlib.suppress(OSError):
                visitor.sendall(text)
                self.await_read(visitor)
                visitor.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while piece := visitor.recv(1 << 16):
                    answer += piece
        return bytes(answer)

    def await_read(self, visitor):
        """Or that the server has hung up."""
        deadline = time.monotonic() + ringside.DEADLINE_S
        ended = select.poll()
        ended.register(visitor, 0)
        while struct.unpack('i', fcntl.ioctl(visitor, termios.TIOCOUTQ, bytes(4)))[0]:
            self.assertLess(time.monotonic(), deadline, 'it does not read')
            if ended.poll(0):
                return

    def test_what_is_no_request_ends(self):
        self.said(GOOD)
        before = self.figures()
        for text in ODD:
            with self.subTest(text=text[:60]):
                self.assert_is_http(self.said(text), text)
        self.assert_as_before(before)

    def test_noise_ends(self):
        generator = random.Random('noise')
        for _ in range(100):
            self.said(mutated(generator))
        before = self.figures()
        for _ in range(ROUNDS):
            text = mutated(generator)
            self.assert_is_http(self.said(text), text)
        self.assert_as_before(before)


class TestConnections(AbuseTest):
    def setUp(self):
        self.start('0')
        host, _, port = operation.metrics_address(self.server).rpartition(':')
        self.address = host, int(port)

    def visit(self):
        made = socket.create_connection(self.address, ringside.DEADLINE_S)
        self.addCleanup(made.close)
        return made

    def test_those_that_are_broken_off_leave_nothing(self):
        generator = random.Random('broken')
        before = self.figures()
        for _ in range(ROUNDS):
            visitor = self.visit()
            if generator.randrange(2):
                visitor.sendall(GOOD[:generator.randrange(len(GOOD) + 1)])
                peers.reset(visitor)
            else:
                visitor.sendall(GOOD)
                visitor.close()
        self.assert_as_before(before)

    def test_a_crowd_is_served_in_its_turn(self):
        crowd = [self.visit() for _ in range(VISITORS + QUEUE)]
        for visitor in crowd:
            visitor.sendall(GOOD)
        for visitor in crowd:
            answer = peers.receive_all(visitor)
            self.assertTrue(answer.startswith(b'HTTP/1.1 200 '), answer[:40])
            self.assertTrue(answer.endswith(b'# EOF\n'))

    def test_those_who_go_on_for_ever_have_to_go(self):
        """A byte now and then is no silence, and takes a place all the same: one who asks properly
        gets it when their time is over."""
        before = self.figures()
        dribblers = [self.visit() for _ in range(VISITORS)]
        for dribbler in dribblers:
            dribbler.sendall(b'GET /metrics HTTP/1.1\r\nX: ')
        waiting = self.visit()
        waiting.sendall(GOOD)
        deadline = time.monotonic() + ringside.DEADLINE_S
        while not select.select([waiting], [], [], 1)[0]:
            self.assertLess(time.monotonic(), deadline, 'they keep their places')
            for dribbler in dribblers:
                with contextlib.suppress(OSError):
                    dribbler.send(b'x')
        self.assertTrue(peers.receive_all(waiting).endswith(b'# EOF\n'))
        for dribbler in dribblers:
            dribbler.close()
        self.assert_as_before(before)


if __name__ == '__main__':
    tap.main()
