"""Where ringside serve listens, what it says of it, and how it refuses what cannot be."""
import os
import pathlib
import re
import socket
import stat
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

UNIX_PATH_MAX = 107


class TestLines(unittest.TestCase):
    def test_one_line_a_listener_with_the_real_port(self):
        asked = ['echo+tcp://127.0.0.1:0', 'ctime+udp://127.0.0.1:0', 'discard+tcp://127.0.0.1:0']
        with ringside.Server(*asked) as server:
            self.assertEqual(len(server.lines), 3)
            for line, url in zip(server.lines, asked):
                self.assertRegex(line, '^listening ' + re.escape(url[:-1]) + r'[1-9]\d*$')
            self.assertEqual(server.stderr(), '')

    def test_unix_paths_and_names(self):
        with peers.folder() as folder:
            asked = [f'echo+unix:{folder}/a', f'echo+unixgram:{folder}/b',
                     f'echo+unixpacket:{folder}/c', f'echo+unix:@ringside-{os.getpid()}']
            with ringside.Server(*asked) as server:
                self.assertEqual(server.lines, [f'listening {url}' for url in asked])
                for url in server.urls:
                    with self.subTest(url=url.text), peers.connect(url) as connected:
                        self.assertEqual(peers.ask(connected, b'hello'), b'hello')

    @unittest.skipUnless(peers.have_ipv6(), 'no IPv6 on loopback')
    def test_ipv6_stands_in_brackets(self):
        with ringside.Server('echo+tcp://[::1]:0') as server:
            self.assertRegex(server.lines[0], r'^listening echo\+tcp://\[::1\]:\d+$')

    @unittest.skipUnless(peers.have_ipv6(), 'no IPv6 on loopback')
    def test_all_addresses(self):
        for host in ('[::]', ''):
            with self.subTest(host=host), ringside.Server(f'echo+tcp://{host}:0') as server:
                for reached in ('127.0.0.1', '127.0.0.2', '[::1]'):
                    url = ringside.Url(f'tcp://{reached}:{server.url.port}')
                    with peers.connect(url) as connected:
                        self.assertEqual(peers.ask(connected, b'hello'), b'hello')

    def test_a_name_is_resolved(self):
        with ringside.Server('echo+tcp://localhost:0') as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')

    def test_without_an_argument_echo_on_port_7777(self):
        with namespace.Namespace() as inside, ringside.Server(wrap=inside.wrap()) as server:
            self.assertEqual(server.lines, ['listening echo+tcp://127.0.0.1:7777',
                                            'listening echo+udp://127.0.0.1:7777'])
            for url in server.urls:
                answer = ringside.run('talk', '--text-once', 'hello', url.target,
                                      wrap=inside.wrap())
                self.assertEqual((answer.returncode, answer.stdout), (0, 'hello\n'))

    def test_the_port_may_be_a_service_name(self):
        with namespace.Namespace() as inside:
            with ringside.Server('echo+tcp://127.0.0.1:daytime', wrap=inside.wrap()) as server:
                self.assertEqual(server.lines, ['listening echo+tcp://127.0.0.1:13'])

    def test_a_service_has_its_standard_port(self):
        with namespace.Namespace() as inside:
            urls = ['daytime+tcp://127.0.0.1', 'time+udp://127.0.0.1', 'chargen+tcp://127.0.0.1']
            with ringside.Server(*urls, wrap=inside.wrap()) as server:
                self.assertEqual([url.port for url in server.urls], [13, 37, 19])

    def test_several_listeners_each_with_its_own_service(self):
        with peers.folder() as folder:
            with ringside.Server('echo+tcp://127.0.0.1:0', 'greeting+udp://127.0.0.1:0',
                                 f'greeting+unix:{folder}/x', 'echo+udp://127.0.0.1:0') as server:
                answers = []
                for url in server.urls:
                    with peers.connect(url) as connected:
                        connected.sendall(b'me')
                        answers.append(connected.recv(100))
        self.assertEqual(answers, [b'me', b'Hello Dave', b'Hello Dave', b'me'])


class TestThreads(unittest.TestCase):
    def check(self, url, *options):
        with ringside.Server(*options, url) as server:
            for i in range(60):
                message = peers.pattern(i, 100)
                with peers.connect(server.url) as connected:
                    self.assertEqual(peers.ask(connected, message), message)

    def test_every_transport_is_shared(self):
        with peers.folder() as folder:
            for url in ('echo+tcp://127.0.0.1:0', 'echo+udp://127.0.0.1:0', f'echo+unix:{folder}/a',
                        f'echo+unixgram:{folder}/b', f'echo+unixpacket:{folder}/c'):
                with self.subTest(url=url):
                    self.check(url, '-t', '3')

    def test_zero_is_one_for_each_cpu(self):
        with ringside.Server('-t', '0', 'echo+tcp://127.0.0.1:0') as server:
            tasks = os.listdir(f'/proc/{server.pid}/task')
            self.assertGreaterEqual(len(tasks), len(os.sched_getaffinity(0)))

    def test_cpus_pin_the_threads(self):
        cpu = max(os.sched_getaffinity(0))
        with ringside.Server('--cpus', cpu, 'echo+tcp://127.0.0.1:0') as server:
            allowed = [os.sched_getaffinity(int(task))
                       for task in os.listdir(f'/proc/{server.pid}/task')]
            self.assertIn({cpu}, allowed)


class TestRefused(unittest.TestCase):
    """One line that says what was wrong, and exit code 2."""

    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def assert_refused(self, *arguments, says=''):
        result = ringside.run('serve', *arguments)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, '')
        self.assertRegex(result.stderr, r'\Aringside serve: .+\n\Z')
        self.assertEqual(result.stderr.count('\n'), 1)
        self.assertIn(says, result.stderr)

    def test_bad_urls(self):
        for url in ('echo', 'echo+', 'echo+tcp', 'tcp://127.0.0.1:0', 'echo+sctp://127.0.0.1:0',
                    'echo+tcp://127.0.0.1:99999', 'echo+tcp://[::1:0', 'echo+unix:',
                    'nothing+tcp://:0', 'greeting+tcp://127.0.0.1'):
            with self.subTest(url=url):
                self.assert_refused(url, says=url)

    def test_names_that_mean_nothing(self):
        for url, name in (('echo+tcp://no-such-host.invalid:0', 'no-such-host.invalid'),
                          ('echo+tcp://127.0.0.1:no-such-service', 'no-such-service'),
                          ('echo+tcp://127.0.0.1:-1', '-1')):
            with self.subTest(url=url):
                self.assert_refused(url, says=name)

    def test_a_service_on_a_transport_that_it_is_not_for(self):
        self.assert_refused('chargen+udp://127.0.0.1:0', says='chargen is for these transports '
                            'only: tcp, unix\n')
        self.assert_refused('irtt+tcp://127.0.0.1:0', says='only: udp, unixgram\n')

    def test_an_address_that_another_listener_has(self):
        path = f'{self.folder}/twice'
        for first, second in ((f'unix:{path}', f'unixgram:{path}'),
                              ('tcp://127.0.0.1:{}', 'tcp://127.0.0.1:{}'),
                              ('udp://127.0.0.1:{}', 'udp://0.0.0.0:{}')):
            with socket.socket() as lent:
                lent.bind(('127.0.0.1', 0))
                port = lent.getsockname()[1]
            first, second = f'echo+{first.format(port)}', f'discard+{second.format(port)}'
            self.assert_refused(first, second, says=f'{first} has that address')

    def test_a_port_in_use(self):
        for kind, transport in ((socket.SOCK_STREAM, 'tcp'), (socket.SOCK_DGRAM, 'udp')):
            with self.subTest(transport=transport), socket.socket(socket.AF_INET, kind) as taken:
                taken.bind(('127.0.0.1', 0))
                if transport == 'tcp':
                    taken.listen()
                port = taken.getsockname()[1]
                self.assert_refused(f'echo+{transport}://127.0.0.1:{port}', says=str(port))

    def test_an_address_of_another_host(self):
        self.assert_refused('echo+tcp://192.0.2.1:0', says='192.0.2.1')

    def test_addresses_no_answer_could_come_from(self):
        """Sockets bound there hear what is sent to all, and would answer it."""
        for host in ('127.255.255.255', '255.255.255.255', '224.0.0.1', '[ff02::1%lo]'):
            if host.startswith('[') and not peers.have_ipv6():
                continue
            with self.subTest(host=host):
                self.assert_refused(f'echo+udp://{host}:0', says='broadcast or multicast')
                self.assert_refused('echo+udp://127.0.0.1:0', f'echo+udp://{host}:0', says=host[:9])

    def test_a_unix_path_that_is_too_long(self):
        path = f'{self.folder}/' + 'x' * UNIX_PATH_MAX
        self.assert_refused(f'echo+unix:{path}', says='long')

    def test_a_unix_path_in_no_folder(self):
        self.assert_refused(f'echo+unix:{self.folder}/none/x', says='none/x')

    def test_the_second_listener_fails_and_the_first_leaves_nothing(self):
        path = f'{self.folder}/first'
        self.assert_refused(f'echo+unix:{path}', 'echo+tcp://192.0.2.1:0', says='192.0.2.1')
        self.assertFalse(os.path.exists(path))


class TestUnixFiles(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.path = f'{folder.name}/socket'
        self.url = f'echo+unix:{self.path}'

    def test_a_live_socket_is_never_replaced(self):
        for transport in ('unix', 'unixgram', 'unixpacket'):
            with self.subTest(transport=transport):
                url = f'echo+{transport}:{self.path}'
                with ringside.Server(url) as server:
                    second = ringside.run('serve', url)
                    self.assertEqual(second.returncode, 2)
                    self.assertIn(self.path, second.stderr)
                    self.assertEqual(second.stderr.count('\n'), 1)
                    with peers.connect(server.url) as connected:
                        self.assertEqual(peers.ask(connected, b'alive'), b'alive')

    def test_a_stale_socket_is_replaced(self):
        for transport in ('unix', 'unixgram', 'unixpacket'):
            with self.subTest(transport=transport):
                url = f'echo+{transport}:{self.path}'
                dead = ringside.Server(url)
                dead.kill()
                self.assertTrue(os.path.exists(self.path))
                with ringside.Server(url) as server, peers.connect(server.url) as connected:
                    self.assertEqual(peers.ask(connected, b'again'), b'again')

    def test_another_kind_of_file_is_never_replaced(self):
        pathlib.Path(self.path).write_text('precious')
        result = ringside.run('serve', self.url)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(pathlib.Path(self.path).read_text(), 'precious')

    def test_the_file_is_a_socket_while_it_serves_and_gone_afterwards(self):
        with ringside.Server(self.url):
            self.assertTrue(stat.S_ISSOCK(os.stat(self.path).st_mode))
        self.assertFalse(os.path.exists(self.path))


if __name__ == '__main__':
    tap.main()
