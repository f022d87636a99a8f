"""Sockets that somebody else has opened: SERVICE+fd:NAME."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import operation  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402


def bound(transport, place, listen=True):
    """A socket as a manager makes it."""
    url = ringside.Url(f'{transport}:{"" if transport.startswith("unix") else "//"}{place}')
    made = peers.make(url)
    made.bind(peers.address(url))
    if listen and made.type != socket.SOCK_DGRAM:
        made.listen(128)
    return made


class TestKinds(unittest.TestCase):
    def check(self, transport, place):
        for threads in (1, 2):
            with self.subTest(transport=transport, threads=threads):
                with bound(transport, place) as passed:
                    with ringside.Server('-t', threads, 'echo+fd:it', count=1,
                                         **operation.passing(it=passed)) as server:
                        self.assertEqual(server.url.transport, transport)
                        for i in range(20):
                            message = peers.pattern(i, 100)
                            with peers.connect(server.url) as connected:
                                self.assertEqual(peers.ask(connected, message), message)
                if transport.startswith('unix'):
                    os.unlink(place)  # it is ours, and still there

    def test_internet_sockets(self):
        for transport in ('tcp', 'udp'):
            self.check(transport, '127.0.0.1:0')
            self.check(transport, '0.0.0.0:0')

    def test_unix_sockets_whose_files_stay(self):
        with peers.folder() as folder:
            for transport in ('unix', 'unixgram', 'unixpacket'):
                self.check(transport, f'{folder}/{transport}')

    def test_the_port_of_one_gets_no_answer_at_another(self):
        """Two of ours would answer each other for ever."""
        with bound('udp', '127.0.0.1:0') as one, bound('udp', '127.0.0.1:0') as other, \
                peers.folder() as folder:
            stats = pathlib.Path(folder, 'stats.json')
            with ringside.Server('--json-stats', stats, 'echo+fd:it', count=2,
                                 **operation.passing(it=[one, other])) as server:
                url, port = server.url, server.urls[1].port
                with bound('udp', f'{peers.private_host()}:{port}') as asking, \
                        peers.connect(url) as last:
                    asking.sendto(b'hello', peers.address(url))
                    self.assertEqual(peers.ask(last, b'last'), b'last')
                    self.assertEqual(peers.pending(asking), b'')
            counted = json.loads(stats.read_text())['listeners'][0]
        self.assertEqual((counted['answers'], counted['refused']['port']), (1, 1))

    def test_all_of_a_name_and_one_by_its_number(self):
        with bound('tcp', '127.0.0.1:0') as tcp, bound('udp', '127.0.0.1:0') as udp, \
                bound('tcp', '127.0.0.1:0') as other:
            with ringside.Server('echo+fd:both', 'greeting+fd:5', 'echo+tcp://127.0.0.1:0', count=4,
                                 **operation.passing(both=[tcp, udp], other=other)) as server:
                self.assertEqual([url.service for url in server.urls],
                                 ['echo', 'echo', 'greeting', 'echo'])
                self.assertEqual([url.port for url in server.urls[:3]],
                                 [one.getsockname()[1] for one in (tcp, udp, other)])
                for url in server.urls:
                    with peers.connect(url) as connected:
                        connected.sendall(b'me')
                        answer = b'Hello Dave' if url.service == 'greeting' else b'me'
                        self.assertEqual(connected.recv(100), answer)


class TestRefused(unittest.TestCase):
    def assert_refused(self, targets, sockets, *says):
        result = ringside.run('serve', *targets, **operation.passing(**sockets))
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual((result.stdout, result.stderr.count('\n')), ('', 1))
        for word in says:
            self.assertIn(word, result.stderr)

    def test_what_was_passed_and_has_no_name_here(self):
        with bound('tcp', '127.0.0.1:0') as one, bound('tcp', '127.0.0.1:0') as two:
            self.assert_refused(['echo+fd:one'], {'one': one, 'two': two}, 'two (4)', 'echo+fd:two')
            self.assert_refused([], {'one': one}, 'one (3)')

    def test_what_was_not_passed(self):
        with bound('tcp', '127.0.0.1:0') as one:
            self.assert_refused(['echo+fd:one', 'echo+fd:tow'], {'one': one}, "'echo+fd:tow'",
                                'one (3)')
        result = ringside.run('serve', 'echo+fd:one')
        self.assertEqual(result.returncode, 2)
        self.assertIn('none', result.stderr)

    def test_more_sockets_than_are_taken(self):
        with bound('tcp', '127.0.0.1:0') as one:
            self.assert_refused(['echo+fd:it'], {'it': [one] * 257}, '257 sockets', '256 at most')

    def test_what_is_told_of_them_makes_no_sense(self):
        result = ringside.run('serve', 'echo+fd:it',
                              wrap=['sh', '-c', 'LISTEN_PID=$$ LISTEN_FDS=many exec "$@"', 'sh'])
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertRegex(result.stderr, r'\A.*LISTEN_FDS.* cannot be taken: .+\n\Z')

    def test_one_socket_for_two_listeners(self):
        with bound('tcp', '127.0.0.1:0') as one:
            self.assert_refused(['echo+fd:one', 'greeting+fd:3'], {'one': one}, "'greeting+fd:3'",
                                'another listener')

    def test_a_socket_that_does_not_suit_the_service(self):
        with bound('udp', '127.0.0.1:0') as udp:
            self.assert_refused(['chargen+fd:it'], {'it': udp}, 'chargen', 'tcp, unix')

    def test_what_is_no_listening_socket(self):
        with bound('tcp', '127.0.0.1:0', listen=False) as deaf:
            self.assert_refused(['echo+fd:it'], {'it': deaf}, 'does not listen')
        with open('/dev/null') as device:
            self.assert_refused(['echo+fd:it'], {'it': device.fileno()}, 'no socket')
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as other:
            self.assert_refused(['echo+fd:it'], {'it': other}, 'not served')

    def test_a_service_that_is_none(self):
        with bound('tcp', '127.0.0.1:0') as one:
            self.assert_refused(['ehco+fd:it'], {'it': one}, 'ehco')

    def test_options_that_do_not_suit(self):
        with bound('udp', '127.0.0.1:0') as udp:
            self.assert_refused(['--sockopt', 'congestion=cubic', 'echo+fd:it'], {'it': udp},
                                'congestion')


@unittest.skipUnless(operation.activate(), 'there is no systemd-socket-activate')
class TestSystemd(unittest.TestCase):
    """systemd's own helper: it starts the server when the first client is there."""

    def serve(self, *options):
        process = subprocess.Popen([operation.activate(), *options, '--fdname=it', ringside.BINARY,
                                    'serve', *ringside.engine_options(), 'echo+fd:it'],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.assertIn('Listening on', process.stderr.readline())
        return process

    def check(self, url, *options):
        process = self.serve(*options, '-l', url.rest)
        with peers.connect(url) as connected:
            self.assertEqual(peers.ask(connected, b'hello'), b'hello')
        self.assertEqual(process.stdout.readline(), f'listening echo+{url.text}\n')
        process.terminate()
        self.assertEqual(process.wait(ringside.DEADLINE_S), 0)

    def free_port(self, transport):
        with bound(transport, '127.0.0.1:0') as probe:
            return probe.getsockname()[1]

    def test_tcp(self):
        self.check(ringside.Url(f'tcp://{peers.private_host()}:{self.free_port("tcp")}'))

    def test_udp(self):
        self.check(ringside.Url(f'udp://{peers.private_host()}:{self.free_port("udp")}'), '-d')

    def test_unix(self):
        with peers.folder() as folder:
            self.check(ringside.Url(f'unix:{folder}/it'))
            self.assertTrue(os.path.exists(f'{folder}/it'))


class Client(threading.Thread):
    """Asks until it is told to end, by a socket of its own each time; keeps what went wrong."""

    def __init__(self, url):
        super().__init__()
        self.url, self.served, self.wrong, self.ending = url, 0, [], threading.Event()

    def run(self):
        while not self.ending.is_set():
            message = peers.pattern(self.served, 100)
            try:
                with peers.connect(self.url) as connected:
                    if peers.ask(connected, message) != message:
                        self.wrong.append('another answer')
            except OSError as error:
                self.wrong.append(error)
            self.served += 1


class TestHandover(unittest.TestCase):
    """One server follows another, and nobody notices."""

    def test_streams(self):
        self.check('tcp')

    def test_datagrams(self):
        self.check('udp')

    def check(self, transport):
        with bound(transport, '127.0.0.1:0') as passed:
            options = operation.passing(it=passed)
            server = ringside.Server('-t', 2, 'echo+fd:it', count=1, **options)
            clients = [Client(server.url) for _ in range(4)]
            for client in clients:
                client.start()
            try:
                for _ in range(4):
                    successor = ringside.Server('-t', 2, 'echo+fd:it', count=1, **options)
                    server.signal(signal.SIGTERM)
                    self.assertEqual(server.wait(), 0)
                    server.close()
                    server = successor
            finally:
                for client in clients:
                    client.ending.set()
                for client in clients:
                    client.join()
                server.kill()
        for client in clients:
            self.assertEqual(client.wrong, [])
            self.assertGreater(client.served, 0)


if __name__ == '__main__':
    tap.main()
