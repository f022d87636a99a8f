"""io_uring denied in each way that a machine has: auto serves on epoll and says why.

Only for a machine that is thrown away afterwards: it sets kernel.io_uring_disabled.
"""
import os
import pathlib
import resource
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / 'lib')]
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402
import told  # noqa: E402

TCP = 'echo+tcp://127.0.0.1:0'
FORBID = os.environ.get('RINGSIDE_FORBID', '')
SYSCTLS = pathlib.Path('/proc/sys/kernel')
USER, GROUP, TRUSTED_GROUP = 1000, 1000, 2000
ROOT = {}
ORDINARY = {'user': USER, 'group': GROUP, 'extra_groups': []}
MEMBER = ORDINARY | {'extra_groups': [TRUSTED_GROUP]}
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
DENIED = 'EPERM'


def in_guest():
    """Is this machine one that ./dev kernels has booted (init.py)?"""
    command = pathlib.Path('/proc/1/cmdline').read_text().split('\0')
    return pathlib.Path('/plan.json').exists() and '/init' in command


def setUpModule():
    if not in_guest():
        raise RuntimeError('only for a machine that ./dev kernels has booted: sysctls are set')


def limiting(which, values):
    """For a child: a limit of its own."""
    return {'preexec_fn': lambda: resource.setrlimit(which, values)}


class DeniedTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Some kernels count the rings of ordinary users as locked memory: one thing at a time."""
        resource.setrlimit(resource.RLIMIT_MEMLOCK, UNLIMITED)

    def served(self, wrap=(), options=(), **keywords):
        """What a server says of its backend, which it picked itself, and whether it has a ring; it
        has answered over TCP."""
        with ringside.Server(TCP, wrap=wrap, engine=['--backend', 'auto', *options],
                             **keywords) as server:
            with peers.connect(server.url) as connected:
                message = peers.pattern(1, 100_000)
                self.assertEqual(peers.ask(connected, message), message)
            ring = told.has_ring(server)
            return told.by_server(server.end()), ring

    def assert_on_uring(self, **keywords):
        self.assertEqual(self.served(**keywords), ([], True))

    def assert_epoll_is_told(self, lines, *reasons):
        """... with one of the reasons."""
        line, = lines
        self.assertRegex(line, '^ringside serve: serving with epoll: ')
        self.assertTrue(any(reason in line for reason in reasons), f'{line}: not for {reasons}')

    def assert_on_epoll(self, says, **keywords):
        lines, ring = self.served(**keywords)
        self.assertFalse(ring)
        self.assert_epoll_is_told(lines, says)

    def assert_refused_by_name(self, says, wrap=(), **keywords):
        result = ringside.run('serve', '--backend', 'uring', TCP, wrap=wrap, **keywords)
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn(says, result.stderr)

    def assert_denied(self, says, **keywords):
        self.assert_on_epoll(says, **keywords)
        self.assert_refused_by_name(says, **keywords)

    def assert_allowed(self, **keywords):
        """... as far as this kernel can."""
        effective, reason = told.by_probe(**keywords)
        if effective == 'uring':
            self.assert_on_uring(**keywords)
        else:
            self.assertNotIn(DENIED, reason)
            self.assert_on_epoll(reason, **keywords)


class TestSysctl(DeniedTest):
    def setUp(self):
        if not (SYSCTLS / 'io_uring_disabled').exists():
            self.skipTest('this kernel has no kernel.io_uring_disabled')
        (SYSCTLS / 'io_uring_group').write_text(str(TRUSTED_GROUP))
        self.addCleanup(self.set, 0)

    def set(self, value):
        (SYSCTLS / 'io_uring_disabled').write_text(str(value))

    def test_0_allows_everybody(self):
        for who in ROOT, ORDINARY, MEMBER:
            with self.subTest(who=who):
                self.assert_allowed(**who)

    def test_1_denies_those_outside_the_group(self):
        self.set(1)
        self.assert_denied(DENIED, **ORDINARY)

    def test_1_allows_members(self):
        self.set(1)
        self.assert_allowed(**MEMBER)

    def test_1_allows_root_until_it_gives_up_its_rights(self):
        """A server opens its rings when it has done so."""
        self.set(1)
        self.assertEqual(told.by_probe()[0], 'uring')
        self.assert_on_uring(options=['--sandbox', 'off'])
        self.assert_on_epoll(DENIED)

    def test_2_denies_everybody(self):
        self.set(2)
        for who in ROOT, ORDINARY, MEMBER:
            with self.subTest(who=who):
                self.assert_denied(DENIED, **who)

    def test_a_server_that_runs_goes_on(self):
        with ringside.Server(TCP, engine=['--backend', 'auto']) as server:
            self.set(2)
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            self.assertEqual(told.has_ring(server), told.by_server(server.stderr()) == [])


class TestFilter(DeniedTest):
    def test_of_setting_up_rings(self):
        for error in 'EPERM', 'ENOSYS':
            for who in ROOT, ORDINARY:
                with self.subTest(error=error, who=who):
                    self.assert_denied(error, wrap=[FORBID, 'io_uring_setup', error], **who)


class TestLimits(DeniedTest):
    def reasons(self, error, **who):
        """Why epoll may be taken: for the error, or for what this kernel lacks at any limit."""
        effective, reason = told.by_probe(**who)
        return [error] if effective == 'uring' else [error, reason]

    def test_of_locked_memory(self):
        reasons, rings, limits_kib = self.reasons('ENOMEM', **ORDINARY), 0, (0, 16, 64, 256)
        for limit_kib in limits_kib:
            with self.subTest(limit_kib=limit_kib):
                lines, ring = self.served(**ORDINARY, **limiting(
                    resource.RLIMIT_MEMLOCK, (limit_kib << 10, limit_kib << 10)))
                rings += ring
                if not ring:
                    self.assert_epoll_is_told(lines, *reasons)
                else:
                    self.assertEqual(lines, [])
        if rings == len(limits_kib):
            self.skipTest('all on io_uring: this kernel does not count rings as locked memory')

    def test_of_descriptors(self):
        """Whatever the limit: it serves, or it says in a line that there are too few."""
        for who in ROOT, ORDINARY:
            reasons, served = self.reasons('EMFILE', **who), 0
            for limit in 4, 8, 12, 16, 24, 32, 34, 36, 40, 48, 64, 128:
                with self.subTest(who=who, limit=limit):
                    served += self.try_descriptors(limit, who, reasons)
            self.assertGreater(served, 0, 'no limit was high enough')

    def try_descriptors(self, limit, who, reasons):
        try:
            server = ringside.Server(TCP, engine=['--backend', 'auto'], **who,
                                     **limiting(resource.RLIMIT_NOFILE, (limit, limit)))
        except AssertionError as error:
            self.assertRegex(str(error), r'(may open only|Too many open files)[^\n]*\\n.$')
            return 0
        with server, peers.connect(server.url) as connected:
            self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            lines = told.by_server(server.stderr())
            if told.has_ring(server):
                self.assertEqual(lines, [])
            else:
                self.assert_epoll_is_told(lines, *reasons)
        return 1


if __name__ == '__main__':
    tap.main()
