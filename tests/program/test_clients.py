"""Clients that misbehave, and very many of them."""
import json
import pathlib
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TCP = 'echo+tcp://127.0.0.1:0'


def flood(connected):
    """Send without reading until the kernel takes no more; returns the bytes."""
    connected.setblocking(False)
    sent = bytearray()
    block = peers.pattern(len(sent), 1 << 16)
    try:
        while True:
            count = connected.send(block)
            sent += block[:count]
    except BlockingIOError:
        return bytes(sent)
    finally:
        connected.settimeout(ringside.DEADLINE_S)


class TestTrouble(unittest.TestCase):
    def assert_serves(self, server):
        with peers.connect(server.url) as connected:
            for i in range(20):
                message = peers.pattern(i, 1000)
                self.assertEqual(peers.ask(connected, message), message)

    def test_clients_that_never_read_harm_no_other(self):
        with ringside.Server(TCP) as server:
            greedy = [peers.connect(server.url) for _ in range(20)]
            for connected in greedy:
                flood(connected)
            self.assert_serves(server)
            for connected in greedy:
                connected.close()
            self.assert_serves(server)

    def test_a_client_that_reads_late_gets_everything(self):
        with ringside.Server(TCP) as server, peers.connect(server.url) as connected:
            sent = flood(connected)
            self.assert_serves(server)
            self.assertEqual(peers.receive(connected, len(sent)), sent)

    def test_a_client_that_takes_nothing_is_reset(self):
        with ringside.Server('--send-timeout', '300ms', TCP) as server:
            with peers.connect(server.url) as stuck:
                stuck.setsockopt(peers.socket.SOL_SOCKET, peers.socket.SO_RCVBUF, 4096)
                stopped = False
                while not stopped:
                    try:
                        stuck.sendall(bytes(1 << 16))
                    except (ConnectionResetError, BrokenPipeError):
                        stopped = True
                self.assert_serves(server)

    def test_an_idle_client_is_closed(self):
        with ringside.Server('--idle-timeout', '200ms', TCP) as server:
            with peers.connect(server.url) as idle:
                self.assertEqual(peers.receive_all(idle), b'')

    def test_half_closed_clients_get_what_they_are_owed(self):
        message = peers.pattern(1, 300_000)
        with ringside.Server(TCP) as server:
            for _ in range(20):
                with peers.connect(server.url) as connected:
                    sender = threading.Thread(target=self.send_and_shut, args=(connected, message))
                    sender.start()
                    self.assertEqual(peers.receive_all(connected), message)
                    sender.join()

    @staticmethod
    def send_and_shut(connected, message):
        connected.sendall(message)
        connected.shutdown(peers.socket.SHUT_WR)

    def test_clients_that_reset_harm_no_other(self):
        with ringside.Server(TCP) as server:
            for _ in range(100):
                connected = peers.connect(server.url)
                connected.sendall(bytes(20_000))
                peers.reset(connected)
            self.assert_serves(server)

    def test_single_bytes_come_back_in_order(self):
        message = peers.pattern(1, 2000)
        with ringside.Server(TCP) as server, peers.connect(server.url) as connected:
            connected.setsockopt(peers.socket.IPPROTO_TCP, peers.socket.TCP_NODELAY, 1)
            for byte in message:
                connected.send(bytes([byte]))
            self.assertEqual(peers.receive(connected, len(message)), message)

    def test_an_urgent_byte_harms_nothing(self):
        with ringside.Server(TCP) as server:
            with peers.connect(server.url) as connected:
                connected.send(b'a')
                connected.send(b'b', peers.socket.MSG_OOB)
                connected.send(b'c')
                connected.shutdown(peers.socket.SHUT_WR)
                self.assertIn(peers.receive_all(connected), (b'ac', b'abc'))
            self.assert_serves(server)

    def test_no_more_connections_than_asked_for_and_the_rest_waits(self):
        with ringside.Server('--connections', 4, '--verbose', TCP) as server:
            clients = [peers.connect(server.url) for _ in range(12)]
            for i, connected in enumerate(clients):
                connected.sendall(peers.pattern(i, 100))
            for i, connected in enumerate(clients[:4]):
                self.assertEqual(peers.receive(connected, 100), peers.pattern(i, 100))
            for _ in range(20):  # turns in which it could have taken more
                self.assertEqual(peers.ask(clients[0], b'hello'), b'hello')
            self.assertEqual(server.stderr().count(': connected from '), 4)
            for connected in clients[4:]:
                self.assertEqual(peers.pending(connected), b'')
            for connected in clients[:4]:
                connected.close()
            for i, connected in enumerate(clients[4:], 4):
                self.assertEqual(peers.receive(connected, 100), peers.pattern(i, 100))
                connected.close()


class TestMany(unittest.TestCase):
    COUNT = 10_000

    def test_ten_thousand_connections(self):
        ringside.raise_descriptor_limit(self.COUNT + 200)
        with peers.folder() as folder:
            stats = pathlib.Path(folder) / 'stats'
            with ringside.Server('--connections', self.COUNT + 10, '--json-stats', stats,
                                 TCP) as server:
                clients = [peers.connect(server.url) for _ in range(self.COUNT)]
                for i, connected in enumerate(clients):
                    connected.sendall(b'%08d' % i)
                for i, connected in enumerate(clients):
                    self.assertEqual(peers.receive(connected, 8), b'%08d' % i)
                for connected in clients:
                    connected.close()
            counted = json.loads(stats.read_text())['listeners'][0]
        self.assertEqual(counted['connected'], self.COUNT)
        self.assertEqual(counted['disconnected'], self.COUNT)

    def test_a_storm_of_short_connections(self):
        with ringside.Server(TCP) as server:
            for i in range(3000):
                with peers.connect(server.url) as connected:
                    self.assertEqual(peers.ask(connected, b'%08d' % i), b'%08d' % i)


class TestReports(unittest.TestCase):
    def test_verbose_tells_of_connects_and_disconnects(self):
        with ringside.Server('--verbose', TCP) as server:
            with peers.connect(server.url) as connected:
                host, port = connected.getsockname()
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            errors = server.end()
        lines = [line for line in errors.splitlines() if f'{host}:{port}' in line]
        self.assertEqual(len(lines), 2, errors)

    def test_statistics_at_each_interval(self):
        with ringside.Server('--stats-interval', '50ms', '--idle-timeout', '500ms', TCP) as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
                self.assertEqual(peers.receive_all(connected), b'')
            errors = server.end()
        self.assertRegex(errors, r'1 connection, .* messages/s')
        self.assertGreater(errors.count('\n'), 2)


if __name__ == '__main__':
    tap.main()
