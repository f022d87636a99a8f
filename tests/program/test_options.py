"""Command lines: --help of each command, and one line for what is wrong with one."""
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

COMMANDS = ('serve', 'load', 'merge', 'convert', 'talk', 'bench', 'ablate', 'noise', 'sweep',
            'find', 'report', 'probe')


class TestHelp(unittest.TestCase):
    def test_each_command_explains_itself(self):
        for command in COMMANDS:
            for option in ('--help', '-h'):
                with self.subTest(command=command, option=option):
                    result = ringside.run(command, option)
                    self.assertEqual((result.returncode, result.stderr), (0, ''))
                    self.assertTrue(result.stdout.startswith(f'Usage: ringside {command} '))
                    self.assertLessEqual(max(map(len, result.stdout.splitlines())), 80)

    def test_usage_and_version(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                self.assertEqual(ringside.run(command, '--usage').returncode, 0)
                version = ringside.run(command, '--version')
                self.assertRegex(version.stdout, r'^ringside \d+\.\d+\.\d+\n$')

    def test_the_program_lists_its_commands(self):
        result = ringside.run('--help')
        self.assertEqual(result.returncode, 0)
        for command in COMMANDS:
            self.assertRegex(result.stdout, rf'(?m)^  {command} +\w')

    def test_a_full_disk_is_a_failure(self):
        """Of a server at once: nobody is told where it listens."""
        for words in (['probe'], ['serve', 'echo+tcp://127.0.0.1:0'], ['talk', '--help'],
                      ['load', '--version']):
            with self.subTest(words=words), open('/dev/full', 'w') as full:
                result = subprocess.run([ringside.BINARY, *words], stdout=full,
                                        stderr=subprocess.PIPE, text=True, check=False,
                                        timeout=ringside.DEADLINE_S)
                self.assertEqual(result.returncode, 2)
                self.assertEqual(result.stderr.count('\n'), 1)


class TestWrong(unittest.TestCase):
    URL = 'echo+tcp://127.0.0.1:0'

    def assert_refused(self, *arguments, says=''):
        with self.subTest(arguments=arguments):
            result = ringside.run(*arguments)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertEqual(result.stdout, '')
            self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
            self.assertRegex(result.stderr, r'^ringside( \w+)?: ')
            self.assertIn(says, result.stderr)

    def test_no_command_and_wrong_commands(self):
        self.assert_refused()
        self.assert_refused('sevre', says='serve')
        self.assert_refused('nonsense', says='nonsense')

    def test_unknown_options(self):
        for command in COMMANDS:
            self.assert_refused(command, '--no-such-option', says='--no-such-option')

    def test_a_wrong_letter_behind_good_ones(self):
        for before in ('-t2', '-v', '-vt2'):
            self.assert_refused('serve', before, '-vX', self.URL, says="there is no option '-X'")

    def test_values_of_serve(self):
        for option, value in (
                ('--backend', 'iocp'), ('--threads', '-1'), ('--threads', '1.5'),
                ('--connections', '0'), ('--connections', 'many'), ('--drain', 'soon'),
                ('--idle-timeout', '-1s'), ('--buffer-size', '0'), ('--spin', 'a lot'),
                ('--daytime-format', 'roman'), ('--cpus', '0-'), ('--cpus', '4095'),
                ('--features', '+warp'), ('--features', 'gso'), ('--sockopt', 'warp=9'),
                ('--sockopt', 'nodelay'), ('--sockopt', 'rcvbuf=much'), ('--backlog', '0'),
                ('--stamps', 'best'), ('--stamp-clock', 'never'), ('--stamp-format', 'utc'),
                ('--stamp-mode', 'full'), ('--stamp-sessions', '0'),
                ('--stamp-sessions', '2M'), ('--irtt-min-interval', 'soon'),
                ('--irtt-max-duration', '-1s'), ('--irtt-max-length', '65508'),
                ('--irtt-timeout', 'x')):
            self.assert_refused('serve', option, value, self.URL, says=option)

    def test_durations_the_kernel_cannot_take(self):
        """It counts milliseconds in 31 bits."""
        for command, option in (('serve', '--send-timeout'), ('serve', '--idle-timeout'),
                                ('serve', '--drain'), ('serve', '--stats-interval'),
                                ('serve', '--spin'), ('load', '--connect-timeout'),
                                ('load', '--timeout'), ('load', '-d'), ('load', '-O'),
                                ('talk', '--timeout')):
            for value in ('25d', '1e9'):
                self.assert_refused(command, option, value, self.URL,
                                    says='24d)' if value == '25d' else value)

    def test_a_feature_that_is_misspelt(self):
        for word, meant in (('+sqpol', '+sqpoll'), ('none,-min_wiat', '-min_wait'),
                            ('gso', '+gso')):
            self.assert_refused('serve', '--features', word, self.URL, says=f"mean '{meant}'?")

    def test_a_text_that_is_too_long(self):
        self.assert_refused('serve', '--text', 'x' * 1000, 'greeting+tcp://127.0.0.1:0',
                            says='--text')

    def test_a_socket_option_that_fits_no_listener(self):
        self.assert_refused('serve', '--sockopt', 'nodelay=on', 'echo+unix:/tmp/x', says='nodelay')

    def test_values_of_load(self):
        for option, value in (('-c', '0'), ('-d', '0'), ('-n', '-5'), ('-p', '0'), ('-s', '0'),
                              ('-s', 'big'), ('-O', 'x'), ('--backend', 'x'), ('--cpus', 'x')):
            self.assert_refused('load', option, value, 'tcp://127.0.0.1:9')

    def test_missing_and_surplus_arguments(self):
        self.assert_refused('load', says='URL')
        self.assert_refused('talk', says='URL')
        self.assert_refused('load', 'tcp://127.0.0.1:1', 'tcp://127.0.0.1:2')
        self.assert_refused('probe', 'surplus', says='surplus')

    def test_files_that_cannot_be_written(self):
        path = '/no/such/folder/x'
        self.assert_refused('serve', '--json-stats', path, self.URL, says=path)
        self.assert_refused('bench', '-w', 'tcp-1', '-d', '1h', '--json', path, says=path)
        with ringside.Server('--verbose', self.URL) as server:
            self.assert_refused('load', '-d', '1h', '--json', path, server.url, says=path)
            self.assertNotIn('connected', server.end())


class TestTaken(unittest.TestCase):
    """Values that reach the kernel or the engine, seen from outside."""

    URL = 'echo+tcp://127.0.0.1:0'

    @unittest.skipUnless(shutil.which('ss'), 'ss is not installed')
    def test_socket_buffers(self):
        with ringside.Server('--sockopt', 'rcvbuf=100000', '--sockopt', 'sndbuf=50000',
                             'echo+tcp://127.0.0.1:0') as server:
            shown = subprocess.run(['ss', '-Htlnm', f'sport = :{server.url.port}'], text=True,
                                   stdout=subprocess.PIPE, check=True).stdout
        memory = re.search(r'skmem:\(r\d+,rb(\d+),t\d+,tb(\d+)', shown)
        self.assertEqual(memory.groups(), ('200000', '100000'))

    @unittest.skipUnless(shutil.which('ss'), 'ss is not installed')
    def test_the_backlog(self):
        with ringside.Server('--backlog', 77, 'echo+tcp://127.0.0.1:0') as server:
            shown = subprocess.run(['ss', '-Htln', f'sport = :{server.url.port}'], text=True,
                                   stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(shown.split()[2], '77')

    def test_a_feature_that_a_service_rules_out_is_given_the_reason(self):
        """Several datagrams in one buffer leave no room for longer answers."""
        for service in ('greeting', 'stamped', 'daytime', 'time'):
            with self.subTest(service=service), peers.folder() as folder:
                stats = pathlib.Path(folder, 'stats')
                with ringside.Server('--features', '+gro', '--json-stats', stats,
                                     f'{service}+udp://127.0.0.1:0'):
                    pass
                self.assertEqual(
                    {key: value for key, value in
                     json.loads(stats.read_text())['features']['gro'].items() if key != 'uses'},
                    {'requested': True, 'effective': False,
                     'reason': 'a service here answers with more than it got'})

    def test_statistics_on_standard_output_are_lines_after_those_of_the_listeners(self):
        """Who waits for a listener reads lines, and so can who wants the statistics."""
        command = [ringside.BINARY, 'serve', '--json-stats', '-', '--stats-interval', '10ms',
                   self.URL, self.URL]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True) as process:
            lines = [process.stdout.readline() for _ in range(5)]
            process.terminate()
            lines += process.stdout.read().splitlines(keepends=True)
        self.assertEqual(process.returncode, 0)
        for line in lines[:2]:
            self.assertRegex(line, r'^listening echo\+tcp://127\.0\.0\.1:\d+\n$')
        documents = [json.loads(line) for line in lines[2:]]
        self.assertGreater(len(documents), 3)
        self.assertEqual({document['schema'] for document in documents}, {'ringside-serve/1'})
        elapsed = [document['elapsed_ns'] for document in documents]
        self.assertEqual(elapsed, sorted(elapsed))

    def test_the_longest_durations(self):
        with ringside.Server('--send-timeout', '24d', '--idle-timeout', '24d', '--drain', '24d',
                             '--stats-interval', '24d', 'echo+tcp://127.0.0.1:0') as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')

    def serve_counted(self, ask, *options):
        """What a server with these options has counted when it was asked."""
        with peers.folder() as folder:
            stats = pathlib.Path(folder, 'stats')
            with ringside.Server('--json-stats', stats, '--features', '-large_buffers', *options,
                                 '--backend', 'epoll', 'echo+tcp://127.0.0.1:0') as server:
                ask(server)
            return json.loads(stats.read_text())

    def ask_much(self, server):
        message = peers.pattern(1, 100_000)
        with peers.connect(server.url) as connected:
            self.assertEqual(peers.ask(connected, message), message)

    def ask_at_once(self, server):
        clients = [peers.connect(server.url) for _ in range(64)]
        server.stop()
        for i, connected in enumerate(clients):
            connected.sendall(peers.pattern(i, 100))
        server.signal(signal.SIGCONT)
        for i, connected in enumerate(clients):
            with connected:
                self.assertEqual(peers.receive(connected, 100), peers.pattern(i, 100))

    def test_the_size_of_buffers(self):
        counted = self.serve_counted(self.ask_much, '--buffer-size', 512)
        self.assertGreaterEqual(counted['listeners'][0]['messages'], 100_000 / 1024)

    def test_the_number_of_buffers(self):
        few, many = (self.serve_counted(self.ask_at_once, '--buffers', count)['counters']
                     for count in (16, 128))
        self.assertGreater(few['receive_starved'], 0)
        self.assertEqual(many['receive_starved'], 0)

    def configured(self, *arguments, **keywords):
        """The statistics of a server that was started so, and ended."""
        with peers.folder() as folder:
            stats = pathlib.Path(folder, 'stats')
            with ringside.Server('--json-stats', stats, *arguments, **keywords):
                pass
            return json.loads(stats.read_text())

    def test_the_engine_gets_what_is_asked_for(self):
        config = self.configured('--connections', 5, '--buffer-size', 512, '--buffers', 16,
                                 '--zero-copy-min', '1Ki', self.URL)['config']
        self.assertEqual(config['connection_max'], 5 + 1)
        self.assertEqual((config['buffer_size'], config['buffer_count']), (512, 16))
        self.assertEqual(config['zero_copy_min'], 1024)

    def test_help_tells_what_auto_is(self):
        ringside.raise_descriptor_limit(20_000)  # with fewer there are fewer connections
        config = self.configured(self.URL, self.URL.replace('tcp', 'udp'))['config']
        words = ' '.join(ringside.run('serve', '--help').stdout.split())
        for option, members in (('connections', ['connection_max']),
                                ('buffer-size', ['buffer_size']),
                                ('buffers', ['buffer_count', 'datagram_count']),
                                ('zero-copy-min', ['zero_copy_min'])):
            with self.subTest(option=option):
                told = re.search(rf'--{option}=.*?auto: (\d+)(?:, and (\d+))?', words).groups()
                listeners = 2 if option == 'connections' else 0
                self.assertEqual([int(number) for number in told if number],
                                 [config[member] - listeners for member in members])

    def test_the_standard_listeners(self):
        with namespace.Namespace() as inside:
            stats = self.configured(wrap=inside.wrap())
        self.assertEqual(stats['options']['arguments'],
                         ['echo+tcp://127.0.0.1:7777', 'echo+udp://127.0.0.1:7777'])


if __name__ == '__main__':
    tap.main()
