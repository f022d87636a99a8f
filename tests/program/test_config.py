"""--config, --check-config and --print-config of ringside serve."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import page  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TCP = 'echo+tcp://127.0.0.1:0'


class ConfigTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / 'serve.conf'

    def write(self, *lines):
        self.path.write_text('[serve]\n' + ''.join(f'{line}\n' for line in lines))
        return self.path

    def complaints(self, *arguments):
        """The sentences of --check-config."""
        result = ringside.run('serve', '--check-config', *arguments)
        self.assertEqual(result.returncode, 2 if result.stderr else 0)
        self.assertEqual(bool(result.stdout), not result.stderr)
        lines = result.stderr.splitlines()
        for line in lines:
            self.assertTrue(line.startswith('ringside serve: '), line)
        return [line.removeprefix('ringside serve: ') for line in lines]

    def printed(self, *arguments):
        result = ringside.run('serve', '--print-config', *arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        return result.stdout

    def assert_places(self, places, *arguments):
        """Is there a sentence for each of these lines of the file, in order, and no other?"""
        said = self.complaints(*arguments)
        self.assertEqual(len(said), len(places), said)
        for line, (number, word) in zip(said, places):
            self.assertTrue(line.startswith(f'{self.path}:{number}: '), line)
            self.assertIn(word, line)


class TestConfig(ConfigTest):
    def test_a_server_reads_it(self):
        self.write('listen = greeting+tcp://127.0.0.1:0', 'listen = echo+udp://127.0.0.1:0',
                   'text = moin ; a comment', 'threads = 2')
        with ringside.Server('--config', self.path, count=2) as server:
            self.assertEqual([url.service for url in server.urls], ['greeting', 'echo'])
            with peers.connect(server.url) as connected:
                connected.sendall(b'?')
                self.assertEqual(connected.recv(100), b'moin')

    def test_the_command_line_wins(self):
        self.write('listen = greeting+tcp://127.0.0.1:0', 'text = file', 'verbose = true')
        with ringside.Server('--config', self.path, '--text', 'line', count=1) as server:
            with peers.connect(server.url) as connected:
                connected.sendall(b'?')
                self.assertEqual(connected.recv(100), b'line')
        with ringside.Server('--config', self.path, TCP) as server:
            self.assertEqual([url.service for url in server.urls], ['echo'])

    def test_what_is_wrong_ends_the_start_with_its_line(self):
        self.write(f'listen = {TCP}', 'connections = many')
        result = ringside.run('serve', '--config', self.path)
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertIn(f'{self.path}:3: --connections', result.stderr)

    def test_a_file_that_is_not_there(self):
        for arguments in ((), ('--check-config',), ('--print-config',)):
            result = ringside.run('serve', '--config', '/nonexistent/serve.conf', *arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ''))
            self.assertIn('/nonexistent/serve.conf: No such file', result.stderr)

    def test_it_is_either_checked_or_printed(self):
        result = ringside.run('serve', '--check-config', '--print-config', TCP)
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertIn('exclude each other', result.stderr)


class TestCheck(ConfigTest):
    def test_what_is_good(self):
        self.write(f'listen = {TCP}', 'listen = echo+fd:it', 'idle-timeout = 10s')
        self.assertEqual(self.complaints('--config', self.path), [])
        self.assertEqual(self.complaints(TCP), [])

    @unittest.skipUnless(peers.have_ipv6(), 'no IPv6')
    def test_the_example_that_is_shipped(self):
        self.assertEqual(self.complaints('--config', page.ROOT / 'dist' / 'serve.conf'), [])

    def test_every_wrong_entry_is_told(self):
        self.write('conections = 3', 'threads = x', 'threads = 1', 'verbose = maybe',
                   'idle-timeout', 'config = other', 'help', 'log-format = xml')
        self.assert_places([(2, "did you mean 'connections'"), (3, '--threads'),
                            (4, 'settled'), (5, 'true or false'), (6, 'needs a value'),
                            (7, 'command line'), (8, 'command line'), (9, 'logfmt')],
                           '--config', self.path)

    def test_every_wrong_listener_is_told(self):
        self.write('listen = nope+tcp://127.0.0.1:0', f'listen = {TCP}',
                   'listen = chargen+udp://127.0.0.1:0', 'listen = echo+sctp://127.0.0.1:0',
                   'cpus = 777', 'metrics = 127.0.0.1')
        self.assert_places([(6, 'CPU'), (7, 'metrics'), (2, 'nope'), (4, 'chargen'),
                            (5, 'sctp')], '--config', self.path)

    def test_what_does_not_go_together_is_told(self):
        self.write(f'listen = {TCP}', 'inject = drop=10%:unixgram', 'key-file = /nonexistent')
        self.assert_places([(4, '/nonexistent')], '--config', self.path)
        self.write(f'listen = {TCP}', 'inject = drop=10%:unixgram', 'connections = 1M',
                   'threads = 64')
        said = self.complaints('--config', self.path)
        self.assertEqual(len(said), 2, said)
        self.assertTrue(said[0].startswith(f'{self.path}:3: '), said)
        self.assertTrue(said[1].startswith(f'{self.path}:4: '), said)

    def test_files_that_are_no_configuration(self):
        for text, word in (('', '[serve]'), ('threads = 1\n', 'section'),
                           ('[serve]\n[other]\n', '[other]'), ('[global]\nthreads = 1\n', 'global'),
                           ('[serve\n', ']'), ('[serve]\nthreads = 1\0\n', 'zero')):
            with self.subTest(text=text):
                self.path.write_text(text)
                said = self.complaints('--config', self.path)
                self.assertEqual(len(said), 1)
                self.assertIn(str(self.path), said[0])
                self.assertIn(word, said[0])

    def test_the_command_line_alone(self):
        said = self.complaints('--threads', 'x', TCP)
        self.assertEqual(len(said), 1)
        self.assertEqual(len(self.complaints('nope+tcp://:7', 'nada+tcp://:7')), 2)

    def test_no_port_is_taken(self):
        """Neither one that a server has, nor a low one, which needs rights."""
        with ringside.Server(TCP) as server:
            self.assertEqual(self.complaints(f'echo+tcp://127.0.0.1:{server.url.port}',
                                             'echo+udp://127.0.0.1:7'), [])

    def test_what_this_host_does_not_have_is_told(self):
        self.write('user = no-such-user', 'listen = echo+tcp://no-such-host.invalid:7',
                   f'listen = {TCP}', 'listen = echo+udp://192.0.2.1:7',
                   'metrics = no-such-host.invalid:9177')
        self.assert_places([(2, "no user 'no-such-user'"), (3, 'no-such-host.invalid'),
                            (5, 'no address of this host'), (6, 'no-such-host.invalid')],
                           '--config', self.path)
        self.write(f'listen = {TCP}', 'metrics = 192.0.2.1:9177')
        self.assert_places([(3, 'no address of this host')], '--config', self.path)

    def test_what_is_told_is_what_the_start_refuses(self):
        for option, word in (('user = no-such-user', 'no-such-user'),
                             ('listen = echo+udp://192.0.2.1:7', '192.0.2.1'),
                             ('listen = echo+udp://224.0.0.1:0', 'multicast'),
                             ('listen = echo+udp://127.255.255.255:0', 'broadcast'),
                             ('metrics = 192.0.2.1:9177', '192.0.2.1')):
            with self.subTest(option):
                self.write(f'listen = {TCP}', option)
                result = ringside.run('serve', '--config', self.path)
                self.assertEqual((result.returncode, result.stdout), (2, ''))
                self.assertEqual(len(self.complaints('--config', self.path)), 1)
                if word != 'no-such-user' or os.geteuid() == 0:
                    self.assertIn(word, result.stderr)

    def test_an_address_that_is_given_twice_is_told(self):
        for first, second, clash in (
                ('echo+tcp://127.0.0.1:7', 'discard+tcp://127.0.0.1:7', True),
                ('echo+unix:/run/x', 'echo+unixgram:/run/x', True),
                ('echo+tcp://127.0.0.1:7', 'echo+udp://127.0.0.1:7', False),
                ('echo+tcp://127.0.0.1:0', 'echo+tcp://127.0.0.1:0', False),
                ('echo+unix:/run/x', 'echo+unix:/run/y', False)):
            with self.subTest(first=first, second=second):
                self.write(f'listen = {first}', f'listen = {second}')
                self.assert_places([(3, f'{first} has that address')] if clash else [],
                                   '--config', self.path)

    def test_metrics_where_a_listener_is_are_told(self):
        local = f'unix:{self.path.parent}/socket'
        for listener, metrics, clash in (
                ('echo+tcp://127.0.0.1:7', '127.0.0.1:7', True),
                ('echo+udp://127.0.0.1:7', '127.0.0.1:7', False),
                ('echo+tcp://127.0.0.1:0', '127.0.0.1:0', False),
                (f'echo+{local}', local, True)):
            with self.subTest(listener=listener, metrics=metrics):
                self.write(f'listen = {listener}', f'metrics = {metrics}')
                self.assert_places([(3, f'{listener} has that address')] if clash else [],
                                   '--config', self.path)
        result = ringside.run('serve', '--config', self.path)
        self.assertEqual(result.returncode, 2)
        self.assertIn(f'--metrics: cannot listen at {local}: echo+{local} has that address',
                      result.stderr)

    @unittest.skipUnless(os.environ.get('RINGSIDE_FORBID'), 'not started by Meson')
    def test_a_sandbox_that_the_kernel_does_not_have_is_told(self):
        wrap = [os.environ['RINGSIDE_FORBID'], 'landlock_create_ruleset', 'ENOSYS']
        for how, code in (('require', 2), ('auto', 0)):
            result = ringside.run('serve', '--check-config', '--sandbox', how, TCP, wrap=wrap)
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertEqual('there is no landlock' in result.stderr, code == 2)

    @unittest.skipUnless(os.environ.get('RINGSIDE_FORBID'), 'not started by Meson')
    def test_a_backend_that_the_kernel_does_not_have_is_told(self):
        wrap = [os.environ['RINGSIDE_FORBID'], 'io_uring_setup', 'EPERM']
        for backend, code in (('uring', 2), ('epoll', 0), ('auto', 0)):
            result = ringside.run('serve', '--check-config', '--backend', backend, TCP, wrap=wrap)
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertEqual('io_uring' in result.stderr, code == 2)


class TestPrint(ConfigTest):
    def again(self, text):
        self.path.write_text(text)
        return self.printed('--config', self.path)

    def test_the_defaults_come_back(self):
        text = self.printed()
        self.assertIn('listen = echo+tcp://127.0.0.1:7777\n', text)
        self.assertEqual(self.again(text), text)

    def test_every_option_is_there(self):
        help_text = ringside.run('serve', '--help').stdout
        names = {word.strip(' ,').removeprefix('--').partition('=')[0]
                 for line in help_text.splitlines() if line.startswith('  ') and '--' in line[:8]
                 for word in line.split('   ')[0].split() if word.startswith('--')}
        names -= {'help', 'usage', 'version', 'config', 'check-config', 'print-config'}
        printed = {line.lstrip('; ').partition(' = ')[0] for line in self.printed().splitlines()
                   if ' = ' in line}
        self.assertEqual(names - printed, set())

    def test_what_was_given_comes_back(self):
        arguments = [TCP, 'echo+unix:/run/x', '--text', 'a = "b": c', '-t', '2', '-v', '--features',
                     '-gro', '--features', '+gso', '--sockopt', 'ttl=3', '--sockopt', 'ttl=4',
                     '--inject', 'drop=1%:udp,spin=2us', '--idle-timeout', '1500ms', '--cpus', '0']
        text = self.printed(*arguments)
        for line in ('listen = echo+unix:/run/x', 'text = a = "b": c', 'verbose = true',
                     'features = -gro', 'features = +gso', 'sockopt = ttl=4',
                     'idle-timeout = 1500ms', 'threads = 2'):
            self.assertIn(f'{line}\n', text)
        self.assertEqual(self.again(text), text)

    def test_the_file_and_the_line_together(self):
        self.write(f'listen = {TCP}', 'threads = 2', 'drain = 1s')
        text = self.printed('--config', self.path, '--drain', '2s')
        self.assertIn('threads = 2\n', text)
        self.assertIn('drain = 2s\n', text)
        self.assertNotIn('1s\n', text.replace('= 10s', ''))

    def test_a_key_stays_in_its_file(self):
        key = self.path.with_name('key')
        key.write_text('very secret')
        text = self.printed('--key-file', key, 'stamp+udp://127.0.0.1:0')
        self.assertIn(f'key-file = {key}\n', text)
        self.assertNotIn('secret', text)

    def test_what_a_file_cannot_hold_is_refused(self):
        for text in (' a', 'a ', 'a ;b', 'a #b', '#', 'x' * 300):
            with self.subTest(text=text):
                result = ringside.run('serve', '--print-config', '--text', text)
                self.assertEqual((result.returncode, result.stdout), (2, ''))
                self.assertIn('--text', result.stderr)

    def test_what_is_wrong_is_not_printed(self):
        result = ringside.run('serve', '--print-config', '--threads', 'x')
        self.assertEqual((result.returncode, result.stdout), (2, ''))


if __name__ == '__main__':
    tap.main()
