"""Clients that never send, never read, or are gone without a word: the server ends them all, and
serves the others meanwhile."""
import ctypes
import json
import os
import pathlib
import select
import shutil
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

PIDFD_GETFD = 438  # of all architectures
TCP_USER_TIMEOUT = 18


def setUpModule():
    namespace.enter()


def stolen(server):
    """Copies of the sockets that a server has, by pidfd_getfd(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(server.pid)
    try:
        for link in pathlib.Path(f'/proc/{server.pid}/fd').iterdir():
            if not os.readlink(link).startswith('socket:'):
                continue
            copy = libc.syscall(PIDFD_GETFD, pidfd, int(link.name), 0)
            if copy < 0:
                raise unittest.SkipTest(f'pidfd_getfd: {os.strerror(ctypes.get_errno())}')
            yield socket.socket(fileno=copy)
    finally:
        os.close(pidfd)


class StalledTest(unittest.TestCase):
    ECHO = 'echo+tcp://127.0.0.1:0'

    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.stats = pathlib.Path(folder.name, 'stats.json')

    def server(self, *arguments):
        return ringside.Server('--json-stats', self.stats, *arguments)

    def document(self):
        return json.loads(self.stats.read_text())

    def assert_serves(self, url):
        with peers.connect(url) as good:
            for number in range(20):
                message = peers.pattern(number, 5000)
                self.assertEqual(peers.ask(good, message), message)


class TestNeverSending(StalledTest):
    def test_it_is_closed_after_the_idle_timeout(self):
        urls = (self.ECHO, f'echo+unix:{self.folder}/stream', f'echo+unixpacket:{self.folder}/p')
        with self.server('--idle-timeout', '1s', *urls) as server:
            silent = [peers.connect(url) for url in server.urls for _ in range(5)]
            self.assert_serves(server.url)
            for connected in silent:
                self.assertEqual(connected.recv(1), b'')
                connected.close()
        self.assertEqual(self.document()['counters']['idle_timeouts'], len(silent))


class TestNeverReading(StalledTest):
    @staticmethod
    def push(connected):
        """Send until the connection ends."""
        deadline = time.monotonic() + ringside.DEADLINE_S
        try:
            while time.monotonic() < deadline:
                connected.send(bytes(65536))
        except (BrokenPipeError, ConnectionResetError):
            return True
        return False

    def check(self, url):
        with self.server('--send-timeout', '300ms', url, self.ECHO) as server:
            with peers.make(server.url) as greedy:
                greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                greedy.connect(peers.address(server.url))
                self.assertTrue(self.push(greedy))
            self.assert_serves(server.urls[1])
        counters = self.document()['counters']
        self.assertEqual(counters['send_timeouts'], 1)
        self.assertGreater(counters['receive_paused'], 0)
        return counters

    def test_over_tcp_it_is_reset_after_the_send_timeout(self):
        self.check(self.ECHO)

    def test_over_a_unix_stream_it_is_reset_too(self):
        self.check(f'echo+unix:{self.folder}/stream')

    def test_as_little_is_queued_for_it_as_is_asked_for(self):
        """What the server took from it, less what the kernel has of the answers."""
        with self.server('--queue-max', '4Ki', '--sockopt', 'sndbuf=4096', '--sockopt',
                         'rcvbuf=4096', '--buffer-size', '1Ki', '--send-timeout', '300ms',
                         self.ECHO) as server:
            with peers.make(server.url) as greedy:
                greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                greedy.connect(peers.address(server.url))
                self.assertTrue(self.push(greedy))
        counters = self.document()['counters']
        self.assertLess(counters['bytes_in'] - counters['bytes_out'], 256 * 1024)
        self.assertEqual(self.document()['config']['queue_bytes_max'], 4096)

    def test_chargen_ends_for_it(self):
        """Which sends without being asked, as much as the sockets hold."""
        with self.server('--send-timeout', '300ms', 'chargen+tcp://127.0.0.1:0') as server:
            with peers.connect(server.url) as deaf:
                self.await_end(deaf)
        self.assertEqual(self.document()['counters']['send_timeouts'], 1)

    def await_end(self, deaf):
        """A reset is seen without reading."""
        poll = select.poll()
        poll.register(deaf, 0)
        self.assertTrue(poll.poll(1000 * ringside.DEADLINE_S))


@unittest.skipUnless(shutil.which('nft'), 'there is no nft')
class TestGone(StalledTest):
    """The peer's host is gone: nothing comes from it, and nothing it is sent is acknowledged."""

    def vanish(self, server):
        rules = ('add table ip gone\n'
                 'add chain ip gone input { type filter hook input priority 0; }\n'
                 f'add rule ip gone input tcp sport {server.url.port} drop\n')
        made = subprocess.run(['nft', '-f', '-'], input=rules, text=True,
                              capture_output=True, check=False)
        if made.returncode != 0:
            self.skipTest(f'nft: {made.stderr}')
        self.addCleanup(subprocess.run, ['nft', 'delete', 'table', 'ip', 'gone'], check=False)

    def await_disconnected(self):
        deadline = time.monotonic() + ringside.DEADLINE_S
        while not self.stats.exists() or self.document()['connections'] > 0 or \
                self.document()['counters']['accepted'] == 0:
            self.assertLess(time.monotonic(), deadline)

    def test_an_answer_that_is_not_acknowledged_ends_the_connection(self):
        """The kernel has taken it, so it is TCP_USER_TIMEOUT that ends this."""
        with self.server('--idle-timeout', 0, '--send-timeout', '500ms', '--stats-interval', '20ms',
                         self.ECHO) as server, peers.connect(server.url) as gone:
            self.assertEqual(peers.ask(gone, b'hello'), b'hello')
            self.vanish(server)
            gone.send(b'are you there?')
            self.await_disconnected()
        counters = self.document()['counters']
        self.assertEqual((counters['idle_timeouts'], counters['send_timeouts']), (0, 0))

    def test_one_that_owes_nothing_is_an_idle_one(self):
        with self.server('--idle-timeout', '1s', '--stats-interval', '20ms', self.ECHO) \
                as server, peers.connect(server.url) as gone:
            self.assertEqual(peers.ask(gone, b'hello'), b'hello')
            self.vanish(server)
            self.await_disconnected()
        self.assertEqual(self.document()['counters']['idle_timeouts'], 1)


class TestSockets(StalledTest):
    def options_of(self, *arguments):
        """Keepalive and the user timeout (ms) of the listener and of what it has accepted."""
        with self.server(*arguments, self.ECHO) as server, peers.connect(server.url) as connected:
            self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            found = []
            for copy in stolen(server):
                with copy:
                    found.append((copy.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                                  copy.getsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT)))
        self.assertEqual(len(found), 2)
        return set(found)

    def test_the_kernel_looks_after_its_part(self):
        self.assertEqual(self.options_of(), {(1, 30000)})
        self.assertEqual(self.options_of('--send-timeout', '7s'), {(1, 7000)})
        self.assertEqual(self.options_of('--send-timeout', 0), {(1, 0)})
        options = self.document()['options']
        self.assertEqual(options['idle_timeout_ns'], 60 * 10**9)


if __name__ == '__main__':
    tap.main()
