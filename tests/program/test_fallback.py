"""io_uring forbidden or starved: auto serves on epoll and says so, uring by name does not start."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

FORBID = os.environ.get('RINGSIDE_FORBID', '')
ERRORS = ('ENOSYS', 'EPERM', 'ENOMEM', 'EMFILE', 'EINVAL')
NOBODY = 65534
TCP = 'echo+tcp://127.0.0.1:0'


def as_nobody_without_locked_memory():
    """An ordinary user whose limit on locked memory is none at all."""
    if os.geteuid() != 0 or not shutil.which('setpriv') or not shutil.which('prlimit'):
        raise unittest.SkipTest('needs root, setpriv and prlimit')
    return ['prlimit', '--memlock=0:0', 'setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}',
            '--clear-groups', '--inh-caps=-all', '--bounding-set=-all']


class FallbackTest(unittest.TestCase):
    def assert_falls_back(self, wrap, says):
        with ringside.Server(TCP, wrap=wrap, engine=['--backend', 'auto']) as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            errors = server.end()
        self.assertEqual(errors.count('\n'), 1, errors)
        self.assertIn('epoll', errors)
        self.assertIn(says, errors)

    def assert_refuses(self, wrap, says):
        result = ringside.run('serve', '--backend', 'uring', TCP, wrap=wrap)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, '')
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn(says, result.stderr)

    def assert_load_falls_back(self, wrap, says):
        with ringside.Server(TCP, engine=['--backend', 'epoll']) as server:
            good = ringside.run('load', '-n', 100, '-c', 2, server.url, wrap=wrap)
            self.assertEqual(good.returncode, 0, good.stderr)
            self.assertIn('epoll', good.stderr)
            self.assertIn(says, good.stderr)
            bad = ringside.run('load', '-n', 100, '--backend', 'uring', server.url, wrap=wrap)
            self.assertEqual(bad.returncode, 2)
            self.assertEqual(bad.stderr.count('\n'), 1)
            talk = ringside.run('talk', '--text-once', 'hello', server.url, wrap=wrap)
            self.assertEqual((talk.returncode, talk.stdout), (0, 'hello\n'))


@unittest.skipUnless(FORBID, 'not started by Meson')
class TestForbidden(FallbackTest):
    def test_to_set_up(self):
        for error in ERRORS:
            with self.subTest(error=error):
                wrap = [FORBID, 'io_uring_setup', error]
                self.assert_falls_back(wrap, error)
                self.assert_refuses(wrap, error)
                self.assert_load_falls_back(wrap, error)

    def test_load_says_so_before_it_connects(self):
        wrap = [FORBID, 'io_uring_setup', 'EPERM']
        with tempfile.TemporaryFile('w+') as errors, socket.create_server(('127.0.0.1', 0)) as it:
            url = f'tcp://127.0.0.1:{it.getsockname()[1]}'
            load = subprocess.Popen([*wrap, ringside.BINARY, 'load', '-c', '1', '-t', '2', url],
                                    stdout=subprocess.DEVNULL, stderr=errors)
            it.settimeout(ringside.DEADLINE_S)
            with it.accept()[0]:
                errors.seek(0)
                said = errors.read()
            load.wait(ringside.DEADLINE_S)
        self.assertRegex(said, r'\Aringside load: on epoll: .*EPERM.*\n\Z')

    def test_to_register(self):
        """A ring without buffers of its own is slower than epoll: auto does not take it."""
        for error in ERRORS:
            with self.subTest(error=error):
                self.assert_falls_back([FORBID, 'io_uring_register', error], error)
        self.assert_falls_back([FORBID, 'io_uring_register', 'EPERM'],
                               'multishot_receive here: this kernel says EPERM')

    def test_to_register_by_name(self):
        wrap = [FORBID, 'io_uring_register', 'EPERM']
        with ringside.Server(TCP, '-t', 2, wrap=wrap, engine=['--backend', 'uring']) as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            errors = server.end()
        self.assertEqual(errors, 'ringside serve: not in effect: multishot_receive, buffer_ring '
                                 '(this kernel says EPERM (Operation not permitted))\n')

    def test_to_register_what_is_not_wanted(self):
        """Without the features that need it auto stays with io_uring."""
        wrap = [FORBID, 'io_uring_register', 'EPERM']
        with ringside.Server(TCP, '--features', '-buffer_ring,-multishot_receive', wrap=wrap,
                             engine=[]) as server:
            errors = server.end()
        self.assertEqual(errors, '')


@unittest.skipUnless(FORBID, 'not started by Meson')
class TestCoarseTimers(FallbackTest):
    """Kernels before 5.11, and filters that do not know the call, have no waits of less than 1 ms:
    requests leave that much later, and all of them."""

    def test_load_goes_on_with_milliseconds(self):
        with ringside.Server(TCP, engine=['--backend', 'epoll']) as server:
            for error in ('ENOSYS', 'EPERM'):
                for shape in ('-R 2000 --pace timer', '-R 2000 --pace spin', '--think 300us'):
                    with self.subTest(error=error, shape=shape):
                        result = ringside.run('load', '--backend', 'epoll', '-n', 300, '-c', 4,
                                              '--json', '-', *shape.split(), server.url,
                                              wrap=[FORBID, 'epoll_pwait2', error])
                        self.assertEqual(result.returncode, 0, result.stderr)
                        self.assertEqual(json.loads(result.stdout)['requests'], 300)

    def test_serve_still_gives_up_who_is_idle(self):
        wrap = [FORBID, 'epoll_pwait2', 'ENOSYS']
        with ringside.Server(TCP, '--idle-timeout', '50ms', wrap=wrap,
                             engine=['--backend', 'epoll']) as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(connected.recv(10), b'')


class TestStarved(FallbackTest):
    def setUp(self):
        """An ordinary user may not be able to reach the program where it was built."""
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        self.addCleanup(setattr, ringside, 'BINARY', ringside.BINARY)
        ringside.BINARY = shutil.copy(ringside.BINARY, folder.name)

    def test_of_locked_memory(self):
        wrap = as_nobody_without_locked_memory()
        probe = ringside.run('probe', wrap=wrap)
        if probe.stdout.startswith('Backend: uring'):
            self.skipTest('this kernel does not count rings as locked memory')
        self.assert_falls_back(wrap, 'ENOMEM')
        self.assert_refuses(wrap, 'ENOMEM')


class TestByName(FallbackTest):
    ASKED = ('--backend', 'epoll', '--features', '+sqpoll,+zero_copy,+gso', '-t', 2)
    MISSING = 'not in effect: zero_copy, sqpoll (the epoll backend does not have it)\n'

    def test_features_not_in_effect_are_told_once(self):
        with ringside.Server(TCP, *self.ASKED, engine=[]) as server:
            result = ringside.run('load', '-n', 100, '-c', 2, *self.ASKED, server.url)
            errors = server.end()
        self.assertEqual(errors, 'ringside serve: ' + self.MISSING)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr, 'ringside load: ' + self.MISSING)

    def test_features_that_exclude_each_other_are_told(self):
        result = ringside.run('probe')
        if not result.stdout.startswith('Backend: uring'):
            self.skipTest('no io_uring here')
        with ringside.Server(TCP, '--features', '+direct,+plain_send', engine=[]) as server:
            errors = server.end()
        self.assertEqual(errors, 'ringside serve: not in effect: direct (cannot be combined with '
                                 'plain_send)\n')

    def test_epoll_is_not_a_fallback(self):
        with ringside.Server(TCP, engine=['--backend', 'epoll']) as server:
            errors = server.end()
        self.assertEqual(errors, '')


if __name__ == '__main__':
    tap.main()
