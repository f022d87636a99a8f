"""Where ringside bench runs servers and loads, and what it leaves behind: nothing."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

SHORT = ('--rounds', '1', '-d', '200ms', '-O', '50ms', '-w', 'tcp-1', '--backend', 'epoll')
CPUS = sorted(os.sched_getaffinity(0))
NOBODY = 65534
AS_NOBODY = ('setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups')

# It tells where it may run, and its sister, which network they are in, and echoes.
TELLING_SERVER = """
import json
import os
import pathlib
import socket
import sys

listener = socket.create_server((sys.argv[2], 0))
print('listening tcp://%s:%d' % listener.getsockname(), flush=True)
connected, peer = listener.accept()
children = pathlib.Path(f'/proc/{os.getppid()}/task/{os.getppid()}/children').read_text()
load, = set(map(int, children.split())) - {os.getpid()}
told = {'server': sorted(os.sched_getaffinity(0)), 'load': sorted(os.sched_getaffinity(load)),
        'networks': [os.readlink(f'/proc/{pid}/ns/net') for pid in (os.getpid(), load)],
        'peer': peer[0]}
pathlib.Path(sys.argv[1]).write_text(json.dumps(told))
while request := connected.recv(64):
    connected.sendall(request)
"""


def children(pid):
    """Processes that have been started by one, and by those."""
    found = []
    for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
        for child in map(int, (task / 'children').read_text().split()):
            found += [child, *children(child)]
    return found


def lives(pid):
    try:
        return pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


class PlaceTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def bench(self, *options, **keywords):
        result = ringside.run_trials('bench', *SHORT, *options, **keywords)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def told(self, *options):
        """The table, the document's place, and what the server tells."""
        script, said, path = (self.folder / name for name in ('server.py', 'said', 'json'))
        script.write_text(TELLING_SERVER)
        table = self.bench('--server-cmd', f'it={sys.executable} {script} {said} {{host}}',
                           '--json', path, *options)
        document = json.loads(path.read_text())
        return table, document['host']['place'], json.loads(said.read_text())


class TestCpus(PlaceTest):
    @unittest.skipIf(len(CPUS) < 2, 'one CPU')
    def test_server_and_load_have_a_cpu_each(self):
        table, place, told = self.told()
        self.assertEqual((len(told['server']), len(told['load'])), (1, 1))
        self.assertNotEqual(told['server'], told['load'])
        self.assertEqual((place['server_cpus'], place['load_cpus'], place['network']),
                         (told['server'], told['load'], 'loopback'))
        self.assertIn(f'server on CPU {told["server"][0]}, load on CPU {told["load"][0]}\n', table)

    def test_they_run_where_they_are_told_to(self):
        last = CPUS[-1]
        table, place, told = self.told('--server-cpus', last, '--load-cpus', last)
        self.assertEqual((told['server'], told['load']), ([last], [last]))
        self.assertEqual((place['server_cpus'], place['load_cpus']), ([last], [last]))
        self.assertIn('server and load share CPUs', table)

    @unittest.skipIf(len(CPUS) < 2, 'one CPU')
    def test_where_one_is_told_the_other_one_runs_elsewhere(self):
        first, second = CPUS[:2]
        for option, server, load in (('--server-cpus', first, second),
                                     ('--load-cpus', second, first)):
            with self.subTest(option=option):
                table, _, told = self.told(option, first)
                self.assertEqual((told['server'], told['load']), ([server], [load]))
                self.assertNotIn('share CPUs', table)

    def test_with_one_cpu_they_share_it(self):
        table = self.bench(wrap=['taskset', '-c', str(CPUS[0])])
        self.assertIn('server and load share CPUs', table)


class TestNetwork(PlaceTest):
    def networks(self):
        return (subprocess.run(['ip', 'netns'], capture_output=True, check=True).stdout,
                subprocess.run(['ip', '-o', 'link'], capture_output=True, check=True,
                               text=True).stdout.count('\n'))

    def setUp(self):
        super().setUp()
        if subprocess.run(['unshare', '--net', 'true'], check=False,
                          capture_output=True).returncode != 0:
            self.skipTest('network namespaces need root')
        if not shutil.which('ip'):
            self.skipTest('there is no ip (iproute2)')

    def test_they_are_in_networks_of_their_own(self):
        before = self.networks()
        table, place, told = self.told('--netns')
        self.assertEqual(place['network'], 'veth')
        self.assertIn('joined by veth', table)
        ours = os.readlink('/proc/self/ns/net')
        self.assertEqual(len({ours, *told['networks']}), 3)
        self.assertEqual(told['peer'], '192.0.2.2')
        self.assertEqual(self.networks(), before)

    def test_every_kind_of_server_and_transport_finds_its_way(self):
        command = (f'it={ringside.BINARY} serve --rate-limit off '
                   'echo+{transport}://{host}:{port}')
        table = self.bench('-w', 'tcp-1,udp-1', '--netns', '--server-cmd', command)
        self.assertEqual(len(re.findall(r'(?m)^.* (?:epoll|it) +\d', table)), 4, table)

    def test_what_uses_no_network_is_refused(self):
        result = ringside.run('bench', '--netns', '-w', 'unix-50')
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertIn('--netns: unix-50 uses no network', result.stderr)

    def as_nobody(self, *wrap):
        """Our program where anybody may run it."""
        if os.geteuid() != 0 or not shutil.which('setpriv'):
            self.skipTest('this takes root and setpriv, to become somebody else')
        self.folder.chmod(0o755)
        program = self.folder / 'ringside'
        shutil.copy(ringside.BINARY, program)
        return subprocess.run([*AS_NOBODY, *wrap, program, 'bench', *SHORT, '--netns'], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              timeout=4 * ringside.DEADLINE_S, cwd=self.folder)

    def test_it_takes_no_root_where_anybody_may_have_user_namespaces(self):
        if subprocess.run([*AS_NOBODY, 'unshare', '--user', '--map-root-user', '--net', 'true'],
                          capture_output=True, check=False).returncode != 0:
            self.skipTest('not anybody may make user namespaces here')
        before = self.networks()
        result = self.as_nobody()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn('joined by veth', result.stdout)
        self.assertRegex(result.stdout, r'TCP 1 x 64 B +epoll +\d')
        self.assertEqual(self.networks(), before)

    @unittest.skipUnless(os.environ.get('RINGSIDE_FORBID'), 'not started by Meson')
    def test_where_nobody_may_it_says_so(self):
        forbid = self.folder / 'forbid'
        shutil.copy(os.environ['RINGSIDE_FORBID'], forbid)
        wrap = (forbid, 'unshare', 'EPERM')
        for result in (ringside.run('bench', *SHORT, '--netns', wrap=wrap), self.as_nobody(*wrap)):
            self.assertEqual((result.returncode, result.stdout), (2, ''))
            self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
            self.assertIn('--netns: cannot make network namespaces: Operation not permitted; this '
                          'takes root', result.stderr)

    def test_without_ip_it_says_so(self):
        result = ringside.run('bench', *SHORT, '--netns', env=os.environ | {'PATH': '/nowhere'})
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn('ip (of iproute2) failed', result.stderr)


class TestInterrupted(PlaceTest):
    def setUp(self):
        super().setUp()
        self.path = self.folder / 'bench.json'

    def start(self, *options):
        """One that takes long, in its second trial; and the processes that it has started."""
        bench = subprocess.Popen([ringside.BINARY, 'bench', '-w', 'tcp-1', '--backend', 'epoll',
                                  '--rounds', '2', '--json', self.path, *options], text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(bench.wait)
        self.addCleanup(bench.kill)
        self.addCleanup(bench.stdout.close)
        self.addCleanup(bench.stderr.close)
        return bench

    def started(self, bench, but=()):
        """The server and the load of the current trial, once there are both."""
        deadline = time.monotonic() + ringside.DEADLINE_S
        while time.monotonic() < deadline:
            found = set(children(bench.pid)) - set(but)
            if len(found) >= 2:
                return found
            time.sleep(0.01)
        self.fail('there are no server and load')

    def check_gone(self, pids):
        deadline = time.monotonic() + ringside.DEADLINE_S
        while any(map(lives, pids)) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual([pid for pid in pids if lives(pid)], [])

    def test_what_was_measured_is_told(self):
        bench = self.start('-d', '300ms')
        first = self.started(bench)
        self.check_gone(first)
        second = self.started(bench, but=first)
        bench.send_signal(signal.SIGINT)
        table, errors = bench.communicate(timeout=ringside.DEADLINE_S)
        self.assertEqual(bench.returncode, 130, table + errors)
        self.assertEqual(errors, '')
        self.check_gone(first | second)
        self.assertRegex(table, r'TCP 1 x 64 B +epoll +\d')
        self.assertIn('1 of 2 rounds were run: it was interrupted.', table)
        document = json.loads(self.path.read_text())
        self.assertEqual((document['interrupted'], document['rounds']), (True, 1))
        self.assertIsNone(document['series'][0]['error'])
        self.assertEqual(len(document['series'][0]['runs']), 1)

    def test_before_anything_was_measured_it_says_so(self):
        bench = self.start('-d', '1h')
        started = self.started(bench)
        bench.send_signal(signal.SIGTERM)
        table, errors = bench.communicate(timeout=ringside.DEADLINE_S)
        self.assertEqual(bench.returncode, 128 + signal.SIGTERM, table + errors)
        self.assertIn('0 of 2 rounds were run: it was interrupted.', table)
        self.check_gone(started)

    def test_nothing_outlives_it_when_it_is_killed(self):
        bench = self.start('-d', '1h')
        started = self.started(bench)
        bench.kill()
        self.check_gone(started)

    def test_what_a_server_leaves_behind_is_ended(self):
        """Also a process that its SIGTERM does not reach."""
        note = self.folder / 'pid'
        script = self.folder / 'server.sh'
        script.write_text(f'sleep 1000 & echo $! >{note}\n'
                          f'exec {ringside.BINARY} serve "$1"\n')
        self.bench('--server-cmd', f'it=sh {script} echo+{{transport}}://{{host}}:{{port}}')
        self.check_gone([int(note.read_text())])


if __name__ == '__main__':
    tap.main()
