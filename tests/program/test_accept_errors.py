"""Errors of accept4(2) that cannot be brought about at will: strace makes the kernel say so. (On
io_uring the kernel accepts by itself; there tests/contract runs out of descriptors in earnest.)"""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

CLIENTS = 5
ERRORS = 3


def failing(error):
    """A wrapper under which the first calls of accept4() fail."""
    return ('strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=accept4',
            '-e', f'inject=accept4:error={error}:when=1..{ERRORS}')


@unittest.skipUnless(ringside.may_trace(), 'strace is not installed, or may not trace')
class TestAccept(unittest.TestCase):
    @staticmethod
    def is_served(url):
        with peers.connect(url) as connected:
            try:
                return peers.ask(connected, b'hello') == b'hello'
            except (BrokenPipeError, ConnectionResetError):
                return False

    def counters(self, error):
        """Of a server that has served some clients; self.turned_away: how many it has not, before
        the first one."""
        self.turned_away = 0
        with peers.folder() as folder:
            stats = pathlib.Path(folder) / 'stats.json'
            # A call that strace has replaced is one that no filter knows.
            with ringside.Server('--sandbox', 'off', '--json-stats', stats,
                                 'echo+tcp://127.0.0.1:0',
                                 wrap=failing(error), engine=('--backend', 'epoll'),
                                 env=ringside.TRACEABLE) as server:
                while not self.is_served(server.url):
                    self.turned_away += 1
                for _ in range(CLIENTS - 1):
                    self.assertTrue(self.is_served(server.url))
            document = json.loads(stats.read_text())
            self.assertEqual(sum(document['accept_errors'].values()),
                             document['counters']['accept_errors'])
            name = error if error in document['accept_errors'] else 'other'
            self.assertEqual(document['accept_errors'][name],
                             document['counters']['accept_errors'])
            return document['counters']

    def check(self, error):
        """Who waits is served all the same."""
        self.assertEqual(self.counters(error)['accept_errors'], ERRORS)
        self.assertEqual(self.turned_away, 0)

    def test_of_the_connection(self):
        for error in ('ECONNABORTED', 'EPROTO', 'EINTR'):
            with self.subTest(error):
                self.check(error)

    def test_of_the_system(self):
        for error in ('ENOMEM', 'ENOBUFS'):
            with self.subTest(error):
                self.check(error)

    def test_without_descriptors_who_waits_is_turned_away(self):
        """The spare descriptor meets every second error, and at last a client."""
        for error in ('EMFILE', 'ENFILE'):
            with self.subTest(error):
                counted = self.counters(error)
                self.assertEqual(counted['accept_errors'], ERRORS // 2 + 1)
                self.assertGreaterEqual(self.turned_away, 1)
                self.assertEqual(counted['connections_refused'], self.turned_away)


if __name__ == '__main__':
    tap.main()
