"""io_uring forbidden or starved: auto serves on epoll and says so, uring by name does not start."""
import os
import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

FORBID = os.environ.get('RINGSIDE_FORBID', '')
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
    def test_by_seccomp(self):
        for error in ('EPERM', 'ENOSYS'):
            with self.subTest(error=error):
                self.assert_falls_back([FORBID, error], error)
                self.assert_refuses([FORBID, error], error)
                self.assert_load_falls_back([FORBID, error], error)


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
    def test_epoll_is_not_a_fallback(self):
        with ringside.Server(TCP, engine=['--backend', 'epoll']) as server:
            errors = server.end()
        self.assertEqual(errors, '')


if __name__ == '__main__':
    tap.main()
