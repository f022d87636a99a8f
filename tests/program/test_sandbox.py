"""What ringside serve gives up once it listens, seen from outside; and that all it does still works
without."""
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import signal
import socket
import sys
import time
import unittest
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

FORBID = os.environ.get('RINGSIDE_FORBID', '')
# In an instrumented build the sandbox is off, since it would see what a sanitizer does.
SANDBOXED = os.environ.get('RINGSIDE_SANDBOX', 'auto') == 'auto'
NOBODY = 65534
TCP, UDP = 'echo+tcp://127.0.0.1:0', 'echo+udp://127.0.0.1:0'
PARTS = ('no_new_privs', 'capabilities', 'landlock', 'seccomp')

needs_root = unittest.skipUnless(os.geteuid() == 0, 'only root can become another user')
needs_sandbox = unittest.skipUnless(SANDBOXED, 'this build is instrumented')


def offered():
    """Has this kernel all parts?"""
    offer = json.loads(ringside.run('probe', '--json').stdout)['confinement']
    return all(offer[part]['present'] for part in PARTS)


def threads(server):
    """/proc/PID/task/*/status as dictionaries, but for the threads of rings."""
    found = []
    for status in pathlib.Path(f'/proc/{server.pid}/task').glob('*/status'):
        lines = dict(line.split(':\t', 1) for line in status.read_text().splitlines())
        if not lines['Name'].startswith('iou-'):
            found.append(lines)
    return found


def may(capability):
    """Has root this one? In containers often not."""
    bits = {'CAP_IPC_LOCK': 14, 'CAP_SYS_RESOURCE': 24}
    status = pathlib.Path('/proc/self/status').read_text()
    return int(status.partition('CapEff:')[2].split()[0], 16) >> bits[capability] & 1 == 1


def ask_all(test, server):
    for url in server.urls:
        with peers.connect(url) as connected:
            test.assertEqual(peers.ask(connected, b'hello'), b'hello')


class ServeTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        os.chmod(self.folder, 0o755)

    def assert_refused(self, *arguments, says, wrap=()):
        result = ringside.run('serve', *arguments, TCP, wrap=wrap)
        self.assertEqual((result.returncode, result.stdout), (2, ''), result.stderr)
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn(says, result.stderr)

    def stats(self, server, path):
        server.end()
        return json.loads(path.read_text())


@needs_sandbox
class TestOfEachThread(ServeTest):
    @unittest.skipUnless(offered(), 'this kernel has not all parts: ringside probe')
    def test_nothing_is_left(self):
        with ringside.Server('-t', 2, '--metrics', '0', TCP, UDP) as server:
            ask_all(self, server)
            found = threads(server)
            self.assertEqual(sorted(thread['Name'] for thread in found),
                             ['metrics', 'ringside', 'serve-0', 'serve-1'])
            for thread in found:
                self.assertEqual(thread['NoNewPrivs'], '1')
                self.assertEqual(thread['Seccomp'], '2')
                for kind in ('Inh', 'Prm', 'Eff', 'Amb'):
                    self.assertEqual(int(thread[f'Cap{kind}'], 16), 0, kind)
                if os.geteuid() == 0:
                    self.assertEqual(int(thread['CapBnd'], 16), 0)
            self.assertEqual(server.stderr().count('\n'), 1)  # where the metrics are

    def test_rings_of_root_are_not_short_of_memory(self):
        """They are locked memory, which counts once CAP_IPC_LOCK is gone."""
        if not shutil.which('prlimit') or os.geteuid() != 0 or not may('CAP_IPC_LOCK'):
            self.skipTest('needs prlimit, and root')
        with ringside.Server('-t', 4, TCP, wrap=['prlimit', '--memlock=65536:65536']) as server:
            ask_all(self, server)
            self.assertEqual({int(thread['CapPrm'], 16) for thread in threads(server)}, {0})
            self.assertEqual(server.end(), '')

    def test_off_leaves_all(self):
        with ringside.Server('--sandbox', 'off', TCP) as server:
            ask_all(self, server)
            for thread in threads(server):
                self.assertEqual((thread['NoNewPrivs'], thread['Seccomp']), ('0', '0'))

    def test_it_is_told(self):
        path = self.folder / 'stats'
        with ringside.Server('-v', '--json-stats', path, TCP) as server:
            self.assertIn('ringside serve: sandbox: no_new_privs (', server.stderr())
        sandbox = json.loads(path.read_text())['sandbox']
        self.assertEqual(sandbox['choice'], 'auto')
        self.assertEqual(set(sandbox), {'choice', 'user', *PARTS})
        for part in ('user', *PARTS):
            self.assertTrue(sandbox[part]['reason'])
        self.assertFalse(sandbox['user']['on'])

    @unittest.skipUnless(FORBID, 'not started by Meson')
    def test_what_is_missing_is_told_or_refused(self):
        for call, part in (('landlock_create_ruleset', 'landlock'), ('seccomp', 'seccomp')):
            wrap = [FORBID, call, 'ENOSYS']
            with self.subTest(part=part):
                path = self.folder / part
                with ringside.Server('--json-stats', path, TCP, wrap=wrap) as server:
                    ask_all(self, server)
                    errors = server.end()
                self.assertRegex(errors, rf'\Aringside serve: the sandbox is without {part} '
                                         r'\(this kernel says .+\)\n\Z')
                sandbox = json.loads(path.read_text())['sandbox']
                self.assertEqual([name for name in PARTS if not sandbox[name]['on']], [part])
                self.assert_refused('--sandbox', 'require', wrap=wrap,
                                    says=f'--sandbox require: there is no {part}, this kernel says')
                with ringside.Server('--sandbox', 'off', TCP, wrap=wrap) as server:
                    self.assertEqual(server.end(), '')

    @unittest.skipUnless(offered(), 'this kernel has not all parts: ringside probe')
    def test_require_serves_where_all_is_there(self):
        with ringside.Server('--sandbox', 'require', TCP) as server:
            ask_all(self, server)


class TestStillWorks(ServeTest):
    """What happens seldom, or at the end."""

    def test_statistics_in_a_file_at_intervals(self):
        path = self.folder / 'stats'
        link = self.folder / 'link'
        path.write_text('{"counters": {"messages_in": 0}}')
        link.symlink_to(path)
        with ringside.Server('-t', 2, '--stats-interval', '20ms', '--json-stats', link, TCP,
                             UDP) as server:
            deadline = time.monotonic() + ringside.DEADLINE_S
            while json.loads(path.read_text())['counters']['messages_in'] == 0:
                self.assertLess(time.monotonic(), deadline, server.stderr())
                ask_all(self, server)
            self.assertGreater(self.stats(server, path)['counters']['messages_in'], 0)
        self.assertTrue(link.is_symlink())
        self.assertEqual(sorted(os.listdir(self.folder)), ['link', 'stats'])

    def test_statistics_of_other_kinds(self):
        for path in ('/dev/null', '/dev/stderr'):
            with self.subTest(path=path), \
                    ringside.Server('--json-stats', path, TCP) as server:
                ask_all(self, server)
        relative = ringside.Server('--json-stats', 'stats', TCP, cwd=self.folder)
        with relative as server:
            ask_all(self, server)
        self.assertTrue((self.folder / 'stats').exists())

    def test_statistics_into_a_pipe(self):
        path = self.folder / 'pipe'
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        with ringside.Server('--json-stats', path, TCP) as server:
            server.end()
        self.assertEqual(json.loads(os.read(reader, 1 << 16))['command'], 'serve')

    def test_a_pause(self):
        with ringside.Server('-v', '-t', 2, TCP, UDP) as server:
            for _ in range(3):
                server.stop()
                server.signal(signal.SIGCONT)
                ask_all(self, server)

    def test_the_zone_of_local_times(self):
        """The table of the zone is a file: it has to be read before there are none."""
        zone = 'Pacific/Kiritimati'
        if not pathlib.Path('/usr/share/zoneinfo', zone).exists():
            self.skipTest('there is no table of time zones')
        hours = [self.hour(zone)]
        with ringside.Server('ctime+tcp://127.0.0.1:0', env=os.environ | {'TZ': zone}) as server:
            with peers.connect(server.url) as connected:
                connected.sendall(b'x')
                text = connected.recv(100).decode()
        hours.append(self.hour(zone))
        self.assertIn(text.split()[3].partition(':')[0], hours)

    @staticmethod
    def hour(zone):
        return datetime.datetime.now(zoneinfo.ZoneInfo(zone)).strftime('%H')

    def test_huge_pages_are_tried(self):
        effective = json.loads(ringside.run('probe', '--json').stdout)['features']['huge_pages']
        path = self.folder / 'stats'
        with ringside.Server('--features', '+huge_pages', '--json-stats', path, TCP,
                             engine=['--backend', ringside.BACKEND or 'auto']) as server:
            document = self.stats(server, path)
        self.assertEqual(document['features']['huge_pages']['effective'], effective['present'])

    def test_every_feature_at_once(self):
        """As many calls as there are, at the start, while it serves and at the end."""
        with ringside.Server('-t', 2, '-v', '--features', '+all', TCP, UDP,
                             f'echo+unix:{self.folder}/a', f'echo+unixgram:{self.folder}/b',
                             f'echo+unixpacket:{self.folder}/c', '--inject', 'delay=1ms:10%',
                             engine=['--backend', ringside.BACKEND or 'auto']) as server:
            for _ in range(20):
                ask_all(self, server)
            with contextlib.ExitStack() as stack:
                for url in server.urls:
                    peers.reset(stack.enter_context(peers.connect(url)))
        self.assertEqual(os.listdir(self.folder), [])

    def test_abstract_clients_of_datagrams_are_answered(self):
        """They were made by others, which Landlock's scope would forbid to answer."""
        with ringside.Server(f'echo+unixgram:{self.folder}/a') as server:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
                client.bind(f'\0ringside-client-{os.getpid()}')
                client.settimeout(ringside.DEADLINE_S)
                client.sendto(b'hello', server.url.rest)
                self.assertEqual(client.recv(100), b'hello')


@needs_root
class TestUser(ServeTest):
    USER = f'{NOBODY}:{NOBODY}'

    def assert_is_nobody(self, server):
        for thread in threads(server):
            self.assertEqual(thread['Uid'].split(), [str(NOBODY)] * 4)
            self.assertEqual(thread['Gid'].split(), [str(NOBODY)] * 4)
            self.assertEqual(thread['Groups'].split(), [])
            for kind in ('Inh', 'Prm', 'Eff', 'Bnd', 'Amb'):
                self.assertEqual(int(thread[f'Cap{kind}'], 16), 0, kind)

    def test_it_is_another_user_from_then_on(self):
        for sandbox in ('auto', 'off') if SANDBOXED else ('off',):
            with self.subTest(sandbox=sandbox), \
                    ringside.Server('--user', self.USER, '--sandbox', sandbox, '-t', 2, TCP,
                                    UDP) as server:
                ask_all(self, server)
                self.assert_is_nobody(server)
                self.assertEqual(server.stderr(), '')

    def test_low_ports_are_bound_before(self):
        with namespace.Namespace() as inside:
            with ringside.Server('--user', self.USER, 'echo+tcp://127.0.0.1:7',
                                 wrap=inside.wrap()) as server:
                self.assertEqual(server.url.port, 7)
                self.assert_is_nobody(server)

    def test_rings_are_not_short_of_memory(self):
        """They are locked memory, which is not counted for root."""
        if not shutil.which('prlimit') or not may('CAP_SYS_RESOURCE'):
            self.skipTest('needs prlimit, and the right to raise limits')
        wrap = ['prlimit', '--memlock=65536:65536']
        with ringside.Server('--user', self.USER, '-t', 4, TCP, wrap=wrap) as server:
            ask_all(self, server)
            self.assertEqual(server.end(), '')

    def test_files_are_written_by_the_user_or_refused_at_once(self):
        path = self.folder / 'stats'
        self.assert_refused('--user', self.USER, '--json-stats', path,
                            says=f'--user {self.USER}: cannot write {path}: Permission denied')
        os.chown(self.folder, NOBODY, NOBODY)
        with ringside.Server('--user', self.USER, '--json-stats', path, TCP) as server:
            document = self.stats(server, path)
        self.assertEqual(path.stat().st_uid, NOBODY)
        self.assertTrue(document['sandbox']['user']['on'])
        self.assertIn(str(NOBODY), document['sandbox']['user']['reason'])

    def test_socket_files_are_the_users(self):
        path = self.folder / 'socket'
        os.chown(self.folder, NOBODY, NOBODY)
        with ringside.Server('--user', self.USER, f'echo+unix:{path}') as server:
            status = path.stat()
            self.assertEqual((status.st_uid, status.st_gid, status.st_mode & 0o7777),
                             (NOBODY, NOBODY, 0o660))
            ask_all(self, server)
            self.assertEqual(server.end(), '')
        self.assertFalse(path.exists())

    def test_a_socket_file_that_stays_is_told_and_replaced(self):
        path = self.folder / 'socket'
        for _ in range(2):
            with ringside.Server('--user', self.USER, f'echo+unix:{path}') as server:
                ask_all(self, server)
                errors = server.end()
            self.assertRegex(errors, rf'\Aringside serve: {path} will stay behind, .+\n\Z')
            self.assertTrue(path.exists())

    def test_who_cannot_be(self):
        for user, says in (('no-such-user', "there is no user 'no-such-user'"),
                           ('root', 'root is root'), ('4242', '4242:GROUP'),
                           ('4242:no-such-group', "there is no group 'no-such-group'"),
                           (':1', 'is not USER or USER:GROUP')):
            with self.subTest(user=user):
                self.assert_refused('--user', user, says=says)

    @unittest.skipUnless(shutil.which('setpriv'), 'there is no setpriv')
    def test_only_root_can(self):
        os.chmod(self.folder, 0o755)
        binary = shutil.copy(ringside.BINARY, self.folder)
        self.addCleanup(setattr, ringside, 'BINARY', ringside.BINARY)
        ringside.BINARY = binary
        wrap = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups']
        if ringside.run('--version', wrap=wrap).returncode == 127:
            self.skipTest('the libraries of this ringside are out of reach for other users')
        self.assert_refused('--user', '4242:4242', says='only root can become another user',
                            wrap=wrap)


if __name__ == '__main__':
    tap.main()
