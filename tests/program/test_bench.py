"""ringside bench: servers and points in interleaved rounds, as a table and as JSON."""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import document  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

FORBID = os.environ.get('RINGSIDE_FORBID', '')
# A rate, p50, p99 and CPU time, as in "12.3 k   8.1 us  20 us  5.2 us".
FIGURES = r'+\d\S*( ?[kMG])?( +[\d.]+ ?[mun]?s){3}'
SHORT = ('--rounds', '1', '-d', '200ms', '-O', '50ms')
OWN = f'{ringside.BINARY} serve'

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

# It listens where it is told to, says much that nobody wants to hear, and echoes.
TOLD_SERVER = """
import socket
import sys

print('x' * 1000000, flush=True)
transport, host, port = sys.argv[1:]
if transport == 'udp':
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind((host, int(port)))
    while True:
        bound.sendto(*bound.recvfrom(65536))
listener = socket.create_server((host, int(port)))
while True:
    connected, _ = listener.accept()
    while data := connected.recv(65536):
        connected.sendall(data)
"""


# It says where it listens, then more than any pipe holds, and only then it echoes.
TALKING_SERVER = """
import socket

listener = socket.create_server(('127.0.0.1', 0))
print('listening tcp://127.0.0.1:%d' % listener.getsockname()[1], flush=True)
connected, _ = listener.accept()
print('x' * 2000000, flush=True)
while data := connected.recv(65536):
    connected.sendall(data)
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


class BenchTest(unittest.TestCase):
    def bench(self, *options, code=0, **keywords):
        result = ringside.run_trials('bench', *options, **keywords)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout

    def measure(self, *options, **keywords):
        """The document."""
        return json.loads(self.bench(*SHORT, '--json', '-', *options, **keywords))

    def script(self, text):
        with tempfile.NamedTemporaryFile('w', suffix='.py', delete=False) as file:
            file.write(text)
        self.addCleanup(os.unlink, file.name)
        return f'{sys.executable} {file.name}'


class TestTable(BenchTest):
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

    def test_ratios_have_an_interval_from_six_rounds_on(self):
        few = ('-d', '100ms', '-O', '20ms', '-w', 'tcp-1')
        self.assertRegex(self.bench('--rounds', 6, *few),
                         r'uring/epoll .* rate [\d.]+ to [\d.]+ +CPU [\d.]+ to [\d.]+')
        self.assertNotIn(' to ', self.bench('--rounds', 5, *few))

    def test_its_columns_stand_below_each_other_however_long_the_names(self):
        name = 'a-server-with-quite-a-long-name-so-that-it-fills-the-column'
        table = self.bench(*SHORT, '-w', 'tcp-1', '--backend', 'epoll', '--server-cmd',
                           f'{name}={OWN} echo+{{transport}}://{{host}}:{{port}}')
        self.assertRegex(table, rf'(?m)^ +{name}/epoll +[\d.]+ +[\d.]+$')
        head, = re.findall(r'(?m)^ +messages.*$', table)
        for row in re.findall(r'(?m)^.* [\d.]+ us$', table):
            self.assertEqual(len(row), len(head), row)

    def test_a_server_that_fails_is_told_in_its_row_and_costs_no_other(self):
        for command, reason in (('false', 'did not start'), ('echo hello', "'hello'"),
                                ('echo listening tcp://127.0.0.1:1; exec sleep 60', 'refused'),
                                ('echo why >&2 {port}; exit 1', 'did not start: why')):
            with self.subTest(command=command):
                result = ringside.run('bench', *SHORT, '-w', 'tcp-1,unix-50', '--server-cmd',
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
            series = json.loads(pathlib.Path(path).read_text())['series']
        remark = 'not in effect: incremental (the epoll backend does not have it)'
        self.assertIn(remark, table)
        self.assertIn(remark, [one['remark'] for one in series
                               if one['server']['name'] == 'epoll'])

    def test_a_server_that_is_too_slow_is_told(self):
        result = ringside.run('bench', '--rounds', 1, '-d', '50ms', '-w', 'tcp-1', '--server-cmd',
                              f'slow={self.script(SLOW_SERVER)}', timeout=4 * ringside.DEADLINE_S)
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
        told = re.findall(r'round (\d) of 3, some \d+ s to go: TCP 1 x 64 B, (\w+)', shown)
        self.assertEqual([number for number, _ in told], list('112233'))
        names = [name for _, name in told]
        # Every other round is in reverse, and the last line is wiped out.
        self.assertEqual(names[2:4], names[1::-1])
        self.assertEqual(set(names), {'uring', 'epoll'})
        self.assertTrue(shown.endswith('\r\033[K'), shown)
        self.assertIn('3 rounds of 200ms', table)
        self.assertNotIn('round 1', table)

    @unittest.skipUnless(FORBID, 'not started by Meson')
    def test_without_io_uring_it_says_why_and_shows_epoll(self):
        table = self.bench(*SHORT, '-w', 'tcp-1', wrap=[FORBID, 'io_uring_setup', 'EPERM'])
        self.assertIn('io_uring is left out: ', table)
        self.assertRegex(table, r'TCP 1 x 64 B +epoll +\d')
        self.assertNotIn('uring/epoll', table)
        result = ringside.run('bench', *SHORT, '-w', 'tcp-1', '--backend', 'uring',
                              wrap=[FORBID, 'io_uring_setup', 'EPERM'])
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertIn('--backend uring: ', result.stderr)

    @unittest.skipUnless(FORBID, 'not started by Meson')
    def test_without_io_uring_its_ratios_are_left_out_and_wrong_ones_are_told(self):
        wrap = [FORBID, 'io_uring_setup', 'EPERM']
        self.assertNotIn('uring/epoll', self.bench(*SHORT, '-w', 'tcp-1', '--ratio', 'uring/epoll',
                                                   wrap=wrap))
        result = ringside.run('bench', *SHORT, '-w', 'tcp-1', '--ratio', 'uring/none', wrap=wrap)
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertIn('--ratio uring/none: the servers are epoll', result.stderr)

    def test_a_time_budget_ends_it_after_a_round_at_least(self):
        table = self.bench('--rounds', 500, '--time-budget', '1s', '-d', '100ms', '-O', '0s', '-w',
                           'tcp-1', '--backend', 'epoll')
        told, = re.findall(r'(?m)^(\d+) of 500 rounds were run: the time budget was used up', table)
        self.assertGreater(int(told), 0)
        table = self.bench('--rounds', 2, '--time-budget', '1s', '-d', '1100ms', '-O', '0s', '-w',
                           'tcp-1', '--backend', 'epoll')
        self.assertIn('1 of 2 rounds were run: the time budget was used up', table)

    def test_what_cannot_be_is_refused_before_anything_is_measured(self):
        for options, says in ((('-w', 'tcp-42'), 'tcp-42'),
                              (('--features', 'nonsense'), 'nonsense'),
                              (('--server-cmd', 'uring=true'), "'uring'"),
                              (('--server-cmd', 'epoll=true'), "'epoll'"),
                              (('--server-cmd', 'a=true', '--server-cmd', 'a=false'), "'a'"),
                              (('--ratio', 'uring/none'), 'uring/none'),
                              (('--ratio', 'uring'), 'not NAME/NAME'),
                              (('--connections', '1,x'), "'x'"),
                              (('--connections', '1..300+1'), 'more than 64 values'),
                              (('--size', '1..64M', '--depth', '1..1k'), 'more than 256 points'),
                              (('--transport', 'sctp'), 'sctp'),
                              (('--backend', 'auto'), "'auto'"),
                              (('--threads', '0'), '0'),
                              (('--server-cpus', '99999'), '99999')):
            with self.subTest(options=options):
                result = ringside.run('bench', *options, timeout=ringside.DEADLINE_S)
                self.assertEqual((result.returncode, result.stdout), (2, ''))
                self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
                self.assertIn(says, result.stderr)


class TestDocument(BenchTest):
    def test_it_holds_every_run_and_what_they_say_together(self):
        found = json.loads(self.bench('--rounds', 3, '-d', '100ms', '-O', '10ms', '-w',
                                      'tcp-50,udp-1', '--json', '-'))
        self.assertEqual(found['schema'], 'ringside-experiment/1')
        self.assertEqual((found['command'], found['rounds'], found['interrupted']),
                         ('bench', 3, False))
        self.assertEqual((found['duration_ns'], found['omit_ns']), (100_000_000, 10_000_000))
        self.assertEqual([one['name'] for one in found['series']],
                         ['tcp-50/uring', 'tcp-50/epoll', 'udp-1/uring', 'udp-1/epoll'])
        self.assertEqual([one['group'] for one in found['series']], [0, 0, 1, 1])
        for one in found['series']:
            self.check_series(one, runs=3)
        for ratio in found['ratios']:
            self.check_ratio(found, ratio)
        self.assertEqual([(ratio['over'], ratio['under']) for ratio in found['ratios']],
                         [(f'{point}/uring', f'{point}/epoll') for point in ('tcp-50', 'udp-1')])
        self.assertEqual(readers.experiment_schema_errors(found), '')

    def test_the_schema_refuses_what_it_does_not_know(self):
        found = self.measure('-w', 'tcp-1', '--backend', 'epoll')
        one, = found['series']
        for change in ({'surprise': 1}, {'schema': 'x/1'}, {'rounds': 1.5}, {'command': 'load'},
                       {'series': [one | {'surprise': 1}]}, {'series': [one | {'group': -1}]}):
            with self.subTest(change=list(change)):
                self.assertNotEqual(readers.experiment_schema_errors(found | change), '')
        del found['ratios']
        self.assertNotEqual(readers.experiment_schema_errors(found), '')

    def check_series(self, series, runs):
        self.assertIsNone(series['error'])
        self.assertEqual([run['round'] for run in series['runs']], list(range(runs)))
        answered = 0
        for run in series['runs']:
            self.assertGreater(run['requests'], 0)
            answered += sum(document.decode(run['latency_ns']['histogram']).values())
        self.assertEqual(sum(document.decode(series['latency_ns']['histogram']).values()), answered)
        self.assertEqual(series['latency_ns']['max'],
                         max(run['latency_ns']['max'] for run in series['runs']))
        for figure, estimate in series['median'].items():
            values = [run['figures'][figure] for run in series['runs']]
            self.assertAlmostEqual(estimate['median'], statistics.median(values), msg=figure)
            self.assertEqual((estimate['low'], estimate['high']), (min(values), max(values)))
        for figure in ('requests_per_s', 'latency_p50_ns', 'server_cpu_ns_per_request'):
            self.assertGreater(series['median'][figure]['low'], 0)

    def check_ratio(self, found, ratio):
        """Of each round's pair, and the median of those."""
        series = {one['name']: one for one in found['series']}
        over, under = ([run['figures'] for run in series[ratio[end]]['runs']]
                       for end in ('over', 'under'))
        for figure in ('requests_per_s', 'latency_p50_ns', 'server_cpu_ns_per_request'):
            ratios = [a[figure] / b[figure] for a, b in zip(over, under)]
            estimate = ratio['figures'][figure]
            self.assertAlmostEqual(estimate['median'], statistics.median(ratios))
            self.assertAlmostEqual(estimate['low'], min(ratios))
            self.assertAlmostEqual(estimate['high'], max(ratios))

    def series(self, *options, code=0):
        """Of the one workload, by server."""
        found = self.measure('-w', 'tcp-1', *options, code=code)
        self.assertEqual(readers.experiment_schema_errors(found), '')
        return {one['server']['name']: one for one in found['series']}

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

    def test_it_has_backend_and_features_of_both_ends(self):
        series = self.series('--features', '+incremental', '--server-cmd',
                             f'other={OWN} echo+{{transport}}://127.0.0.1:0')
        for name in ('uring', 'epoll'):
            self.check_account(series[name], requested=name)
            self.assertEqual(series[name]['backend']['effective'], name)
        for one in series.values():
            self.check_account(one['load'], requested='auto')
        self.assertEqual(series['epoll']['features']['incremental'],
                         {'requested': True, 'effective': False, 'uses': 0,
                          'reason': 'the epoll backend does not have it'})
        uses = [feature['uses'] for feature in series['uring']['features'].values()]
        self.assertGreater(max(uses), 0)
        other = series['other']
        self.assertEqual((other['backend'], other['features']), (None, None))
        self.assertIsNone(other['median']['server_system_calls_per_request'])

    def test_it_has_null_for_what_was_never_measured(self):
        series = self.series('--server-cmd', 'other=false', code=2)['other']
        self.assertEqual([series[key] for key in ('backend', 'features', 'remark', 'latency_ns')],
                         [None] * 4)
        self.assertEqual(series['load'], {'backend': None, 'features': None})
        self.assertEqual(set(series['median'].values()), {None})
        self.assertEqual(series['runs'], [])
        self.assertIn('did not start', series['error'])


class TestOrder(BenchTest):
    def order(self, *options):
        """The document's seed, and the names of the series in the order of their runs."""
        found = json.loads(self.bench('-d', '80ms', '-O', '0s', '--rounds', 4, '-w',
                                      'tcp-1,udp-1,unix-50', '--features', '+gso', '--features',
                                      '-gso', '--backend', 'epoll', '--json', '-', *options))
        runs = [(run['sequence'], run['round'], one['name']) for one in found['series']
                for run in one['runs']]
        self.assertEqual([sequence for sequence, _, _ in sorted(runs)], list(range(24)))
        rounds = [[name for _, number, name in sorted(runs) if number == wanted]
                  for wanted in range(4)]
        return found['seed'], rounds

    def test_every_other_round_is_in_reverse_and_groups_stay_together(self):
        _, rounds = self.order()
        for first, second in (rounds[:2], rounds[2:]):
            self.assertEqual(first, second[::-1])
        for names in rounds:
            points = [name.partition('/')[0] for name in names]
            self.assertEqual(points[::2], points[1::2])
            self.assertEqual(set(points), {'tcp-1', 'udp-1', 'unix-50'})

    def test_a_seed_gives_the_order_again(self):
        seed, rounds = self.order()
        self.assertEqual(self.order('--seed', seed), (seed, rounds))
        others = [self.order('--seed', other)[1] for other in (1, 2)]
        self.assertNotEqual(others[0], others[1])

    def test_the_seed_is_told(self):
        self.assertIn('order by seed 4711\n', self.bench(*SHORT, '-w', 'tcp-1', '--backend',
                                                         'epoll', '--seed', 4711))
        shown = self.bench(*SHORT, '-w', 'tcp-1', '--backend', 'epoll')
        self.assertRegex(shown, r'order by seed [1-9]\d*\n')


class TestMatrix(BenchTest):
    def points(self, *options):
        """Of one backend: names and points in the order of the document."""
        found = self.measure('-d', '100ms', '--backend', 'epoll', *options)
        self.assertEqual(readers.experiment_schema_errors(found), '')
        return {one['point']['name']: one for one in found['series']}

    def test_lists_make_every_combination(self):
        found = self.points('-c', '1,3', '-s', '16,1Ki', '-p', '1,2')
        self.assertEqual(list(found), ['tcp-1-16', 'tcp-1-1Ki', 'tcp-1x2-16', 'tcp-1x2-1Ki',
                                       'tcp-3-16', 'tcp-3-1Ki', 'tcp-3x2-16', 'tcp-3x2-1Ki'])
        point = found['tcp-3x2-1Ki']['point']
        self.assertEqual([point[key] for key in ('transport', 'connections', 'depth', 'size',
                                                 'rate', 'threads')], ['tcp', 3, 2, 1024, 0, 1])
        self.assertEqual(point['title'], 'TCP 3 x 1.00 KiB, 2 deep')

    def test_ranges_and_transports(self):
        found = self.points('-c', '1..4', '--transport', 'tcp,udp,unix')
        self.assertEqual(list(found), [f'{transport}-{count}-64' for transport in
                                       ('tcp', 'udp', 'unix') for count in (1, 2, 4)])

    def test_named_workloads_stand_beside_a_matrix(self):
        self.assertEqual(list(self.points('-w', 'udp-1', '-c', '2')), ['udp-1', 'tcp-2-64'])

    def test_a_rate_is_kept_by_an_open_loop(self):
        found = self.points('-c', '4', '-R', '0,2k', '-d', '500ms')
        self.assertEqual(list(found), ['tcp-4-64', 'tcp-4-64-2kps'])
        run, = found['tcp-4-64-2kps']['runs']
        self.assertEqual(found['tcp-4-64-2kps']['point']['rate'], 2000)
        self.assertLessEqual(run['sent'], 1 + 2000 * run['duration_ns'] / 1e9)
        self.assertEqual(found['tcp-4-64']['point']['rate'], 0)
        self.assertGreater(found['tcp-4-64']['runs'][0]['sent'], 0)

    def test_the_load_has_as_many_threads_as_it_is_told(self):
        found = self.points('-c', '4', '--load-threads', '1,2')
        self.assertEqual([one['point']['threads'] for one in found.values()], [1, 2])
        self.assertEqual(list(found), ['tcp-4-64', 'tcp-4-64-2t'])

    def test_threads_and_features_make_servers(self):
        found = self.measure('-w', 'tcp-1', '-d', '100ms', '-t', '1,2', '--features', '+gso',
                             '--features', '-gso,+gro')
        self.assertEqual([one['server']['name'] for one in found['series']],
                         [f'{backend}{features},{threads}t' for backend in ('uring', 'epoll')
                          for features in ('+gso', '-gso,+gro') for threads in (1, 2)])
        for one in found['series']:
            features = one['server']['features']
            self.assertEqual(one['features']['gso']['requested'], features == '+gso')
        ratios = [(ratio['over'], ratio['under']) for ratio in found['ratios']]
        first = found['series'][0]['name']
        self.assertEqual(ratios, [(one['name'], first) for one in found['series'][1:]])

    def test_one_backend_alone_has_no_ratio(self):
        found = self.measure('-w', 'tcp-1', '--backend', 'epoll')
        self.assertEqual([one['server']['name'] for one in found['series']], ['epoll'])
        self.assertEqual(found['ratios'], [])


class TestOtherServers(BenchTest):
    def check_both(self, command, transports):
        found = self.measure('--transport', ','.join(transports), '-c', '1', '-s', '100',
                             '--backend', 'epoll', '--server-cmd', f'it={command}')
        for transport in transports:
            one, = (one for one in found['series']
                    if one['server']['name'] == 'it' and one['point']['transport'] == transport)
            self.assertIsNone(one['error'])
            self.assertEqual(one['server']['command'], command)
            self.assertGreater(one['runs'][0]['requests'], 0)
            self.assertGreater(one['median']['server_cpu_ns_per_request']['median'], 100)

    def test_one_that_is_told_where_to_listen(self):
        self.check_both(f'{OWN} echo+{{transport}}://{{host}}:{{port}}', ('tcp', 'udp'))

    def test_one_that_says_where_it_listens(self):
        self.check_both(f'{OWN} --backend epoll echo+{{transport}}://127.0.0.1:0', ('tcp', 'udp'))

    def test_one_that_says_more_than_anybody_reads(self):
        found = self.measure('-w', 'tcp-1', '--backend', 'epoll', '-d', '2s', '--server-cmd',
                             f'it={self.script(TALKING_SERVER)}')
        series = {one['server']['name']: one for one in found['series']}
        self.assertIsNone(series['it']['error'])
        self.assertGreater(series['it']['runs'][0]['requests'], 0)

    def test_one_of_another_kind(self):
        self.check_both(f'{self.script(TOLD_SERVER)} {{transport}} {{host}} {{port}}',
                        ('tcp', 'udp'))

    def test_it_is_left_out_where_it_cannot_take_part(self):
        found = self.measure('-w', 'unix-50,tcp-1', '--backend', 'epoll', '--server-cmd',
                             f'it={OWN} echo+{{transport}}://{{host}}:{{port}}')
        self.assertEqual([one['name'] for one in found['series']],
                         ['tcp-1/epoll', 'tcp-1/it', 'unix-50/epoll'])

    def test_its_processes_are_charged_to_it(self):
        """One that forks a program for each connection would seem to cost nothing."""
        if not shutil.which('socat'):
            self.skipTest('socat is not installed')
        self.check_both('socat TCP-LISTEN:{port},bind={host},fork EXEC:cat', ('tcp',))

    def test_ratios_that_are_asked_for(self):
        serve = f'{OWN} echo+{{transport}}://{{host}}:{{port}}'
        found = self.measure('-w', 'tcp-1', '--backend', 'epoll', '--server-cmd', f'a={serve}',
                             '--server-cmd', f'b={serve}', '--ratio', 'b/a', '--ratio', 'a/epoll')
        self.assertEqual([(ratio['over'], ratio['under']) for ratio in found['ratios']],
                         [('tcp-1/b', 'tcp-1/a'), ('tcp-1/a', 'tcp-1/epoll')])


if __name__ == '__main__':
    tap.main()
