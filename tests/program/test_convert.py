"""ringside convert: what was measured is the same in every format, whoever measured it."""
import csv
import io
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import document  # noqa: E402
import peers  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

NAME = 'echo/proto=tcp/conns=4/depth=1/size=64/backend=uring'
RUNS = ([10_000 + 17 * i for i in range(2000)], [12_000 + 23 * i for i in range(1000)])
OF_SAMPLES = ('bmf', 'csv', 'gha', 'gha-bigger', 'gobench', 'hyperfine')
OF_LOADS = ('hgrm', 'hlog', 'junit', 'keyval', 'openmetrics')

GO_LINE = re.compile(r'^Benchmark([A-Z0-9_]\S*)\t(\d+)((?:\t[\d.e+-]+ \S+)+)$')

GO = '''goos: linux
cpu: A CPU
Unit steps assume=exact
BenchmarkFib/n=3-8 \t 100 \t 12.5 ns/op \t 3 steps
BenchmarkFib/n=3-8 \t 100 \t 13.5 ns/op \t 3 steps
BenchmarkSum-8 \t 100 \t 5 ns/op
PASS
'''


def convert(files, *options, folder=None, **keywords):
    """Convert files, {name: text or document}, in a folder; the result, and what it has written as
    .files."""
    with peers.folder() as own:
        path = pathlib.Path(folder or own)
        for name, made in files.items():
            (path / name).write_text(made if isinstance(made, str) else json.dumps(made))
        result = ringside.run('convert', *files, *options, cwd=path, **keywords)
        result.files = {p.name: p.read_text() for p in path.iterdir() if p.name not in files}
    return result


def written(files, *formats):
    """{format: text}; the samples under 'json'."""
    options = [f'-o{name}=out.{name}' for name in formats]
    result = convert(files, *options, '--json', 'out.json')
    if result.returncode != 0:
        raise AssertionError(result.stderr)
    return {name.removeprefix('out.'): text for name, text in result.files.items()}


def values_of(samples_text):
    """{(benchmark, metric): values} of --json."""
    return {(sample['benchmark'], sample['metric']): sample['values']
            for sample in json.loads(samples_text)['samples']}


def go_values(text):
    """{(name, unit): values} of Go's format."""
    values = {}
    for line in text.splitlines():
        if line.startswith('Benchmark'):
            name, _, rest = GO_LINE.match(line).groups()
            for pair in rest.split('\t')[1:]:
                value, unit = pair.split(' ')
                values.setdefault((name, unit), []).append(float(value))
    return values


def series(name, *runs, error=None):
    return {'name': name, 'error': error, 'remark': None, 'median': {},
            'runs': [{'round': i, 'figures': figures} for i, figures in enumerate(runs)]}


def experiment(*made):
    return {'schema': 'ringside-experiment/1', 'version': '0.1.0', 'command': 'bench',
            'host': {'name': 'alpha', 'kernel': '6.1.0', 'place': {'network': 'loopback'}},
            'series': list(made)}


class TestLoad(unittest.TestCase):
    def test_every_format_is_that_of_the_load(self):
        formats = (*OF_SAMPLES, *OF_LOADS)
        with peers.folder() as folder:
            path = pathlib.Path(folder)
            (path / 'in.json').write_text(json.dumps(document.document(*RUNS)))
            options = [f'-o{name}={path}/{name}' for name in formats]
            merged = ringside.run('merge', path / 'in.json', *options, '--json', path / 'json')
            self.assertEqual(merged.returncode, 0, merged.stderr)
            theirs = {name: (path / name).read_text() for name in (*formats, 'json')}
        ours = written({'in.json': theirs['json']}, *formats)
        for name in formats:
            self.assertEqual(ours[name], theirs[name], name)

    def test_a_sample_has_a_value_for_each_run(self):
        made = document.document(*RUNS)
        samples = {s['metric']: s for s in
                   json.loads(written({'in.json': made})['json'])['samples']}
        self.assertEqual({s['benchmark'] for s in samples.values()}, {NAME})
        self.assertEqual(samples['latency_p99_ns'], {
            'benchmark': NAME, 'metric': 'latency_p99_ns', 'unit': 'ns', 'better': 'lower',
            'exact': False, 'whole': made['latency_ns']['p99'],
            'values': [run['latency_ns']['p99'] for run in made['runs']]})
        self.assertEqual(samples['requests_per_s']['better'], 'higher')
        self.assertEqual(samples['server_cpu_ns_per_request']['values'], [2000, 2000])
        self.assertTrue(samples['system_calls_per_request']['exact'])

    def test_hosts_that_loaded_together_are_one_run(self):
        with peers.folder() as folder:
            path = pathlib.Path(folder)
            for name, run in zip('ab', RUNS):
                host = {'name': name, 'system': 'Linux', 'kernel': '6.1.0'}
                (path / f'{name}.json').write_text(json.dumps(document.document(run, host=host)))
            merged = ringside.run('merge', 'a.json', 'b.json', '--json', 'all.json', cwd=path)
            self.assertEqual(merged.returncode, 0, merged.stderr)
            made = json.loads((path / 'all.json').read_text())
        self.assertEqual(len(made['runs']), 2)
        texts = written({'in.json': made}, 'gobench', 'bmf')
        (name, _), rate = next(iter(values_of(texts['json']).items()))
        self.assertEqual(rate, [3000])
        self.assertEqual([v for (_, unit), v in go_values(texts['gobench']).items()
                          if unit == 'req/s'], [[3000]])
        self.assertEqual(json.loads(texts['bmf'])[name]['throughput'], {'value': 3000})


class TestHyperfine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which('hyperfine'):
            raise unittest.SkipTest('there is no hyperfine (Debian package)')
        with peers.folder() as folder:
            subprocess.run(['hyperfine', '-N', '-i', '--runs', '4', '--export-json', 'out.json',
                            '-L', 'time', '0.001,0.002', 'sleep {time}', 'false'], cwd=folder,
                           check=True, capture_output=True, timeout=ringside.DEADLINE_S)
            cls.document = json.loads((pathlib.Path(folder) / 'out.json').read_text())
        cls.texts = written({'in.json': cls.document}, *OF_SAMPLES)
        cls.times = {f'{r["command"]}/time={r["parameters"]["time"]}': r['times']
                     for r in cls.document['results']}

    def test_the_times_are_there_again(self):
        results = json.loads(self.texts['hyperfine'])['results']
        self.assertEqual([r['command'] for r in results], list(self.times))
        for result, before in zip(results, self.document['results']):
            for key in ('mean', 'median', 'min', 'max', 'stddev', 'user', 'system'):
                self.assertAlmostEqual(result[key], before[key], 12, key)
            self.assertEqual(len(result['times']), 4)
            for after, time in zip(result['times'], before['times']):
                self.assertAlmostEqual(after, time, 14)
            if any(before['exit_codes']):
                self.assertEqual(result['exit_codes'], before['exit_codes'])

    def test_what_was_written_is_read_as_the_same(self):
        again = written({'in.json': json.loads(self.texts['hyperfine'])})['json']
        values, before = values_of(again), values_of(self.texts['json'])
        self.assertEqual(values.keys(), before.keys())
        for key, those in before.items():
            for this, that in zip(values[key], those, strict=True):
                self.assertAlmostEqual(this, that, 14)

    def test_gobench(self):
        values = go_values(self.texts['gobench'])
        for name, times in self.times.items():
            go_name = name[0].upper() + name[1:].replace(' ', '_')
            self.assertEqual(len(values[go_name, 'time-sec']), 4)
            for told, time in zip(values[go_name, 'time-sec'], times):
                self.assertAlmostEqual(told, time, 12)
            self.assertEqual(len(values[go_name, 'user-sec']), 1)
        self.assertIn('\nUnit time-sec better=lower\n', '\n' + self.texts['gobench'])
        self.assertIn('Unit exit_code better=lower assume=exact\n', self.texts['gobench'])

    def test_bmf(self):
        benchmarks = json.loads(self.texts['bmf'])
        self.assertEqual(list(benchmarks), list(self.times))
        for name, times in self.times.items():
            metric = benchmarks[name]['time']
            self.assertAlmostEqual(metric['value'], statistics.median(times), 12)
            self.assertAlmostEqual(metric['lower_value'], min(times), 12)
            self.assertAlmostEqual(metric['upper_value'], max(times), 12)

    def test_gha(self):
        self.assertEqual(json.loads(self.texts['gha-bigger']), [])
        entries = {e['name']: e for e in json.loads(self.texts['gha'])}
        for name, times in self.times.items():
            entry = entries[f'{name} - time']
            self.assertEqual(entry['unit'], 's')
            self.assertAlmostEqual(entry['value'], statistics.median(times), 12)

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.texts['csv'])))
        times = [float(row['value']) for row in rows
                 if (row['benchmark'], row['metric']) == ('false/time=0.001', 'time')]
        self.assertEqual(len(times), 4)
        for told, time in zip(times, self.times['false/time=0.001']):
            self.assertAlmostEqual(told, time, 12)

    def test_runs_that_failed_are_told(self):
        result = convert({'in.json': self.document})
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr.splitlines(),
                         [f'ringside convert: warning: false/time={time}: 4 of 4 runs failed'
                          for time in ('0.001', '0.002')])


class TestOthers(unittest.TestCase):
    def test_gobench_is_written_as_it_was_read(self):
        texts = written({'in.txt': GO}, 'gobench', 'hyperfine')
        self.assertEqual(go_values(texts['gobench']), {
            ('Fib/n=3-8', 'ns/op'): [12.5, 13.5], ('Fib/n=3-8', 'steps'): [3, 3],
            ('Sum-8', 'ns/op'): [5]})
        lines = texts['gobench'].splitlines()
        for line in ('goos: linux', 'cpu: A CPU', 'Unit steps better=lower assume=exact'):
            self.assertIn(line, lines)
        times = [r['times'] for r in json.loads(texts['hyperfine'])['results']]
        self.assertEqual(times, [[12.5e-9, 13.5e-9], [5e-9]])

    def test_our_own_gobench_is_read_as_the_load_it_was(self):
        made = document.document(*RUNS)
        text = written({'in.json': made}, 'gobench')['gobench']
        values = {metric: those for (_, metric), those in
                  values_of(written({'in.txt': text})['json']).items()}
        self.assertEqual(values['latency_p99_ns'],
                         [run['latency_ns']['p99'] for run in made['runs']])
        self.assertEqual(values['requests_per_s'], [2000, 1000])

    def test_experiments_have_a_benchmark_for_each_series(self):
        made = experiment(
            series('tcp-50/uring', {'requests_per_s': 100.5, 'latency_mean_ns': 7},
                   {'requests_per_s': 200, 'latency_mean_ns': 9}),
            series('tcp-50/epoll', error='it did not come up'))
        result = convert({'in.json': made}, '-ohyperfine=h', '-obmf=b', '--json', 'j')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn('warning: tcp-50/epoll: it did not come up', result.stderr)
        self.assertEqual(result.stdout, '')
        self.assertEqual(list(json.loads(result.files['b'])), ['tcp-50/uring'])
        self.assertEqual(values_of(result.files['j'])['tcp-50/uring', 'requests_per_s'],
                         [100.5, 200])
        about = json.loads(result.files['j'])
        self.assertEqual((about['source'], about['settings']['network']),
                         ('ringside bench', 'loopback'))
        hyperfine, = json.loads(result.files['h'])['results']
        self.assertEqual((hyperfine['times'], hyperfine['user']), ([7e-9, 9e-9], None))

    def test_samples_are_read_from_standard_input(self):
        text = written({'in.txt': GO})['json']
        result = convert({}, '-', '--json', '-', input=text)
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        self.assertEqual(json.loads(result.stdout), json.loads(text))


class TestTable(unittest.TestCase):
    def test_a_row_has_median_runs_and_spread(self):
        result = convert({'in.txt': GO})
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        rows = [line.split() for line in result.stdout.splitlines()]
        self.assertIn(['Fib/n=3-8'], rows)
        self.assertIn(['metric', 'median', 'runs', 'spread'], rows)
        self.assertIn(['ns/op', '13', 'ns/op', '2', '7.7', '%'], rows)
        self.assertIn(['steps', '3', '2', '0.0', '%'], rows)
        self.assertIn(['ns/op', '5', 'ns/op', '1', '-'], rows)

    def test_names_do_nothing_to_a_terminal(self):
        made = {'results': [{'command': 'a\x1b[2J\u009b\u00fc', 'mean': 1}]}
        result = convert({'in.json': made})
        self.assertEqual(result.stdout.splitlines()[0], 'a?[2J??\u00fc')

    def test_warnings_stay_one_line(self):
        made = {'results': [{'command': 'a\nb\x1b\u00fc', 'mean': 1, 'exit_codes': [1]}]}
        self.assertEqual(convert({'in.json': made}).stderr,
                         'ringside convert: warning: a?b?\u00fc: 1 of 1 runs failed\n')


class TestJoin(unittest.TestCase):
    def test_the_same_benchmark_has_the_runs_of_all(self):
        first, second = (document.document(run, target=f'echo+tcp://127.0.0.1:{port}')
                         for run, port in zip(RUNS, (1, 2)))
        texts = written({'a.json': first, 'b.json': second}, 'bmf')
        self.assertEqual(values_of(texts['json'])[NAME, 'requests_per_s'], [2000, 1000])
        self.assertEqual(json.loads(texts['bmf'])[NAME]['throughput'],
                         {'value': 1500, 'lower_value': 1000, 'upper_value': 2000})
        about = json.loads(texts['json'])
        self.assertEqual(about['settings'].get('kernel'), '6.1.0')
        self.assertNotIn('target', about['settings'])

    def test_other_benchmarks_stand_beside(self):
        texts = written({'a.json': document.document(RUNS[0]), 'b.txt': GO})
        names = [name for name, _ in values_of(texts['json'])]
        self.assertEqual(list(dict.fromkeys(names)), [NAME, 'Fib/n=3-8', 'Sum-8'])
        about = json.loads(texts['json'])
        self.assertEqual((about['source'], about['settings']), ('several', {'cpu': 'A CPU'}))

    def assert_refused(self, files, *options, says):
        result = convert(files, *options)
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn(says, result.stderr)
        self.assertEqual(result.files, {})

    def test_what_is_not_the_same_is_refused(self):
        other = document.document(RUNS[0])
        other['host']['kernel'] = '6.2.0'
        self.assert_refused({'a.json': document.document(RUNS[1]), 'b.json': other},
                            says="b.json has " + NAME + " with kernel '6.2.0'")
        sample = {'benchmark': 'a', 'metric': 'm', 'unit': 's', 'better': 'lower', 'values': [1]}

        def samples(**changes):
            return {'schema': 'ringside-samples/1', 'samples': [sample | changes]}
        self.assert_refused({'a.json': samples(), 'b.json': samples(unit='ns')},
                            says="b.json has m of a in 'ns'")
        self.assert_refused({'a.json': samples(), 'b.json': samples(better='higher')},
                            says='more m is better')

    def test_the_same_file_twice_is_refused(self):
        self.assert_refused({'a.txt': GO}, 'a.txt', says='a.txt is given twice')

    def test_formats_that_need_more_than_samples_are_refused(self):
        for name in OF_LOADS:
            self.assert_refused({'a.txt': GO}, f'-o{name}=x',
                                says=f'{name} needs')
        self.assert_refused({'a.json': document.document(RUNS[0]), 'b.txt': GO}, '-ohgrm=x',
                            says='hgrm needs a histogram, which only the document of one '
                                 'ringside load has')
        self.assert_refused({'a.txt': 'BenchmarkA 1 5 things\n'}, '-ohyperfine=x',
                            says='hyperfine needs a benchmark with a time')

    def test_what_cannot_be_read_is_refused(self):
        self.assert_refused({'a.txt': ''}, says='a.txt is empty')
        self.assert_refused({'a.txt': 'hello'}, says='a.txt is not a document of ringside')
        self.assert_refused({'a.txt': GO}, 'b.txt', says='cannot read b.txt: No such file')
        self.assert_refused({'a.txt': GO}, '/', says='cannot read /: Is a directory')
        self.assert_refused({'a.txt': GO}, '--json', 'x', '-obmf=x', says='cannot both go to x')
        self.assert_refused({'a.txt': GO}, '--json', '/nowhere/x', says='cannot write /nowhere')
        self.assert_refused({}, says='FILE')

    def test_a_cut_file_is_refused(self):
        text = json.dumps(document.document(RUNS[0]))
        for length in range(1, len(text), len(text) // 20):
            self.assert_refused({'a.json': text[:length]}, says='a.json is not JSON')


class TestSchema(unittest.TestCase):
    def test_the_page_has_an_example_that_is_read(self):
        page = (readers.ROOT / 'docs' / 'results.md').read_text()
        example, = re.findall(r'(?s)```json\n(.*?)```', page)
        texts = written({'a.json': example})
        made = json.loads(example)
        self.assertEqual(json.loads(texts['json']), made)


if __name__ == '__main__':
    tap.main()
