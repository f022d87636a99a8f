"""ringside load irtt+udp://, with our server, with irtt's own, and with what loses packets."""
import json
import pathlib
import re
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

KEY = 'a key of tests'
OURS = ('irtt+udp://127.0.0.1:0', '--irtt-min-interval', '0')


class LossyPath:
    """Between clients and a server: echo requests and replies are dropped by their numbers."""

    def __init__(self, server, up, down):
        self.server, self.drops = server, {0: up, 2: down}
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(('127.0.0.1', 0))
        self.url = f'irtt+udp://127.0.0.1:{self.front.getsockname()[1]}'
        self.backs = {}  # by the client's address
        self.running = True
        self.thread = threading.Thread(target=self.carry)

    def passes(self, packet):
        number = int.from_bytes(packet[12:16], 'little')
        return packet[3] not in self.drops or number not in self.drops[packet[3]]

    def carry(self):
        while self.running:
            ready, _, _ = select.select([self.front, *self.backs.values()], [], [], 0.1)
            for one in ready:
                packet, address = one.recvfrom(1 << 16)
                if one is self.front and address not in self.backs:
                    self.backs[address] = peers.connect(self.server)
                if not self.passes(packet):
                    continue
                if one is self.front:
                    self.backs[address].send(packet)
                else:
                    client = next(key for key, back in self.backs.items() if back is one)
                    self.front.sendto(packet, client)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.running = False
        self.thread.join()
        for one in (self.front, *self.backs.values()):
            one.close()


class LoadTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def load(self, url, *options, code=0):
        """The result document."""
        path = self.folder / 'result.json'
        result = ringside.run('load', *ringside.engine_options(), '--json', path, *options, url)
        self.assertEqual(result.returncode, code, result.stderr)
        return json.loads(path.read_text())

    def assert_refused(self, sentence, url, *options):
        result = ringside.run('load', *ringside.engine_options(), '-d', '200ms', *options, url)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, '')
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(sentence, result.stderr)

    def assert_delays(self, document, count):
        delays = document['delays']
        self.assertEqual(document['errors']['total'], 0)
        for key in ('round_trip_ns', 'send_delay_ns', 'receive_delay_ns', 'residence_ns'):
            self.assertEqual(delays[key]['count'], count, key)
            self.assertGreaterEqual(delays[key]['min'], 0, key)
        self.assertTrue(delays['one_way_valid'])
        self.assertIsNone(delays['clocks']['peer_synchronised'])
        self.assertEqual((delays['lost_up'], delays['lost_down']), (0, 0))


class TestOurServer(LoadTest):
    def test_a_closed_loop(self):
        with ringside.Server(*OURS) as server:
            document = self.load(server.url, '-n', '500', '-c', '3')
        self.assert_delays(document, 500)

    def test_what_is_signed(self):
        key_file = self.folder / 'key'
        key_file.write_text(KEY, encoding='ascii')
        with ringside.Server(*OURS, '--key-file', key_file) as server:
            document = self.load(server.url, '-n', '100', '--size', '300', '--key-file', key_file)
        self.assert_delays(document, 100)

    def test_a_delay_at_the_server_is_residence(self):
        with ringside.Server('--inject', 'delay=5ms', *OURS) as server:
            document = self.load(server.url, '-n', '20', '-c', '1')
        delays = document['delays']
        self.assertGreaterEqual(delays['residence_ns']['min'], 5_000_000)
        self.assertLess(delays['round_trip_ns']['min'], 5_000_000)

    def test_a_split(self):
        """All parts but the server's wake-up, of which irtt tells nothing."""
        with ringside.Server(*OURS) as server:
            split = self.load(server.url, '-n', '50', '-c', '1', '--split')['split']
        self.assertEqual([part['to'] for part in split['parts']],
                         ['client_kernel_send', 'server_kernel_receive', 'server_send',
                          'client_kernel_receive', 'client_user_receive'])
        self.assertEqual((split['round_trips'], split['unordered']), (50, 0))

    def test_a_session_that_the_server_ends(self):
        """It does so two seconds after what it has said, which is asked for nothing here."""
        with ringside.Server(*OURS, '--irtt-max-duration', '1ms') as server:
            document = self.load(server.url, '-n', '1000', '--rate', '200', '-c', '1', code=1)
        self.assertEqual((document['errors']['total'], document['errors']['closed']), (1, 1))
        self.assertGreater(document['requests'], 300)

    def test_sessions_are_closed(self):
        """With room for one session only the next load finds room if the last one has left."""
        with ringside.Server('--stamp-sessions', '1', *OURS) as server:
            for _ in range(3):
                self.load(server.url, '-n', '10', '-c', '1')

    def test_losses_of_each_way(self):
        """Number 0 is sent before anything is measured, and the last of all is not lost."""
        up, down = {5, 17, 18, 90}, {6, 40}
        with ringside.Server(*OURS) as server, LossyPath(server.url, up, down) as path:
            document = self.load(path.url, '-n', '100', '-c', '1', code=1)
        delays = document['delays']
        self.assertEqual(document['lost'], len(up) + len(down))
        self.assertEqual((delays['lost_known'], delays['lost_up'], delays['lost_down']),
                         (len(up) + len(down), len(up), len(down)))

    def test_the_first_request_is_lost(self):
        """It is asked again, whatever others have been answered meanwhile."""
        with ringside.Server(*OURS) as server, LossyPath(server.url, {0}, set()) as path:
            document = self.load(path.url, '-n', '100', '-c', '3')
        self.assert_delays(document, 100)


class TestRefusals(LoadTest):
    def test_what_a_server_does_not_agree_to(self):
        with ringside.Server('irtt+udp://127.0.0.1:0', '--irtt-max-length', '100',
                             '--irtt-max-duration', '1s', '--irtt-timeout', '4s') as server:
            self.assert_refused('takes a request of each client every 10ms, which is --rate 200 '
                                'with --connections 2', server.url, '-c', '2')
            self.assert_refused('wants to hear of each client every 1s', server.url,
                                '-c', '3', '--rate', '1')
            self.assert_refused('takes requests of 100 bytes at most', server.url, '--rate', '50',
                                '-c', '1', '--size', '101')
            self.assert_refused('takes tests of 1s', server.url, '--rate', '50', '-c', '1',
                                '--duration', '2s')

    def check_server(self, flags, parameters, sentence):
        """Of a server that answers the first request to open with those flags, and the parameters
        as parameters() changes them."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(('127.0.0.1', 0))

            def refuse():
                packet, address = server.recvfrom(1 << 16)
                server.sendto(packet[:3] + bytes([flags]) + bytes(8) + parameters(packet[4:]),
                              address)

            thread = threading.Thread(target=refuse, daemon=True)
            thread.start()
            self.assert_refused(sentence, f'irtt+udp://127.0.0.1:{server.getsockname()[1]}',
                                '-c', '1')
            thread.join(ringside.DEADLINE_S)

    def test_a_server_that_opens_no_session(self):
        self.check_server(1 | 2 | 4, lambda parameters: parameters, 'refuses to open a session')

    def test_a_server_of_another_version(self):
        def of_version_2(parameters):
            self.assertEqual(parameters[:2], bytes((1, 1 << 1)))  # the first one; 1, zigzag
            return bytes((1, 2 << 1)) + parameters[2:]

        self.check_server(1 | 2, of_version_2, "speaks version 2 of irtt's protocol, not version 1")

    def test_what_irtt_has_not(self):
        self.assert_refused("irtt has datagrams", 'irtt+tcp://127.0.0.1:1')
        self.assert_refused("messages are datagrams", 'irtt+unixpacket:/nowhere')
        self.assert_refused('have one length', 'irtt+udp://127.0.0.1:1', '--size', '100-200')
        self.assert_refused('have 36 bytes or more', 'irtt+udp://127.0.0.1:1', '--size', '35')
        self.assert_refused('--reconnect-every', 'irtt+udp://127.0.0.1:1',
                            '--reconnect-every', '3')


class TestServerOfIrtt(LoadTest):
    """Its 10 ms between requests are kept; so short a load shows what is told, not how long."""

    RATE = ('--rate', '200', '-c', '4', '-d', '300ms', '--omit', '0')

    def setUp(self):
        super().setUp()
        if not shutil.which('irtt'):
            self.skipTest('there is no irtt: ./dev setup test')

    def start(self, *options):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(('127.0.0.1', 0))
            port = probe.getsockname()[1]
        log = open(self.folder / 'log', 'w+', encoding='utf-8')
        self.addCleanup(log.close)
        process = subprocess.Popen(['irtt', 'server', '-b', f'127.0.0.1:{port}', *options],
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(process.wait, ringside.DEADLINE_S)
        self.addCleanup(process.kill)
        self.await_in_log('starting IPv4 listener')
        return f'irtt+udp://127.0.0.1:{port}'

    def log(self):
        return (self.folder / 'log').read_text(encoding='utf-8')

    def await_in_log(self, words, count=1):
        deadline = time.monotonic() + ringside.DEADLINE_S
        while self.log().count(words) < count:
            self.assertLess(time.monotonic(), deadline, self.log())
            time.sleep(0.01)

    def assert_measured(self, document):
        self.assertEqual(document['lost'], 0)
        self.assert_delays(document, document['requests'] + document['answered_after'])
        self.assertGreater(document['requests'], 10)
        self.await_in_log('[CloseConn]', 4)
        opened = re.findall(r'\[NewConn\].*token=(\w+)', self.log())
        closed = re.findall(r'\[CloseConn\].*token=(\w+)', self.log())
        self.assertEqual(sorted(closed), sorted(opened))
        self.assertNotIn('[Drop]', self.log())

    def test_plain(self):
        self.assert_measured(self.load(self.start(), *self.RATE))

    def test_what_is_signed(self):
        key_file = self.folder / 'key'
        key_file.write_text(KEY, encoding='ascii')
        url = self.start(f'--hmac={KEY}')
        self.assert_measured(self.load(url, '--key-file', key_file, '--size', '172', *self.RATE))

    def test_what_it_does_not_tell(self):
        self.assert_refused('does not tell when requests came', self.start('--tstamp=single'),
                            *self.RATE)


if __name__ == '__main__':
    tap.main()
