"""Who may connect to a UNIX socket of ringside serve: the mode of its file, and --allow-uid."""
import json
import os
import pathlib
import socket
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

NOBODY = 65534
needs_root = unittest.skipUnless(os.geteuid() == 0, 'only root can be two users')

# Another user, who connects, sends, and prints what came back.
STRANGER = '''
import os, socket, sys
os.setgroups([])
os.setresgid(*[int(sys.argv[1])] * 3)
os.setresuid(*[int(sys.argv[1])] * 3)
client = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2]))
client.settimeout(30)
try:
    client.connect(sys.argv[3])
    client.sendall(b'hello')
    print(client.recv(100).decode())
except OSError as error:
    print(type(error).__name__)
'''


def ask_as(user, url):
    kind = {'unix': 'SOCK_STREAM', 'unixpacket': 'SOCK_SEQPACKET'}[url.transport]
    result = subprocess.run([sys.executable, '-c', STRANGER, str(user), kind, url.rest],
                            capture_output=True, text=True, check=True)
    return result.stdout.strip()


class UnixTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        os.chmod(self.folder, 0o755)
        self.path = self.folder / 'socket'

    def assert_served(self, server):
        for url in server.urls:
            with peers.connect(url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')

    def assert_refused(self, *arguments, says):
        result = ringside.run('serve', *arguments)
        self.assertEqual((result.returncode, result.stdout), (2, ''), result.stderr)
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn(says, result.stderr)


class TestMode(UnixTest):
    def mode(self, *options, umask):
        with ringside.Server(*options, f'echo+unix:{self.path}', umask=umask) as server:
            self.assert_served(server)
            return stat.S_IMODE(self.path.stat().st_mode)

    def test_it_is_as_asked_whatever_the_umask(self):
        for umask in (0, 0o022, 0o077, 0o777):
            with self.subTest(umask=oct(umask)):
                self.assertEqual(self.mode(umask=umask), 0o660)
                self.assertEqual(self.mode('--unix-mode', '0600', umask=umask), 0o600)
                self.assertEqual(self.mode('--unix-mode', '666', umask=umask), 0o666)

    def test_what_is_no_mode(self):
        for mode in ('', '8', '0o660', '1777', '-1', 'rw', '0660x'):
            with self.subTest(mode=mode):
                self.assert_refused(f'--unix-mode={mode}', f'echo+unix:{self.path}',
                                    says='such as 0660')

    @unittest.skipUnless(ringside.may_trace(), 'strace is not installed, or may not trace')
    def test_no_moment_has_wider_rights(self):
        """Owner alone from bind() on; then the owner is set, then the mode, and never a umask."""
        log = self.folder / 'trace'
        wrap = ['strace', '-D', '-f', '-o', log, '-e',
                'trace=bind,fchmod,fchmodat,chmod,fchownat,umask']
        with ringside.Server('--unix-mode', '0666', f'echo+unix:{self.path}', wrap=wrap,
                             env=ringside.TRACEABLE):
            pass
        calls = log.read_text().splitlines()
        at = next(i for i, call in enumerate(calls) if f'sun_path="{self.path}"' in call)
        self.assertRegex(calls[at - 1], r'fchmod\(\d+, 0600\) += 0')
        self.assertRegex(calls[at], r' bind\(.* = 0')
        self.assertRegex(calls[at + 1], r'fchownat\(.*AT_EMPTY_PATH\) += 0')
        self.assertRegex(calls[at + 2], r'chmod\w*\(.*/proc/self/fd/\d+", 0666\) += 0')
        self.assertFalse([call for call in calls if 'umask' in call])

    @needs_root
    def test_others_are_kept_out_by_the_file(self):
        with ringside.Server(f'echo+unix:{self.path}') as server:
            self.assertEqual(ask_as(NOBODY, server.url), 'PermissionError')
        with ringside.Server('--unix-mode', '0666', f'echo+unix:{self.path}') as server:
            self.assertEqual(ask_as(NOBODY, server.url), 'hello')


class TestStale(UnixTest):
    def leave(self):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.path))

    def test_our_own_is_replaced(self):
        self.leave()
        with ringside.Server(f'echo+unix:{self.path}') as server:
            self.assert_served(server)

    @needs_root
    def test_anothers_is_not(self):
        self.leave()
        os.chown(self.path, NOBODY, NOBODY)
        self.assert_refused(f'echo+unix:{self.path}', says="another user's socket stands there")
        self.assertTrue(self.path.exists())

    def test_a_file_is_not_and_neither_is_what_a_link_names(self):
        self.path.write_text('precious')
        self.assert_refused(f'echo+unix:{self.path}', says='something that is no socket')
        self.assertEqual(self.path.read_text(), 'precious')
        link = self.folder / 'link'
        link.symlink_to(self.path)
        self.assert_refused(f'echo+unix:{link}', says='something that is no socket')
        self.assertEqual(self.path.read_text(), 'precious')

    def test_a_live_one_is_not(self):
        with ringside.Server(f'echo+unix:{self.path}') as server:
            self.assert_refused(f'echo+unix:{self.path}', says='a server is listening there')
            self.assert_served(server)

    def test_what_has_taken_its_place_is_not_removed(self):
        with ringside.Server(f'echo+unix:{self.path}'):
            self.path.unlink()
            self.path.write_text('precious')
        self.assertEqual(self.path.read_text(), 'precious')


class TestAllowed(UnixTest):
    def urls(self):
        return [f'echo+unix:{self.path}', f'echo+unixpacket:{self.path}.packets']

    def serve(self, allowed, *more):
        return ringside.Server('--unix-mode', '0666', '--allow-uid', allowed, '--json-stats',
                               self.folder / 'stats', *self.urls(), *more)

    def counters(self):
        return json.loads((self.folder / 'stats').read_text())['counters']

    def test_those_on_the_list_are_served_and_tcp_is_for_all(self):
        with self.serve(f'{os.geteuid()},4242', 'echo+tcp://127.0.0.1:0') as server:
            self.assert_served(server)
        self.assertEqual(self.counters()['connections_forbidden'], 0)
        self.assertEqual(self.counters()['accepted'], 3)

    def test_others_get_nothing(self):
        with self.serve('4242') as server:
            for url in server.urls:
                with peers.connect(url) as connected:
                    try:
                        connected.sendall(b'hello')
                        self.assertEqual(connected.recv(100), b'')
                    except (BrokenPipeError, ConnectionResetError):
                        pass
            self.assertEqual(server.end(), '')
        self.assertEqual(self.counters()['connections_forbidden'], 2)
        self.assertEqual(self.counters()['accepted'], 0)
        self.assertEqual(self.counters()['bytes_in'], 0)

    def test_a_greeting_is_not_for_others(self):
        with ringside.Server('--allow-uid', '4242', f'daytime+unix:{self.path}') as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.receive_all(connected), b'')

    @needs_root
    def test_a_stranger_among_friends(self):
        with self.serve('0,1') as server:
            for url in server.urls:
                self.assertIn(ask_as(NOBODY, url), ('', 'ConnectionResetError', 'BrokenPipeError'))
                self.assertEqual(ask_as(1, url), 'hello')
            self.assert_served(server)
        self.assertEqual(self.counters()['connections_forbidden'], 2)

    def test_what_is_no_list(self):
        for text in ('', 'root', '1,', ',1', '-1', '1 2', '4294967295', '99999999999',
                     ','.join(map(str, range(65)))):
            with self.subTest(text=text):
                self.assert_refused(f'--allow-uid={text}', f'echo+unix:{self.path}',
                                    says='--allow-uid')

    def test_where_nobody_connects(self):
        self.assert_refused('--allow-uid', '0', 'echo+tcp://127.0.0.1:0',
                            says='there is no such listener')
        self.assert_refused('--allow-uid', '0', f'echo+unix:{self.path}',
                            f'echo+unixgram:{self.path}.grams', says='unixgram is not')


if __name__ == '__main__':
    tap.main()
