"""ringside talk in a pipe: each line a message, each answer a line, and an exit code that tells."""
import pathlib
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402


def talk(url, *options, **keywords):
    """The exit code and what was printed."""
    result = ringside.run('talk', *options, url, **keywords)
    return result.returncode, result.stdout, result.stderr


class TestPipe(unittest.TestCase):
    def test_every_transport(self):
        with peers.folder() as folder, ringside.Server(
                'echo+tcp://127.0.0.1:0', 'echo+udp://127.0.0.1:0', f'echo+unix:{folder}/s',
                f'echo+unixgram:{folder}/d', f'echo+unixpacket:{folder}/p') as server:
            for url in server.urls:
                with self.subTest(url=url.text):
                    self.assertEqual(talk(url.target, input='hello\nagain\n'),
                                     (0, 'hello\nagain\n', ''))

    def test_an_empty_line_ends_it(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            self.assertEqual(talk(server.url, input='one\n\ntwo\n'), (0, 'one\n', ''))

    def test_the_last_line_may_lack_its_newline(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            self.assertEqual(talk(server.url, input='one\ntwo'), (0, 'one\ntwo\n', ''))

    def test_nothing_to_say_and_nothing_to_hear(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            code, printed, stderr = talk(server.url, '--timeout', '100ms', input='')
        self.assertEqual((code, printed, stderr.count('\n')), (1, '', 1))

    def test_a_long_line(self):
        line = 'x' * 50_000 + '\n'
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            self.assertEqual(talk(server.url, input=line), (0, line, ''))

    def test_text_once(self):
        with ringside.Server('greeting+udp://127.0.0.1:0') as server:
            self.assertEqual(talk(server.url, '--text-once', 'hi'), (0, 'Hello Dave\n', ''))

    def test_an_empty_text_once_asks_for_the_time(self):
        with ringside.Server('time+udp://127.0.0.1:0') as server:
            code, printed, _ = talk(server.url, '--text-once', '', '--hex')
        self.assertEqual(code, 0)
        self.assertRegex(printed, r'^([0-9a-f]{2} ?){4}\n$')

    def test_hexadecimal_both_ways(self):
        with ringside.Server('echo+udp://127.0.0.1:0') as server:
            self.assertEqual(talk(server.url, '--hex', input='00 ff 0a 48656c\n'),
                             (0, '00 ff 0a 48 65 6c\n', ''))

    def test_a_server_that_speaks_first_is_heard(self):
        with ringside.Server('daytime+tcp://127.0.0.1:0') as server:
            code, printed, _ = talk(server.url)
        self.assertEqual(code, 0)
        self.assertEqual(len(printed.strip()), 24)


class TestFailures(unittest.TestCase):
    def assert_one_line(self, stderr, says=''):
        self.assertRegex(stderr, r'\Aringside talk: .+\n\Z')
        self.assertEqual(stderr.count('\n'), 1)
        self.assertIn(says, stderr)

    def test_refused(self):
        with socket.socket() as taken:
            taken.bind((peers.private_host(), 0))
            host, port = taken.getsockname()
            for transport in ('tcp', 'udp'):
                with self.subTest(transport=transport):
                    code, _, stderr = talk(f'{transport}://{host}:{port}', input='hello\n')
                    self.assertEqual(code, 2)
                    self.assert_one_line(stderr, 'refused')

    def test_no_such_path(self):
        code, _, stderr = talk('unix:/no/such/path', input='hello\n')
        self.assertEqual(code, 2)
        self.assert_one_line(stderr, '/no/such/path')

    def test_bad_urls(self):
        for url in ('nonsense', 'tcp://127.0.0.1', 'tcp://127.0.0.1:99999', 'http://127.0.0.1:80'):
            with self.subTest(url=url):
                code, _, stderr = talk(url, input='hello\n')
                self.assertEqual(code, 2)
                self.assert_one_line(stderr, url)

    def test_no_answer(self):
        with ringside.Server('discard+udp://127.0.0.1:0') as server:
            code, printed, stderr = talk(server.url, '--timeout', '100ms', input='hello\n')
        self.assertEqual((code, printed), (1, ''))
        self.assert_one_line(stderr)

    def test_a_server_that_never_reads(self):
        """What cannot be sent is given up with the answer; it does not keep talk for ever."""
        with socket.create_server(('127.0.0.1', 0)) as listener:
            code, printed, stderr = talk(f'tcp://127.0.0.1:{listener.getsockname()[1]}',
                                         '--timeout', '200ms', input='x' * 20_000_000)
        self.assertEqual((code, printed), (1, ''))
        self.assert_one_line(stderr, 'no answer within 200ms')

    def test_a_server_that_closes_without_an_answer(self):
        with socket.create_server(('127.0.0.1', 0)) as listener:
            closer = threading.Thread(target=self.receive_and_close, args=(listener,))
            closer.start()
            code, _, stderr = talk(f'tcp://127.0.0.1:{listener.getsockname()[1]}', input='hello\n')
            closer.join()
        self.assertEqual(code, 1)
        self.assert_one_line(stderr)

    @staticmethod
    def receive_and_close(listener):
        connected, _ = listener.accept()
        with connected:
            connected.recv(100)

    def test_wrong_hexadecimal(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            code, _, stderr = talk(server.url, '--hex', input='4g\n')
        self.assertEqual(code, 2)
        self.assert_one_line(stderr, '4g')


if __name__ == '__main__':
    tap.main()
