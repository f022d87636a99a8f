"""ringside bench: it measures both backends in turn, and prints a table with a row a workload."""
import json
import os
import pathlib
import pty
import re
import select
import statistics
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import ringside  # noqa: E402
import tap  # noqa: E402

FORBID = os.environ.get('RINGSIDE_FORBID', '')
# A rate, p50, p99 and CPU time, as in "12.3 k   8.1 us  20 us  5.2 us".
FIGURES = r'+\d\S*( ?[kMG])?( +[\d.]+ ?[mun]?s){3}'
SHORT = ('--rounds', '1', '-d', '200ms')

# Its first answer comes long after warm-up and measuring are over.
SLOW_SERVER = """
import socket
import time

listener = socket.create_server(('127.0.0.1', 0))
print('listening tcp://127.0.0.1:%d' % listener.getsockname()[1], flush=True)
connected, _ = listener.accept()
request = connected.recv(64, socket.MSG_WAITALL)
time.sleep(2)
connected.sendall(request)
connected.recv(1)
"""

# It tells where it may run, and its sister, and echoes.
AFFINITY_SERVER = """
import json
import os
import pathlib
import socket
import sys

listener = socket.create_server(('127.0.0.1', 0))
print('listening tcp://127.0.0.1:%d' % listener.getsockname()[1], flush=True)
connected, _ = listener.accept()
children = pathlib.Path(f'/proc/{os.getppid()}/task/{os.getppid()}/children').read_text()
load, = set(map(int, children.split())) - {os.getpid()}
places = [sorted(os.sched_getaffinity(pid)) for pid in (os.getpid(), load)]
pathlib.Path(sys.argv[1]).write_text(json.dumps(places))
while request := connected.recv(64):
    connected.sendall(request)
"""


def read_terminal(fd):
    """All that is written to a terminal until its other side is closed."""
    shown = ''
    while select.select([fd], [], [], 4 * ringside.DEADLINE_S)[0]:
        try:
            shown += os.read(fd, 65536).decode()
        except OSError:  # the other side has gone
            break
    os.close(fd)
    return shown


class TestBench(unittest.TestCase):
    def bench(self, *options, **keywords):
        result = ringside.run('bench', *options, timeout=4 * ringside.DEADLINE_S, **keywords)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def standard_titles(self):
        shown = ringside.run('bench', '--help').stdout
        return re.findall(r'(?m)^  \S+ +\* (.+)$', shown)

    def test_the_table_has_its_rows_for_each_workload(self):
        titles = self.standard_titles()
        self.assertGreaterEqual(len(titles), 8)
        table = self.bench(*SHORT)
        for title in titles:
            with self.subTest(title=title):
                self.assertRegex(table, rf'(?m)^{re.escape(title)} +uring {FIGURES}\n'
                                        rf' +epoll {FIGURES}\n'
                                        rf' +uring/epoll +[\d.]+ +[\d.]+$')

    def test_json_holds_every_trial(self):
        document = json.loads(self.bench('--rounds', 3, '-d', '200ms', '-w', 'tcp-50,udp-1',
                                         '--json', '-'))
        self.assertEqual([row['name'] for row in document['workloads']], ['tcp-50', 'udp-1'])
        for row in document['workloads']:
            self.assertEqual([cell['server'] for cell in row['cells']], ['uring', 'epoll'])
            for cell in row['cells']:
                self.check_cell(cell, trials=3)
            self.check_ratio(row)

    def check_cell(self, cell, trials):
        self.assertIsNone(cell['error'])
        self.assertEqual(len(cell['trials']), trials)
        for trial in cell['trials']:
            self.assertGreater(trial['requests'], 0)
        for figure, median in cell['median'].items():
            values = [trial[figure] for trial in cell['trials']]
            self.assertGreater(min(values), 0)
            self.assertAlmostEqual(median, statistics.median(values))

    def check_ratio(self, row):
        """Of each round's pair, and the median of those."""
        uring, epoll = ([trial['requests_per_s'] for trial in cell['trials']]
                        for cell in row['cells'])
        ratios = [over / under for over, under in zip(uring, epoll)]
        self.assertAlmostEqual(row['ratios'][0]['requests_per_s']['median'],
                               statistics.median(ratios))

    def cells(self, *options, code=0):
        """Of the one workload, by server."""
        result = ringside.run('bench', *SHORT, '-w', 'tcp-1', '--json', '-', *options,
                              timeout=4 * ringside.DEADLINE_S)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        row, = json.loads(result.stdout)['workloads']
        return {cell['server']: cell for cell in row['cells']}

    def check_account(self, account, requested):
        """A result states what was asked for, what came of it, and why."""
        backend = account['backend']
        self.assertEqual(set(backend), {'requested', 'effective', 'reason'})
        self.assertEqual(backend['requested'], requested)
        names = json.loads(ringside.run('probe', '--json').stdout)['features']
        self.assertEqual(set(account['features']), set(names))
        for name, feature in account['features'].items():
            with self.subTest(feature=name):
                self.assertEqual(set(feature), {'requested', 'effective', 'reason', 'uses'})
                self.assertFalse(feature['uses'] and not feature['effective'])

    def test_json_has_backend_and_features_of_both_ends(self):
        cells = self.cells('--features', '+incremental', '--server',
                           f'other={ringside.BINARY} serve echo+{{transport}}://127.0.0.1:0')
        for name in ('uring', 'epoll'):
            self.check_account(cells[name], requested=name)
            self.assertEqual(cells[name]['backend']['effective'], name)
        for cell in cells.values():
            self.check_account(cell['load'], requested='auto')
        self.assertEqual(cells['epoll']['features']['incremental'],
                         {'requested': True, 'effective': False, 'uses': 0,
                          'reason': 'the epoll backend does not have it'})
        uses = [feature['uses'] for feature in cells['uring']['features'].values()]
        self.assertGreater(max(uses), 0)
        self.assertEqual((cells['other']['backend'], cells['other']['features']), (None, None))

    def test_json_has_null_for_what_was_never_measured(self):
        cell = self.cells('--server', 'other=false', code=2)['other']
        self.assertEqual([cell[key] for key in ('backend', 'features', 'load')], [None] * 3)

    def test_ratios_have_an_interval_from_six_rounds_on(self):
        table = self.bench('--rounds', 6, '-d', '200ms', '-w', 'tcp-1')
        self.assertRegex(table, r'uring/epoll .* rate [\d.]+ to [\d.]+ +CPU [\d.]+ to [\d.]+')

    def test_a_server_that_fails_is_told_in_its_row_and_costs_no_other(self):
        for command, reason in (('false', 'did not start'), ('echo hello', "'hello'"),
                                ('echo listening tcp://127.0.0.1:1; exec sleep 60', 'refused')):
            with self.subTest(command=command):
                result = ringside.run('bench', *SHORT, '-w', 'tcp-1,unix-50', '--server',
                                      f"other=sh -c '{command}'", timeout=4 * ringside.DEADLINE_S)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
                self.assertRegex(result.stdout, f'(?m)other +FAILED: .*{reason}')
                self.assertEqual(len(re.findall(r'(?m)^.* epoll +\d', result.stdout)), 2)

    def test_a_feature_that_is_not_in_effect_is_told(self):
        """Else figures would be taken for those of a feature that the server did without."""
        with tempfile.TemporaryDirectory() as folder:
            path = f'{folder}/bench.json'
            table = self.bench(*SHORT, '-w', 'tcp-1', '--features', '+incremental', '--json', path)
            cells = json.loads(pathlib.Path(path).read_text())['workloads'][0]['cells']
        remark = 'not in effect: incremental (the epoll backend does not have it)'
        self.assertIn(remark, table)
        self.assertIn(remark, [cell['remark'] for cell in cells if cell['server'] == 'epoll'])

    def test_a_server_that_is_too_slow_is_told(self):
        with tempfile.NamedTemporaryFile('w', suffix='.py') as script:
            script.write(SLOW_SERVER)
            script.flush()
            result = ringside.run('bench', '--rounds', 1, '-d', '50ms', '-w', 'tcp-1', '--server',
                                  f'slow={sys.executable} {script.name}',
                                  timeout=4 * ringside.DEADLINE_S)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertRegex(result.stdout, '(?m)slow +FAILED: nothing was answered')

    def test_quick_shows_its_progress_to_a_terminal(self):
        ours, theirs = pty.openpty()
        with subprocess.Popen([ringside.BINARY, 'bench', '--quick', '-w', 'tcp-1'], text=True,
                              stdout=subprocess.PIPE, stderr=theirs) as bench:
            os.close(theirs)
            shown = read_terminal(ours)
            table = bench.stdout.read()
        self.assertEqual(bench.returncode, 0, shown + table)
        # Backends take turns in who comes first; the last line is wiped out.
        self.assertEqual(re.findall(r'TCP 1 x 64 B, round (\d of 3: \w+)', shown),
                         [f'{round} of 3: {server}' for round, servers in
                          ((1, ('uring', 'epoll')), (2, ('epoll', 'uring')),
                           (3, ('uring', 'epoll'))) for server in servers])
        self.assertTrue(shown.endswith('\r\033[K'), shown)
        self.assertIn('3 rounds of 200ms', table)
        self.assertNotIn('round 1', table)

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, 'one CPU')
    def test_server_and_load_have_a_cpu_each(self):
        with tempfile.TemporaryDirectory() as folder:
            script, said = pathlib.Path(folder) / 'server.py', pathlib.Path(folder) / 'said'
            script.write_text(AFFINITY_SERVER)
            result = ringside.run('bench', *SHORT, '-w', 'tcp-1', '--server',
                                  f'it={sys.executable} {script} {said}',
                                  timeout=4 * ringside.DEADLINE_S)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            server, load = json.loads(said.read_text())
        self.assertEqual((len(server), len(load)), (1, 1))
        self.assertNotEqual(server, load)
        self.assertIn(f'server on CPU {server[0]}, load on CPU {load[0]}', result.stdout)

    @unittest.skipUnless(FORBID, 'not started by Meson')
    def test_without_io_uring_it_says_why_and_shows_epoll(self):
        table = self.bench(*SHORT, '-w', 'tcp-1', wrap=[FORBID, 'io_uring_setup', 'EPERM'])
        self.assertIn('io_uring is left out: ', table)
        self.assertRegex(table, r'TCP 1 x 64 B +epoll +\d')
        self.assertNotIn('uring/epoll', table)

    def test_what_cannot_be_is_refused_before_anything_is_measured(self):
        for option, value, says in (('-w', 'tcp-42', 'tcp-42'),
                                    ('--features', 'nonsense', 'nonsense'),
                                    ('--server', 'uring=true', "'uring'"),
                                    ('--server', 'epoll=true', "'epoll'"),
                                    ('--ratio', 'uring/none', 'uring/none')):
            with self.subTest(option=option, value=value):
                result = ringside.run('bench', option, value, timeout=ringside.DEADLINE_S)
                self.assertEqual((result.returncode, result.stdout), (2, ''))
                self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
                self.assertIn(option, result.stderr)
                self.assertIn(says, result.stderr)


if __name__ == '__main__':
    tap.main()
