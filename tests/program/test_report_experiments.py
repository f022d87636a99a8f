"""ringside report of experiments and comparisons: what each command has found is in the page."""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import experiment_document  # noqa: E402
import peers  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402
from report_page import GNUPLOT, HTML, SVG, Page, everything, texts  # noqa: E402


@GNUPLOT
class TestExperiments(Page):
    def test_bench(self):
        page = self.page({'a.json': experiment_document.bench()})
        figures = self.figures(page)
        for title in ('Requests a second by connections', 'Server CPU a request by connections',
                      'Requests a second: the first server against the second',
                      'TCP 50 x 64 B'):
            self.assertIn(title, figures)
        tiles = texts(page.find(f'.//{HTML}dl'))
        self.assertRegex(tiles, r'highest throughput \d+k/s uring, TCP')
        self.assert_says(page, 'Features of server epoll')

    def test_a_document_of_bench_itself(self):
        with peers.folder() as folder:
            measured = ringside.run('bench', '--transport', 'unix', '-c', '1,2', '--backend',
                                    'epoll', '--rounds', '2', '-d', '50ms', '-O', '10ms',
                                    '--json', 'real.json', cwd=folder)
            self.assertEqual(measured.returncode, 0, measured.stderr)
            real = json.loads((pathlib.Path(folder) / 'real.json').read_text())
        page = self.page({'real.json': real})
        self.assertIn('Requests a second by connections', self.figures(page))
        self.assert_says(page, 'UNIX 2 x 64 B', 'hold the true median with 50 % only')
        made = experiment_document.bench()
        for path in ((), ('host',), ('host', 'place'), ('series', 0), ('series', 0, 'point'),
                     ('series', 0, 'server'), ('series', 0, 'load'), ('series', 0, 'median'),
                     ('series', 0, 'runs', 0), ('series', 0, 'runs', 0, 'figures')):
            parts = [real, made]
            for step in path:
                parts = [part[step] for part in parts]
            with self.subTest(path=path):
                self.assertEqual(set(parts[0]), set(parts[1]))

    def test_sweep(self):
        page = self.page({'a.json': experiment_document.sweep('depth', (1, 2, 4))})
        self.assertIn('By requests on each connection at a time', self.headings(page))
        self.assert_says(page, 'depth 1, 2, 4')

    def test_where_servers_saturate(self):
        page = self.page({'a.json': experiment_document.sweep(knees=[
            {'server': 'epoll', 'value': 16, 'highest_per_s': 250000.0}])})
        self.assert_says(page, 'server connections highest rate epoll 16 250k/s')

    def test_points_of_one_server_are_curves_of_one_figure(self):
        page = self.page({'a.json': experiment_document.sweep(
            values=(1, 4), servers=[experiment_document.server('epoll')])})
        figure = next(found for found in page.iter(f'{HTML}figure')
                      if texts(found).startswith('epoll '))
        names = {texts(found) for found in figure.iter(f'{SVG}text')}
        self.assertLessEqual({'TCP 1 x 64 B', 'TCP 4 x 64 B'}, names)

    def test_noise(self):
        page = self.page({'a.json': experiment_document.noise()})
        self.assertIn('A against A: nothing differs but the noise', self.figures(page))
        rows = [texts(row) for row in page.iter(f'{HTML}tr')]
        self.assertIn('figure median scatter A against A drift found with 6 pairs found with 12 '
                      'pairs found with 40 pairs', rows)
        self.assertTrue(any(re.fullmatch(
            r'requests a second 2\d\dk/s .* 2\.1 % \+0\.1 % .* -1\.2 % 6\.3 % 4\.2 % -', row)
            for row in rows), rows)
        self.assertIn('load average bad 9.13 find out who', rows)

    def test_find(self):
        page = self.page({'a.json': experiment_document.find()})
        tiles = texts(page.find(f'.//{HTML}dl'))
        self.assertIn('highest rate kept 100k/s in 3 of 3 trials', tiles)
        self.assertIn('lowest rate not kept 180k/s', tiles)
        self.assert_says(page, '3 trials of 1.00 s, one after another',
                         '100k/s keep p(99)<1ms (3 of 3 runs).')
        rows = [texts(row) for row in page.iter(f'{HTML}tr')]
        self.assertTrue(any(re.fullmatch(r'1, peak closed loop - \S+ µs \S+ µs - -', row)
                            for row in rows), rows)
        self.assertTrue(any(re.fullmatch(
            r'3, bisect 180k/s 178k/s \S+ µs \S+ µs no objective: p\(99\)<1ms was 1\.40 ms', row)
            for row in rows), rows)

    def test_a_search_without_an_answer(self):
        made = experiment_document.find()
        made['search'] |= {'end': 'unclear', 'rate_per_s': None, 'text': 'no rate was confirmed'}
        page = self.page({'a.json': made})
        self.assertIn('highest rate kept none', texts(page.find(f'.//{HTML}dl')))
        self.assert_says(page, 'Note: no rate was confirmed.')

    def test_points_that_have_no_parameter_in_common_stand_side_by_side(self):
        points = [experiment_document.point(), experiment_document.point('udp', 64, size=1000)]
        page = self.page({'a.json': experiment_document.bench(points)})
        self.assertIn('Requests a second', self.figures(page))
        self.assertIn('Throughput and CPU', self.headings(page))

    def test_a_series_that_failed_is_told(self):
        made = experiment_document.bench()
        del made['series'][0]['median']['server_cpu_ns_per_request']
        at = experiment_document.point(connections=7)
        made['series'].append(experiment_document.series(
            at, experiment_document.server('nc', command='ncat -l {port}'), 3,
            error='ncat is not installed'))
        page = self.page({'a.json': made})
        self.assert_says(page, 'tcp-7/nc failed: ncat is not installed')
        descriptions = [texts(found) for found in page.iter(f'{SVG}desc')]
        self.assertEqual(sum('Where there is no such figure, nothing is drawn' in text
                             for text in descriptions), 1)

    def test_ablate(self):
        page = self.page({'a.json': experiment_document.ablate()})
        figure = next(found for found in page.iter(f'{HTML}figure')
                      if 'Requests a second' in texts(found))
        labels = [texts(found) for found in next(figure.iter(f'{SVG}svg')).iter(f'{SVG}text')]
        rows = [label for label in labels if ', ' in label]
        self.assertEqual(rows[::-1] if rows[0].startswith('buffer') else rows,
                         ['zero_copy, added', 'multishot_receive, left out',
                          'send_bundle, added', 'buffer_ring, left out'])
        self.assertIn('0 %', labels)
        self.assert_says(page, 'multishot_receive left out of the base tcp-50 +9.0 %',
                         'napi no network device of this host polls')

    def test_what_else_differs_in_an_ablation_and_what_had_no_work(self):
        made = experiment_document.ablate()
        made['effects'][0]['came_with_it'] = ['gso', 'gro']
        made['effects'][1] |= {'figures': {}, 'reason': 'had nothing to do'}
        self.assert_says(self.page({'a.json': made}),
                         'multishot_receive comes with gso, gro left out',
                         'buffer_ring had nothing to do left out of the base tcp-50 - - - -')

    def test_the_ladder(self):
        made = experiment_document.ablate()
        made['ladder'][2]['effective'] = False
        page = self.page({'a.json': made})
        self.assertIn('Server CPU a request: the ladder, tcp-50', self.figures(page))
        rows = [texts(row) for row in page.iter(f'{HTML}tr')]
        self.assertIn('tcp-50 none nothing yet - - - -', rows)
        self.assertTrue(any(re.fullmatch(
            r'tcp-50 \+MB buffer_ring not in effect -9\.8 % .* -5\.0 % .*', row) for row in rows),
            rows)

    def test_compare(self):
        page = self.page({'a.json': experiment_document.comparison()})
        tiles = texts(page.find(f'.//{HTML}dl'))
        self.assertIn('verdict regressed 12 pairs', tiles)
        self.assert_says(page, 'Note: the least effect of 5 %',
                         '1 metric has no ratio, and no row in the figure',
                         'after 6, 12 pairs')
        rows = [texts(row) for row in page.iter(f'{HTML}tr')]
        row = next(row for row in rows if row.startswith('requests a second more is better'))
        self.assertRegex(row, r'2\d\dk/s.*regressed it is regressed 5 % 3 % detectable 0.004 0.01')

    def test_commands_that_are_compared_are_no_heading(self):
        made = experiment_document.comparison()
        made['base']['name'] = 'base/ringside bench --rounds 1 -w tcp-50 --duration 1s --json -'
        page = self.page({'a.json': made})
        self.assertEqual(texts(page.find(f'.//{HTML}h1')), 'ringside compare')
        self.assert_says(page, made['base']['name'])

    def test_a_comparison_of_files_tells_its_runs(self):
        page = self.page({'a.json': experiment_document.comparison(
            paired=False, pairs=None, looks=[], out_of_time=True)})
        self.assertIn('verdict regressed 12 and 12 runs, confidence 95 %',
                      texts(page.find(f'.//{HTML}dl')))
        self.assert_says(page, 'Note: The time budget ended it')

    def test_documents_made_by_hand_are_of_their_schemas(self):
        for name, made in everything().items():
            errors = {'ringside-experiment/1': readers.experiment_schema_errors,
                      'ringside-comparison/1': readers.comparison_schema_errors}
            if made['schema'] in errors:
                with self.subTest(document=name):
                    self.assertEqual(errors[made['schema']](made), '')

    def test_no_document_is_shown_as_json(self):
        """Members are read one by one: what is not known to the report is not dumped into it."""
        self.page(everything())
        self.assertNotRegex(re.sub(r'<style>.*?</style>', '', self.text, flags=re.DOTALL),
                            r'\{&quot;|over_none|over_previous|consecutive_runs|came_with_it')

    def test_ratios_beyond_twice_have_a_logarithmic_axis(self):
        page = self.page({'a.json': experiment_document.comparison([
            experiment_document.metric('latency_p50_ns', 1000, 9000, 'regressed')])})
        labels = {texts(found) for found in page.find(f'.//{HTML}figure').iter(f'{SVG}text')}
        self.assertLessEqual({'×1', '×10', 'change against the base, logarithmic'}, labels)

    def test_documents_with_next_to_nothing(self):
        empty = {'schema': 'ringside-experiment/1', 'series': []}
        page = self.page({'a.json': empty, 'b.json': empty | {'series': [{}, {'median': 5}]},
                          'c.json': {'schema': 'ringside-comparison/1', 'metrics': [{}]},
                          'd.json': {'schema': 'ringside-load/1', 'runs': [{}]}})
        self.assert_says(page, 'The document does not tell the command line')


if __name__ == '__main__':
    tap.main()
