"""The unit files of dist/: systemd finds them well-formed and closed, and what they forbid is
nothing that the server needs."""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import operation  # noqa: E402
import page  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

SERVICE = pathlib.Path(ringside.BINARY).parent / 'dist' / 'ringside.service'
EXPOSURE_MAX = 2.0


def analyze(*arguments):
    return subprocess.run(['systemd-analyze', '--no-pager', *map(str, arguments)], text=True,
                          capture_output=True, check=False, timeout=ringside.DEADLINE_S)


def set_members(name, cache={}):
    """The system calls of a set such as @system-service."""
    if name not in cache:
        members = set()
        for line in analyze('syscall-filter', name).stdout.splitlines()[1:]:
            word = line.strip()
            if word.startswith('@'):
                members |= set_members(word)
            elif word and not word.startswith('#'):
                members.add(word)
        cache[name] = members
    return cache[name]


def members_of(word):
    return set_members(word) if word.startswith('@') else {word}


def allowed_calls(text):
    """What the unit's SystemCallFilter= lines leave: an allow list, since the first one is."""
    allowed = set(set_members('@default'))
    for value in re.findall(r'^SystemCallFilter=(.*)$', text, re.MULTILINE):
        words = value.removeprefix('~').split()
        for word in words:
            if value.startswith('~'):
                allowed -= members_of(word)
            else:
                allowed |= members_of(word)
    return allowed


@unittest.skipUnless(shutil.which('systemd-analyze'), 'there is no systemd-analyze')
class TestUnits(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        text = SERVICE.read_text()
        text = re.sub(r'^ExecStart=\S+', f'ExecStart={ringside.BINARY}', text, flags=re.MULTILINE)
        self.service = self.folder / 'ringside.service'
        self.service.write_text(text)
        self.socket = self.folder / 'ringside.socket'
        shutil.copy(page.ROOT / 'dist' / 'ringside.socket', self.socket)

    def test_they_are_well_formed(self):
        result = analyze('verify', '--man=no', self.service, self.socket)
        ours = [line for line in result.stderr.splitlines() if 'ringside' in line]
        self.assertEqual((result.returncode, ours), (0, []))

    def test_the_service_is_closed(self):
        result = analyze('security', '--offline=true', self.service)
        found = re.search(r'Overall exposure level for ringside.service: ([\d.]+)', result.stdout)
        self.assertTrue(found, result.stdout + result.stderr)
        self.assertLessEqual(float(found[1]), EXPOSURE_MAX)

    def test_it_has_what_it_needs_and_no_more(self):
        """Rings count as locked memory; of root's rights there is one."""
        entries = dict(line.split('=', 1) for line in self.service.read_text().splitlines()
                       if re.match(r'\w+=', line))
        self.assertGreaterEqual(int(entries['LimitMEMLOCK'].removesuffix('M')), 64)
        for name in ('AmbientCapabilities', 'CapabilityBoundingSet'):
            self.assertEqual(entries[name], 'CAP_NET_BIND_SERVICE')
        for name, value in (('Type', 'notify'), ('DynamicUser', 'yes'), ('NoNewPrivileges', 'yes'),
                            ('ProtectSystem', 'strict'), ('MemoryDenyWriteExecute', 'yes')):
            self.assertEqual(entries[name], value, name)
        self.assertIn('WatchdogSec', entries)

    def test_a_drain_fits_into_the_time_to_stop(self):
        stop = re.search(r'^TimeoutStopSec=(\d+)s$', self.service.read_text(), re.MULTILINE)
        drain = re.search(r'^drain = (\d+)s$', (page.ROOT / 'dist/serve.conf').read_text(),
                          re.MULTILINE)
        self.assertGreater(int(stop[1]), int(drain[1]))

    def test_no_system_call_that_the_server_makes_is_forbidden(self):
        if not ringside.may_trace():
            self.skipTest('strace is not here, or may not trace')
        allowed = allowed_calls(self.service.read_text())
        self.assertIn('read', allowed)
        self.assertNotIn('mount', allowed)
        trace = self.folder / 'trace'
        with operation.Manager() as manager:
            environment = manager.environment(500000) | {
                'ASAN_OPTIONS': ringside.TRACEABLE['ASAN_OPTIONS']}
            with ringside.Server('--metrics', '0', '-t', 2, '--cpus', '0', '--stats-interval',
                                 '50ms', 'echo+tcp://127.0.0.1:0', 'echo+udp://0.0.0.0:0',
                                 'stamp+udp://127.0.0.1:0', env=environment,
                                 wrap=['strace', '-D', '-f', '-o', trace]) as server:
                for url in server.urls[:2]:
                    with peers.connect(ringside.Url(url.text.replace('0.0.0.0', '127.0.0.1'))) \
                            as connected:
                        self.assertEqual(peers.ask(connected, b'hello'), b'hello')
                self.assertEqual(operation.request(server, '/healthz').status, 200)
                self.assertEqual(operation.request(server, '/metrics').status, 200)
                manager.await_message(lambda heard: 'WATCHDOG' in heard)
        made = set(re.findall(r'^\d+ +(\w+)\(', trace.read_text(), re.MULTILINE))
        self.assertIn('sendmsg', made)
        self.assertEqual(made - allowed, set())


if __name__ == '__main__':
    tap.main()
