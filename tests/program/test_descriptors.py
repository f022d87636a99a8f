"""Few descriptors, and none: what does not fit waits or is turned away, nothing burns the CPU, and
the next client is served as soon as one is free."""
import json
import os
import pathlib
import resource
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import spending  # noqa: E402
import tap  # noqa: E402

LIMIT = 64
CLIENTS = 300
KEPT_BACK = 32 + 4 + 1  # of the process, of the thread, the listener
ECHO = 'echo+tcp://127.0.0.1:0'


def set_limit():
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


class DescriptorTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.stats = pathlib.Path(folder.name, 'stats.json')

    def server(self, *arguments, **keywords):
        return ringside.Server('-t', 1, '--json-stats', self.stats, *arguments, ECHO, **keywords)

    def counters(self):
        return json.loads(self.stats.read_text())['counters']

    def connect(self, url):
        connected = peers.connect(url)
        self.addCleanup(connected.close)
        return connected


class TestFew(DescriptorTest):
    """As many connections as fit; the others wait in the listen queue, and none is turned away."""

    def test_who_does_not_fit_waits_calmly_for_his_turn(self):
        ringside.raise_descriptor_limit(CLIENTS + 100)
        with self.server(preexec_fn=set_limit) as server:
            clients = [self.connect(server.url) for _ in range(CLIENTS)]
            for number, client in enumerate(clients):
                client.send(b'%03d' % number)
            fit = LIMIT - KEPT_BACK
            self.assertEqual([peers.receive(client, 3) for client in clients[:fit]],
                             [b'%03d' % number for number in range(fit)])
            with spending.calm(self, server):
                self.assertEqual(peers.pending(clients[fit]), b'')
            for number in range(fit, CLIENTS):
                clients[number - fit].close()
                self.assertEqual(peers.receive(clients[number], 3), b'%03d' % number)
        self.assertEqual(self.counters()['connections_refused'], 0)
        self.assertEqual(self.counters()['accept_errors'], 0)
        self.assertEqual(self.counters()['accepted'], CLIENTS)

    def test_it_does_not_start_with_more_connections_than_fit(self):
        result = ringside.run('serve', '-t', 1, '-c', LIMIT - KEPT_BACK + 1, ECHO,
                              preexec_fn=set_limit)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stdout, '')
        self.assertIn(f'{LIMIT - KEPT_BACK} would fit', result.stderr)
        self.assertEqual(result.stderr.count('\n'), 1)

    def test_all_of_the_hard_limit_is_used(self):
        with self.server(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                               (LIMIT, 2 * LIMIT))) as server:
            self.assertEqual(resource.prlimit(server.pid, resource.RLIMIT_NOFILE),
                             (2 * LIMIT, 2 * LIMIT))


class TestNone(DescriptorTest):
    """The limit is lowered below what it was when the server started."""

    @staticmethod
    def take_all(server):
        """Returns how it was."""
        used = [int(name) for name in os.listdir(f'/proc/{server.pid}/fd')]
        free = set(range(max(used))) - set(used)
        limit = max(used) + 1 - len(free)
        return resource.prlimit(server.pid, resource.RLIMIT_NOFILE,
                                (limit, resource.prlimit(server.pid, resource.RLIMIT_NOFILE)[1]))

    def is_served(self, url):
        """Or turned away: there is nothing else."""
        with peers.connect(url) as connected:
            try:
                return peers.ask(connected, b'hello') == b'hello'
            except (BrokenPipeError, ConnectionResetError):
                return False

    def test_clients_are_turned_away_and_served_again(self):
        # So few that io_uring accepts them one by one: what is armed keeps the limit it began with.
        with self.server('-c', 100) as server:
            kept = [self.connect(server.url) for _ in range(5)]
            for client in kept:
                self.assertEqual(peers.ask(client, b'one'), b'one')
            before = self.take_all(server)
            idle = self.connect(server.url)  # perhaps accepted, so that the next one is not
            away = sum(not self.is_served(server.url) for _ in range(20))
            self.assertGreaterEqual(away, 19)
            with spending.calm(self, server):
                for client in kept:
                    self.assertEqual(peers.ask(client, b'two'), b'two')
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
            for _ in range(20):
                self.assertTrue(self.is_served(server.url))
            idle.close()
        counters = self.counters()
        self.assertIn(counters['connections_refused'], (away, away + 1))
        self.assertGreater(counters['accept_errors'], 0)


if __name__ == '__main__':
    tap.main()
