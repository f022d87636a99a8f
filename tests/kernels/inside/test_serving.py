"""Served, loaded and talked to over every transport, on each backend that this kernel allows."""
import json
import pathlib
import re
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / 'lib')]
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402
import told  # noqa: E402

REQUESTS = 1000
LENGTHS = (1, 1000, 50_000)
STREAM_LENGTH = 1_000_000
ENDS = ['--timeout', '10s']
# Of these Linux 6.1 has none, and no kernel can do the first two at once.
WISHES = ['receive_bundle', 'incremental', 'no_sqarray']


class ServingTest(unittest.TestCase):
    """engine: the options of the server and of its clients; set by those that inherit, as is what
    the server alone is given."""
    engine: list
    server_only: list = []

    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.server = ringside.Server(
            'echo+tcp://127.0.0.1:0', 'echo+tcp://[::1]:0', 'echo+udp://127.0.0.1:0',
            'echo+udp://[::1]:0', f'echo+unix:{folder.name}/s', f'echo+unixgram:{folder.name}/d',
            f'echo+unixpacket:{folder.name}/p', *self.server_only, engine=self.engine)
        self.addCleanup(self.server.kill)

    def for_each(self, check):
        for url in self.server.urls:
            with self.subTest(url=url.text):
                check(url)
        self.assertEqual(told.has_ring(self.server), 'uring' in self.engine)
        self.assert_told(told.by_server(self.server.end()))

    def assert_told(self, lines):
        self.assertEqual(lines, [])

    def ask(self, url):
        """A program that shares no code with ours gets back what it sent."""
        with peers.connect(url) as connected:
            for length in LENGTHS:
                if url.transport != 'unixgram' or length <= 1000:
                    message = peers.pattern(length, length)
                    self.assertEqual(peers.ask(connected, message), message)
            if url.stream:
                self.half_close(connected)

    def half_close(self, connected):
        """More than the sockets hold, sent while it is read, and the last of it."""
        message = peers.pattern(1, STREAM_LENGTH)

        def send():
            connected.sendall(message)
            connected.shutdown(peers.socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        self.assertEqual(peers.receive_all(connected), message)
        sender.join()

    def load(self, url):
        """load compares each answer, byte by byte, with what it has to be."""
        result = ringside.run('load', *self.engine, *ENDS, '-n', REQUESTS, '-c', 4, '-p', 4,
                              '-s', '64-1400', '--json', '-', url.target)
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        document = json.loads(result.stdout)
        self.assertEqual((document['requests'], document['errors']['total']), (REQUESTS, 0))

    def talk(self, url):
        result = ringside.run('talk', url.target, input='hello\nagain\n')
        self.assertEqual((result.returncode, result.stdout, result.stderr),
                         (0, 'hello\nagain\n', ''))


class Transports:
    """The same three ways to meet a server, for each choice of an engine."""

    def test_asked(self):
        self.for_each(self.ask)

    def test_loaded(self):
        self.for_each(self.load)

    def test_talked_to(self):
        self.for_each(self.talk)


class TestEpoll(Transports, ServingTest):
    engine = ['--backend', 'epoll']


class TestUring(Transports, ServingTest):
    engine = ['--backend', 'uring']

    def setUp(self):
        effective, reason = told.by_probe()
        if effective != 'uring':
            self.skipTest(reason)
        super().setUp()


class TestUringWithWishes(TestUring):
    """What this kernel lacks of that which is asked for is told, with the probe's reason, and makes
    nothing wrong."""

    def setUp(self):
        self.stats = tempfile.NamedTemporaryFile()
        self.addCleanup(self.stats.close)
        self.server_only = ['--features', ','.join(f'+{name}' for name in WISHES),
                            '--json-stats', self.stats.name]
        super().setUp()

    def assert_told(self, lines):
        probed = json.loads(ringside.run('probe', '--json').stdout)['features']
        document = json.loads(pathlib.Path(self.stats.name).read_text())['features']
        for name in WISHES:
            state = document[name]
            self.assertTrue(state['requested'], name)
            if not probed[name]['present']:
                self.assertFalse(state['effective'], name)
                self.assertEqual(state['reason'], probed[name]['reason'], name)
            if not state['effective']:
                self.assertRegex('\n'.join(lines),
                                 f'not in effect: .*{name}.*{re.escape(state["reason"])}')
        everything = all(document[name]['effective'] for name in WISHES)
        self.assertEqual(len(lines), 0 if everything else 1)


class TestAuto(unittest.TestCase):
    def test_takes_what_the_probe_says_and_tells_why_if_that_is_epoll(self):
        effective, reason = told.by_probe()
        with ringside.Server('echo+tcp://127.0.0.1:0', engine=['--backend', 'auto']) as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            ring, lines = told.has_ring(server), told.by_server(server.end())
        self.assertEqual(ring, effective == 'uring')
        if ring:
            self.assertEqual(lines, [])
        else:
            self.assertEqual(lines, [f'ringside serve: serving with epoll: {reason}'])


if __name__ == '__main__':
    tap.main()
