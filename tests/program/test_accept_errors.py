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
    def check(self, error):
        with peers.folder() as folder:
            stats = pathlib.Path(folder) / 'stats.json'
            # A call that strace has replaced is one that no filter knows.
            with ringside.Server('--sandbox', 'off', '--json-stats', stats,
                                 'echo+tcp://127.0.0.1:0',
                                 wrap=failing(error), engine=('--backend', 'epoll'),
                                 env=ringside.TRACEABLE) as server:
                for i in range(CLIENTS):
                    with peers.connect(server.url) as connected:
                        self.assertEqual(peers.ask(connected, b'%d' % i), b'%d' % i)
            counters = json.loads(stats.read_text())['counters']
            self.assertEqual(counters['accept_errors'], ERRORS)

    def test_of_the_connection(self):
        for error in ('ECONNABORTED', 'EPROTO', 'EINTR'):
            with self.subTest(error):
                self.check(error)

    def test_of_the_system(self):
        for error in ('EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS'):
            with self.subTest(error):
                self.check(error)


if __name__ == '__main__':
    tap.main()
