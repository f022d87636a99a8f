"""ringside -o FORMAT=FILE: each format is read by somebody else, and says what the document says.

The documents are made by hand; ringside merge of one of them writes it in every format.
"""
import csv
import io
import json
import pathlib
import re
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import document  # noqa: E402
import peers  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

FORMATS = ('bmf', 'csv', 'gha', 'gha-bigger', 'gobench', 'hgrm', 'hlog', 'hyperfine', 'junit',
           'keyval', 'openmetrics')
NAME = 'echo/proto=tcp/conns=4/depth=1/size=64/backend=uring'
# Two runs with latencies that are different in every percentile, in ns.
RUNS = ([10_000 + 17 * i for i in range(2000)], [12_000 + 23 * i for i in range(1000)])
HOSTILE = 'a"b<c>&\'d\\e,f=g h\n\t\x01\u00fc\uffff{}%s#;'

# github-action-benchmark's expressions for Go's format (src/extract.ts).
GHA_GO = re.compile(r'^(?P<name>Benchmark\w+[\w()$%^&*-=|,[\]{}"#]*?)(?P<procs>-\d+)?\s+'
                    r'(?P<times>\d+)\s+(?P<rest>.+)$', re.ASCII)
GHA_PAIR = re.compile(r'^[\d.e+-]+ \S+$')


def write_all(made):
    """{format: text} of a document, and the merged document under 'json'."""
    with peers.folder() as folder:
        path = pathlib.Path(folder)
        (path / 'in.json').write_text(json.dumps(made))
        options = [word for name in FORMATS for word in ('-o', f'{name}={path}/{name}')]
        result = ringside.run('merge', path / 'in.json', *options, '--json', path / 'json')
        if result.returncode not in (0, 1):
            raise AssertionError(result.stderr)
        return {name: (path / name).read_text() for name in (*FORMATS, 'json')}


class TestFormats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.thresholds = [{'expression': 'p(99)<200us', 'kept': True, 'actual': 43800},
                          {'expression': 'rate>1M', 'kept': False, 'actual': 1500.0}]
        cls.document = document.document(*RUNS, thresholds=cls.thresholds)
        cls.texts = write_all(cls.document)

    def test_documents_obey_the_schema(self):
        self.assertEqual(readers.schema_errors(self.document), '')
        self.assertEqual(readers.schema_errors(json.loads(self.texts['json'])), '')

    def test_the_schema_refuses_what_it_does_not_know(self):
        for change in ({'surprise': 1}, {'requests': -1}, {'requests': 1.5}, {'schema': 'x/1'}):
            with self.subTest(change=change):
                self.assertNotEqual(readers.schema_errors(self.document | change), '')

    def test_gobench(self):
        lines = self.texts['gobench'].splitlines()
        rows = [GHA_GO.match(line) for line in lines if line.startswith('Benchmark')]
        self.assertEqual(len(rows), 2)
        for row, run in zip(rows, self.document['runs']):
            self.assertEqual(row['name'], 'BenchmarkEcho' + NAME.removeprefix('echo'))
            self.assertEqual((row['procs'], int(row['times'])), ('-2', run['requests']))
            pairs = row['rest'].split('\t')
            for pair in pairs:
                self.assertRegex(pair, GHA_PAIR)
            values = {unit: float(value) for value, unit in map(str.split, pairs)}
            self.assertAlmostEqual(values['ns/op'], 1e9 / run['requests'])
            self.assertAlmostEqual(values['req/s'], run['requests_per_s'])
            self.assertEqual(values['p99-ns'], run['latency_ns']['p99'])
            self.assertEqual(values['cpu-ns/op'], 1500)
            self.assertEqual(values['syscalls/op'], 2)
            self.assertEqual(values['server-cpu-ns/op'], 2000)
        for line in lines:
            if not line.startswith('Benchmark'):
                self.assertRegex(line, r'^([a-z][\w-]*: \S.*|'
                                       r'Unit \S+ better=(lower|higher)( assume=exact)?)$')
        self.assertIn('Unit req/s better=higher', lines)
        self.assertIn('Unit syscalls/op better=lower assume=exact', lines)
        self.assertIn('kernel: 6.1.0', lines)

    def test_bmf(self):
        benchmarks = json.loads(self.texts['bmf'])
        self.assertEqual(list(benchmarks), [NAME])
        for name, metric in benchmarks[NAME].items():
            self.assertLessEqual(len(name), 64)
            self.assertLessEqual(set(metric), {'value', 'lower_value', 'upper_value'})
            self.assertLessEqual(metric['lower_value'], metric['value'], name)
            self.assertGreaterEqual(metric['upper_value'], metric['value'], name)
        rate = benchmarks[NAME]['throughput']
        self.assertEqual(rate, {'value': 1500, 'lower_value': 1000, 'upper_value': 2000})
        self.assertEqual(benchmarks[NAME]['latency']['value'],
                         self.document['latency_ns']['mean'])

    def test_bmf_of_one_run_has_no_bounds(self):
        metric = json.loads(write_all(document.document(RUNS[0]))['bmf'])[NAME]['latency-p50']
        self.assertEqual(metric, {'value': self.document['runs'][0]['latency_ns']['p50']})

    def test_gha_has_one_direction_a_file(self):
        for name in ('gha', 'gha-bigger'):
            for entry in json.loads(self.texts[name]):
                self.assertEqual(set(entry), {'name', 'unit', 'value', 'extra'})
                self.assertTrue(entry['name'].startswith(NAME + ' - '))
                self.assertIsInstance(entry['value'], (int, float))
                self.assertEqual(entry['unit'] == '1/s', name == 'gha-bigger')
        values = {e['name'].removeprefix(NAME + ' - '): e['value']
                  for e in json.loads(self.texts['gha'])}
        self.assertEqual(values['p99.9 latency'], self.document['latency_ns']['p99.9'])
        self.assertEqual((values['own CPU a request'], values['lost requests']), (1500, 0))

    def test_hyperfine(self):
        result, = json.loads(self.texts['hyperfine'])['results']
        means = [run['latency_ns']['mean'] / 1e9 for run in self.document['runs']]
        self.assertEqual(result['command'], NAME)
        self.assertEqual(result['exit_codes'], [0, 0])
        for time, mean in zip(result['times'], means):
            self.assertAlmostEqual(time, mean, 12)
        self.assertAlmostEqual(result['mean'], sum(means) / 2, 12)
        self.assertAlmostEqual(result['median'], sum(means) / 2, 12)
        self.assertAlmostEqual(result['stddev'], abs(means[0] - means[1]) / 2 ** 0.5, 12)
        self.assertEqual((result['min'], result['max']), (min(result['times']),
                                                          max(result['times'])))
        self.assertAlmostEqual(result['user'], 500e-9, 15)
        self.assertEqual(result['parameters']['connections'], '4')

    def test_junit(self):
        self.assertEqual(readers.xmllint_errors(self.texts['junit']), '')
        root = xml.etree.ElementTree.fromstring(self.texts['junit'])
        suite = root.find('testsuite')
        cases = {case.get('name'): case for case in suite.iter('testcase')}
        self.assertEqual((root.get('tests'), root.get('failures')), ('3', '1'))
        self.assertEqual((suite.get('tests'), suite.get('name')), ('3', NAME))
        self.assertIsNone(cases['p(99)<200us'].find('failure'))
        self.assertEqual(cases['rate>1M'].find('failure').get('message'), 'it was 1.50k/s')
        self.assertIsNone(cases['every request was answered rightly'].find('failure'))
        properties = {p.get('name'): p.get('value') for p in suite.iter('property')}
        self.assertEqual(int(properties['latency_p99_ns']), self.document['latency_ns']['p99'])

    def test_openmetrics(self):
        families = readers.openmetrics(self.texts['openmetrics'])
        total = {name: samples[0][2] for name, (_, _, samples) in families.items()}
        self.assertEqual(total['ringside_answered_requests'], 3000)
        self.assertEqual(total['ringside_cpu_seconds'], 0.0045)
        kind, unit, samples = families['ringside_latency_seconds']
        self.assertEqual((kind, unit), ('histogram', 'seconds'))
        values = RUNS[0] + RUNS[1]
        for name, labels, value in samples:
            self.assertEqual(labels['benchmark'], NAME)
            if name.endswith('_bucket'):
                edge = float(labels['le']) * 1e9
                below = sum(v <= edge * 0.999 for v in values)
                self.assertTrue(below <= value <= sum(v <= edge for v in values), labels)
            elif name.endswith('_count'):
                self.assertEqual(value, 3000)
            else:
                self.assertAlmostEqual(value, sum(values) / 1e9, 5)
        self.assertEqual([s[2] for s in families['ringside_threshold_kept'][2]], [1, 0])
        self.assertTrue(self.texts['openmetrics'].endswith('# EOF\n'))

    def test_promtool_reads_openmetrics(self):
        """It reads the older text format, where the _total of a name is a name of its own."""
        for line in readers.promtool_complaints(self.texts['openmetrics']):
            self.assertRegex(line, r'^ringside_\w+_total no help text$')

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.texts['csv'])))
        self.assertEqual(len(rows), 2)
        for number, (row, run) in enumerate(zip(rows, self.document['runs']), 1):
            self.assertNotIn(None, row)
            self.assertEqual((row['name'], row['run'], row['host']), (NAME, str(number), 'alpha'))
            self.assertEqual(int(row['requests']), run['requests'])
            self.assertEqual(int(row['started_unix_ns']), run['started_unix_ns'])
            self.assertEqual(int(row['latency_p99.9_ns']), run['latency_ns']['p99.9'])
            self.assertEqual(float(row['requests_per_s']), run['requests_per_s'])

    def test_keyval(self):
        lines = self.texts['keyval'].splitlines()
        for line in lines:
            self.assertRegex(line, r'^[A-Z0-9_]+=("[^"]*"|\S+)$')
        values = dict(line.split('=', 1) for line in lines)
        latency = self.document['latency_ns']
        self.assertEqual((values['THROUGHPUT'], values['THROUGHPUT_UNITS']), ('1500', 'Trans/s'))
        self.assertEqual((values['PROTOCOL'], values['ELAPSED_TIME']), ('TCP', '2'))
        self.assertEqual(float(values['P99_LATENCY']), latency['p99'] / 1000)
        self.assertEqual(float(values['RT_LATENCY']), latency['mean'] / 1000)
        self.assertEqual((values['LOCAL_SD'], values['REMOTE_SD']), ('1.5', '2'))
        self.assertEqual(float(values['LOCAL_CPU_UTIL']), 25)
        values = RUNS[0] + RUNS[1]
        mean = sum(values) / 3000
        told = float(re.search(r'STDDEV_LATENCY=(.*)', self.texts['keyval'])[1])
        truth = (sum((v - mean) ** 2 for v in values) / 3000) ** 0.5 / 1000
        self.assertAlmostEqual(told / truth, 1, 2)

    def test_hgrm_is_the_table_that_hdr_histogram_prints(self):
        figures, = readers.hdr_histogram_js(self.document['latency_ns']['histogram'])

        def rows(text):
            return [line.split() for line in text.splitlines()
                    if line.strip() and line.strip()[0].isdigit()]
        ours, theirs = rows(self.texts['hgrm']), rows(figures['table'])
        self.assertEqual(len(ours), len(theirs))
        for our, their in zip(ours, theirs):
            self.assertEqual(len(our), 4)
            self.assertAlmostEqual(float(our[0]) / float(their[0]), 1, 3)
            self.assertAlmostEqual(float(our[1]), float(their[1]), 9)
            self.assertEqual(our[2], their[2])
        self.assertEqual(ours[-1][1:], ['1.000000000000', '3000', 'inf'])
        self.assertEqual(re.findall(r'(?m)^#.*(?:Buckets).*', self.texts['hgrm']),
                         re.findall(r'(?m)^#.*(?:Buckets).*', figures['table']))

    def test_hlog_has_a_row_for_each_run(self):
        figures = readers.hdr_histogram_js(self.texts['hlog'])
        self.assertEqual([f['count'] for f in figures], [2000, 1000])
        for found, run in zip(figures, self.document['runs']):
            self.assertAlmostEqual(found['start'], run['started_unix_ns'] / 1e6, 0)
            self.assertAlmostEqual(found['end'] - found['start'], 1000, 0)
            self.assertAlmostEqual(found['p50'] / run['latency_ns']['p50'], 1, 3)
        row = self.texts['hlog'].splitlines()[-1].split(',')
        self.assertEqual(float(row[2]), round(max(RUNS[1]) / 1e6, 3))

    def test_what_we_encode_is_read_by_others(self):
        histogram = json.loads(self.texts['json'])['latency_ns']['histogram']
        figures, = readers.hdr_histogram_js(histogram)
        self.assertEqual(figures['count'], 3000)
        self.assertEqual(figures['p50'], self.document['latency_ns']['p50'])


class TestPage(unittest.TestCase):
    def test_help_and_page_have_the_same_formats(self):
        told = ringside.run('merge', '--help').stdout.partition('Formats of --output:\n')[2]
        listed = re.findall(r'(?m)^  (\S+) ', told)
        page = (readers.ROOT / 'docs' / 'results.md').read_text()
        self.assertEqual(listed, list(FORMATS))
        self.assertEqual(re.findall(r'(?m)^\| `([\w-]+)` \|', page), listed)


class TestTrouble(unittest.TestCase):
    def test_what_does_not_exist_is_left_out(self):
        made = document.document([], lost=5)
        texts = write_all(made)
        for name in FORMATS:
            self.assertNotRegex(texts[name].lower(), r'\bnan\b', name)
            self.assertNotIn('-inf', texts[name].lower(), name)
        self.assertEqual(set(json.loads(texts['bmf'])[NAME]), {'lost-percent'})
        self.assertEqual([e['value'] for e in json.loads(texts['gha'])], [100])
        self.assertEqual(json.loads(texts['gha-bigger']), [])
        self.assertEqual(json.loads(texts['hyperfine']), {'results': []})
        self.assertNotIn('\nBenchmark', texts['gobench'])
        self.assertNotIn('LATENCY', texts['keyval'])
        self.assertNotIn('latency', texts['openmetrics'])
        self.assertIn('failure', texts['junit'])
        row, = csv.DictReader(io.StringIO(texts['csv']))
        self.assertEqual((row['latency_p50_ns'], row['requests_per_s']), ('', ''))
        self.assertEqual(readers.schema_errors(json.loads(texts['json'])), '')

    def test_a_hostile_label_breaks_no_format(self):
        made = document.document(*RUNS, label=HOSTILE, thresholds=[
            {'expression': HOSTILE, 'kept': False, 'actual': None}])
        texts = write_all(made)
        self.assertEqual(list(json.loads(texts['bmf'])), [HOSTILE])
        self.assertEqual(len(list(csv.DictReader(io.StringIO(texts['csv'])))), 2)
        rows = [line for line in texts['gobench'].splitlines() if line.startswith('Benchmark')]
        self.assertTrue(all(map(GHA_GO.match, rows)) and len(rows) == 2, rows)
        for line in texts['keyval'].splitlines():
            self.assertRegex(line, r'^[A-Z0-9_]+=("[^"]*"|\S+)$')
        self.assertEqual(readers.xmllint_errors(texts['junit']), '')
        families = readers.openmetrics(texts['openmetrics'])
        labels = families['ringside_lost_requests'][2][0][1]
        self.assertEqual(labels['benchmark'], HOSTILE)

    def test_a_document_without_histograms_has_no_table(self):
        made = document.document(RUNS[0])
        with peers.folder() as folder:
            path = pathlib.Path(folder) / 'in.json'
            made['latency_ns']['histogram'] = None
            path.write_text(json.dumps(made))
            result = ringside.run('merge', path, '-o', 'hgrm=-')
        self.assertEqual(result.returncode, 2)
        self.assertIn('latency_ns has no histogram', result.stderr)


class TestOptions(unittest.TestCase):
    def assert_refused(self, *options, says):
        with peers.folder() as folder:
            path = pathlib.Path(folder) / 'in.json'
            path.write_text(json.dumps(document.document(RUNS[0])))
            result = ringside.run('merge', path, *options)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
            self.assertEqual(result.stdout, '')
            self.assertIn(says, result.stderr)

    def test_wrong_ones_are_refused(self):
        self.assert_refused('-o', 'csv', says='FORMAT=FILE')
        self.assert_refused('-o', 'csv=', says='FORMAT=FILE')
        self.assert_refused('-o', 'gobnech=x', says="did you mean 'gobench'?")
        self.assert_refused('-o', 'word=x', says='junit, keyval and openmetrics')
        self.assert_refused('-o', 'csv=-', '-o', 'bmf=-', says='cannot go to standard output')
        self.assert_refused('-o', 'csv=x', '-o', 'bmf=x', says='cannot go to x')
        self.assert_refused('-o', 'csv=-', '--json', '-', says='standard output')
        self.assert_refused('-o', 'csv=/nowhere/x', says='cannot write /nowhere/x')
        self.assert_refused('-o', 'csv=/', says='cannot write /')
        self.assert_refused(*(f'-ocsv=x{i}' for i in range(17)), says='more than 16')
        self.assert_refused('--percentiles', '101', says='0 to 100')

    def test_standard_output_gets_the_document_alone(self):
        with peers.folder() as folder:
            path = pathlib.Path(folder) / 'in.json'
            path.write_text(json.dumps(document.document(RUNS[0])))
            result = ringside.run('merge', path, '-o', 'bmf=-')
            self.assertEqual((result.returncode, result.stderr), (0, ''))
            json.loads(result.stdout)
            full = ringside.run('merge', path, '-o', 'csv=/dev/full')
            self.assertEqual(full.returncode, 2)
            self.assertIn('No space left', full.stderr)

    def test_a_file_is_replaced_as_a_whole(self):
        with peers.folder() as folder:
            path = pathlib.Path(folder)
            (path / 'in.json').write_text(json.dumps(document.document(RUNS[0])))
            (path / 'out').write_text('old')
            with open(path / 'out') as reader:
                result = ringside.run('merge', path / 'in.json', '-o', f'csv={path}/out')
                self.assertEqual((result.returncode, reader.read()), (0, 'old'))
            self.assertTrue((path / 'out').read_text().startswith('name,'))
            self.assertEqual(sorted(p.name for p in path.iterdir()), ['in.json', 'out'])


if __name__ == '__main__':
    tap.main()
