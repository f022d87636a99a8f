"""How ringside serve ends: what has arrived is answered, nobody sees a reset, the port is free."""
import json
import pathlib
import select
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

MESSAGE = 64


class PingPong(threading.Thread):
    """A client that asks until the server ends the conversation; it may not end it otherwise."""

    def __init__(self, url, number):
        super().__init__()
        self.connected = peers.connect(url)
        self.number = number
        self.rounds = 0
        self.error = None
        self.busy = threading.Event()

    def run(self):
        try:
            with self.connected:
                self.converse()
        except (OSError, AssertionError) as error:
            self.error = error
        self.busy.set()

    def converse(self):
        while True:
            message = peers.pattern(self.number * 1_000_000 + self.rounds, MESSAGE)
            self.connected.sendall(message)
            answer = peers.receive(self.connected, MESSAGE)
            if answer == b'':
                return
            if answer != message:
                raise AssertionError(f'{len(answer)} bytes of an answer, or wrong ones')
            self.rounds += 1
            self.busy.set()


class TestUnderLoad(unittest.TestCase):
    CLIENTS = 20

    def check(self, url, *options):
        with ringside.Server(*options, url) as server:
            clients = [PingPong(server.url, i) for i in range(self.CLIENTS)]
            for client in clients:
                client.start()
            for client in clients:
                self.assertTrue(client.busy.wait(ringside.DEADLINE_S))
            server.end()
        for client in clients:
            client.join(ringside.DEADLINE_S)
            self.assertIsNone(client.error)
            self.assertGreater(client.rounds, 0)

    def test_no_answer_is_cut_and_nobody_is_reset(self):
        with peers.folder() as folder:
            for url in ('echo+tcp://127.0.0.1:0', f'echo+unix:{folder}/x'):
                with self.subTest(url=url):
                    self.check(url)

    def test_with_several_threads(self):
        self.check('echo+tcp://127.0.0.1:0', '-t', '2')


class TestArrivedBefore(unittest.TestCase):
    """The server is stopped while clients ask, and hears of the end before it hears them."""

    def check(self, url, length, count):
        with ringside.Server(url) as server:
            asked = [(peers.connect(server.url), peers.pattern(i, length)) for i in range(count)]
            server.stop()
            for connected, message in asked:
                connected.sendall(message)
            server.signal(signal.SIGTERM)
            server.signal(signal.SIGCONT)
            self.assertEqual(server.wait(), 0, server.stderr())
            server.close()
        for connected, message in asked:
            with connected:
                if server.url.stream:
                    self.assertEqual(peers.receive_all(connected), message)
                else:
                    self.assertEqual(connected.recv(1 << 17), message)

    def test_streams_and_records_are_answered_and_ended(self):
        with peers.folder() as folder:
            for url in ('echo+tcp://127.0.0.1:0', f'echo+unix:{folder}/a',
                        f'echo+unixpacket:{folder}/b'):
                with self.subTest(url=url):
                    self.check(url, 10_000, 20)

    def test_datagrams_are_answered(self):
        self.check('echo+udp://127.0.0.1:0', 1000, 20)

    def test_clients_in_the_listen_queue_are_served(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            server.stop()
            waiting = [peers.connect(server.url) for _ in range(20)]
            for i, connected in enumerate(waiting):
                connected.sendall(peers.pattern(i, 100))
            server.signal(signal.SIGTERM)
            server.signal(signal.SIGCONT)
            self.assertEqual(server.wait(), 0, server.stderr())
            server.close()
        for i, connected in enumerate(waiting):
            with connected:
                self.assertEqual(peers.receive_all(connected), peers.pattern(i, 100))


class Stuck:
    """A server that cannot finish: a client takes nothing of what it is owed.

    The sockets hold less than what the server has queued once it has ceased to read.
    """

    def __init__(self, test, *options):
        folder = peers.folder()
        test.addCleanup(folder.cleanup)
        self.stats = pathlib.Path(folder.name) / 'stats.json'
        self.server = ringside.Server('--sockopt', 'sndbuf=16384', '--json-stats', self.stats,
                                      '--stats-interval', '20ms', '--send-timeout', 0, *options,
                                      'echo+tcp://127.0.0.1:0')
        test.addCleanup(self.server.kill)
        self.client = peers.make(self.server.url)
        test.addCleanup(self.client.close)
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.client.connect(peers.address(self.server.url))
        self.sent = 0
        self.client.setblocking(False)
        deadline = time.monotonic() + ringside.DEADLINE_S
        while not self.is_paused():
            test.assertLess(time.monotonic(), deadline)
            _, ready, _ = select.select([], [self.client], [], 0.02)
            if ready:
                self.sent += self.client.send(bytes(1 << 16))
        self.client.settimeout(ringside.DEADLINE_S)

    def is_paused(self):
        if not self.stats.exists():  # written with the first line of statistics
            return False
        return json.loads(self.stats.read_text())['counters']['receive_paused'] > 0

    def receive(self):
        """The bytes that have come, until the end or a reset."""
        received = 0
        try:
            while piece := self.client.recv(1 << 16):
                received += len(piece)
        except ConnectionResetError:
            pass
        return received


class TestSignals(unittest.TestCase):
    @staticmethod
    def await_draining(server):
        """Until it has heard of the signal: then it takes no new client."""
        while True:
            try:
                peers.connect(server.url).close()
            except (ConnectionRefusedError, ConnectionResetError):
                return

    def test_interrupt_ends_it_too(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
                server.signal(signal.SIGINT)
                self.assertEqual(peers.receive_all(connected), b'')
                self.assertEqual(server.wait(), 0)
            server.close()

    def test_an_idle_client_sees_the_end(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
                server.end()
                self.assertEqual(peers.receive_all(connected), b'')

    def test_the_deadline_ends_a_drain_that_cannot_finish(self):
        stuck = Stuck(self, '--drain', '200ms')
        self.assertIn('1 connection cut off by the end of --drain', stuck.server.end())
        self.assertLess(stuck.receive(), stuck.sent)
        self.assertEqual(json.loads(stuck.stats.read_text())['options']['drain_ns'], 200_000_000)

    def test_a_second_signal_ends_at_once(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                server = Stuck(self, '--drain', '1h').server
                server.signal(number)
                self.await_draining(server)
                server.signal(number)
                self.assertEqual(server.wait(), 0, server.stderr())
                # Those that await_draining() has made may not be gone yet.
                self.assertRegex(server.stderr(),
                                 r'[1-9]\d* connections? cut off by the second signal')


class TestPorts(unittest.TestCase):
    def bind(self, kind, host, port):
        with socket.socket(socket.AF_INET, kind) as again:
            if kind == socket.SOCK_STREAM:  # past clients keep a TCP port busy for a minute
                again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind((host, port))
            if kind == socket.SOCK_STREAM:
                again.listen()

    def test_it_can_be_bound_again_at_once(self):
        host = peers.private_host()
        for transport, kind in (('tcp', socket.SOCK_STREAM), ('udp', socket.SOCK_DGRAM)):
            for threads in (1, 2):
                with self.subTest(transport=transport, threads=threads):
                    url = f'echo+{transport}://{host}:0'
                    with ringside.Server('-t', threads, url) as server:
                        with peers.connect(server.url) as connected:
                            self.assertEqual(peers.ask(connected, b'hello'), b'hello')
                    self.bind(kind, host, server.url.port)

    def test_a_server_can_follow_another_at_once(self):
        host = peers.private_host()
        port = 0
        for _ in range(5):
            with ringside.Server(f'echo+tcp://{host}:{port}',
                                 f'echo+udp://{host}:{port}') as server:
                port = server.urls[0].port
                with peers.connect(server.urls[0]) as connected:
                    self.assertEqual(peers.ask(connected, b'hello'), b'hello')

    def test_a_server_can_follow_one_that_was_killed(self):
        host = peers.private_host()
        port = 0
        for _ in range(3):
            server = ringside.Server(f'echo+tcp://{host}:{port}')
            port = server.url.port
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            server.kill()


class TestReport(unittest.TestCase):
    def test_the_last_statistics_hold_everything(self):
        with peers.folder() as folder:
            path = pathlib.Path(folder) / 'stats.json'
            with ringside.Server('--json-stats', path, 'echo+tcp://127.0.0.1:0') as server:
                with peers.connect(server.url) as connected:
                    for _ in range(10):
                        self.assertEqual(peers.ask(connected, bytes(100)), bytes(100))
            listener = json.loads(path.read_text())['listeners'][0]
        self.assertEqual((listener['connected'], listener['disconnected']), (1, 1))
        self.assertEqual((listener['messages'], listener['answers']), (10, 10))
        self.assertEqual((listener['bytes'], listener['answer_bytes']), (1000, 1000))


if __name__ == '__main__':
    tap.main()
