"""ringside load against servers that refuse, reset, keep silent or lie: a line, never a hang."""
import json
import pathlib
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402


class BadServer(threading.Thread):
    """Accepts and lets a function do what it wants with each connection, until it is closed."""

    def __init__(self, treat):
        super().__init__(daemon=True)
        self.treat = treat
        self.kept = []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.url = f'tcp://127.0.0.1:{self.listener.getsockname()[1]}'

    def run(self):
        while True:
            try:
                connected, _ = self.listener.accept()
            except OSError:
                return
            self.kept.append(connected)
            self.treat(connected)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.join()
        self.listener.close()
        for connected in self.kept:
            connected.close()


def keep_silent(connected):
    pass


def close_at_once(connected):
    connected.close()


def reset_after_a_request(connected):
    connected.recv(10)
    peers.reset(connected)


def answer_half(connected):
    request = connected.recv(1000)
    connected.sendall(request[:len(request) // 2])
    connected.close()


def lie(connected):
    while request := bytearray(connected.recv(1000)):
        request[len(request) // 2] ^= 1
        connected.sendall(request)


def answer_twice(connected):
    request = connected.recv(1000)
    connected.sendall(2 * request)


def end_in_the_middle(connected):
    for _ in range(100):
        connected.sendall(connected.recv(1000))
    peers.reset(connected)


class TestTrouble(unittest.TestCase):
    def assert_fails(self, url, code, *options):
        result = ringside.run('load', *ringside.engine_options(), '-c', 1, *options, url)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertRegex(result.stderr, r'\Aringside load: .+\n\Z')
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        return result.stderr

    def check(self, treat, code=1):
        with BadServer(treat) as server:
            return self.assert_fails(server.url, code, '-n', 10, '--timeout', '200ms')

    def test_refused(self):
        with socket.socket() as taken:
            taken.bind((peers.private_host(), 0))
            host, port = taken.getsockname()
            self.assertIn('refused', self.assert_fails(f'tcp://{host}:{port}', 2, '-d', '10s'))

    def test_refused_datagrams(self):
        with socket.socket() as taken:
            taken.bind((peers.private_host(), 0))
            host, port = taken.getsockname()
            self.assertIn('refused', self.assert_fails(f'udp://{host}:{port}', 2, '-d', '10s'))

    def test_no_such_unix_socket(self):
        with peers.folder() as folder:
            for transport in ('unix', 'unixgram', 'unixpacket'):
                url = f'{transport}:{folder}/none'
                self.assertIn(f'{folder}/none', self.assert_fails(url, 2, '-d', '10s'))

    def test_silent(self):
        self.check(keep_silent)

    def test_silent_records_are_lost_once(self):
        with peers.folder() as folder, \
                socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(f'{folder}/s')
            listener.listen()
            path = pathlib.Path(folder) / 'result.json'
            self.assert_fails(f'unixpacket:{folder}/s', 1, '-d', '10s', '-p', 4, '--timeout',
                              '100ms', '--json', path)
            result = json.loads(path.read_text())
        self.assertEqual((result['sent'], result['lost']), (4, 4))
        self.assertEqual(result['errors']['timeout'], 1)

    def test_more_than_was_asked(self):
        self.assertIn('longer than was asked', self.check(answer_twice))

    def test_in_an_open_loop(self):
        for treat, says in ((keep_silent, 'did not come in time'), (close_at_once, 'connections'),
                            (reset_after_a_request, 'reset'), (answer_half, 'connections'),
                            (lie, 'unlike'), (answer_twice, 'longer than was asked'),
                            (end_in_the_middle, 'reset')):
            with self.subTest(treat=treat.__name__), BadServer(treat) as server:
                said = self.assert_fails(server.url, 1, '-R', 2000, '-n', 1000, '--timeout',
                                         '200ms', '--slip', 'skip')
                self.assertIn(says, said)

    def test_silent_to_many(self):
        # No more are connected at a time without an answer; the rest need not find out.
        with BadServer(keep_silent) as server:
            self.assert_fails(server.url, 1, '-c', 300, '-d', '1h', '--timeout', '200ms')
        self.assertLessEqual(len(server.kept), 64)

    def test_silent_datagrams(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(('127.0.0.1', 0))
            self.assert_fails(f'udp://127.0.0.1:{silent.getsockname()[1]}', 1, '-n', 10,
                              '--timeout', '100ms')

    def test_closed_at_once(self):
        self.check(close_at_once)

    def test_reset(self):
        self.check(reset_after_a_request)

    def test_half_an_answer(self):
        self.check(answer_half)

    def test_a_wrong_bit(self):
        self.check(lie)

    def test_a_server_that_ends_in_the_middle(self):
        with BadServer(end_in_the_middle) as server:
            self.assert_fails(server.url, 1, '-d', '1h')

    def test_a_rate_is_nobodys_fault_where_nobody_is_left(self):
        with BadServer(reset_after_a_request) as server:
            result = ringside.run('load', *ringside.engine_options(), '-c', 1, '-d', '1h', '-R',
                                  1000, server.url)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stdout, r'(?m)^  ended +early: nobody was left who answered$')
        first = result.stdout.splitlines()[0]
        if first.startswith('THE RATE WAS NOT HELD'):
            self.assertIn(': nobody was left', first)

    def test_refused_in_an_open_loop(self):
        with socket.socket() as taken:
            taken.bind((peers.private_host(), 0))
            host, port = taken.getsockname()
            for transport in ('tcp', 'udp'):
                self.assertIn('refused', self.assert_fails(f'{transport}://{host}:{port}', 2,
                                                           '-d', '10s', '-R', 1000))

    def test_targets_that_cannot_be(self):
        for url in ('tcp://', 'tcp://127.0.0.1', 'nonsense', 'tcp://no-such-host.invalid:7'):
            with self.subTest(url=url):
                self.assert_fails(url, 2)


if __name__ == '__main__':
    tap.main()
