"""ringside report: what stands in the page, the Markdown and the pictures; what is refused."""
import json
import os
import pathlib
import re
import shutil
import stat
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import document  # noqa: E402
import experiment_document  # noqa: E402
import peers  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

GNUPLOT = unittest.skipUnless(shutil.which('gnuplot'), 'gnuplot is not installed')
HOSTILE = '<script>alert("x")</script>\'; system(\'touch pwned\') `touch pwned` | [a](b) {/Bold c}'
SVG = '{http://www.w3.org/2000/svg}'
HTML = '{http://www.w3.org/1999/xhtml}'


def write(folder, documents):
    """{name: document or text} into files; their paths."""
    for name, made in documents.items():
        text = made if isinstance(made, str) else json.dumps(made)
        (pathlib.Path(folder) / name).write_text(text)
    return list(documents)


def report(folder, documents, *options, **keywords):
    return ringside.run('report', *write(folder, documents), *options, cwd=folder, **keywords)


def load(**members):
    """Two runs with intervals, one of which has no answers."""
    made = document.document([100_000] * 900 + [400_000] * 99 + [9_000_000],
                             [110_000] * 990 + [500_000] * 10, **members)
    for run in made['runs']:
        run['intervals'] = [document.interval([100_000 + 1000 * i] * 50) for i in range(5)]
        for i, interval in enumerate(run['intervals']):
            interval['start_ns'] = i * document.NS_PER_S // 5
            interval['duration_ns'] = document.NS_PER_S // 5
    made['runs'][1]['intervals'][2] |= {'requests': 0, 'latency_ns': document.times([])}
    return made


def everything():
    return {'load.json': load(label='first load'), 'other.json': load(label='second load'),
            'bench.json': experiment_document.bench(),
            'ablate.json': experiment_document.ablate(),
            'noise.json': experiment_document.noise(), 'find.json': experiment_document.find(),
            'compare.json': experiment_document.comparison()}


def texts(element):
    return ' '.join(' '.join(element.itertext()).split())


class Page(unittest.TestCase):
    def page(self, documents, *options):
        """The page as a tree: it is well-formed XML."""
        with peers.folder() as folder:
            result = report(folder, documents, '-o', 'report.html', *options)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, '', ''))
            self.text = (pathlib.Path(folder) / 'report.html').read_text()
            self.assertFalse((pathlib.Path(folder) / 'pwned').exists())
        return xml.etree.ElementTree.fromstring(self.text)

    def assert_says(self, page, *parts):
        """Of the body, as a reader would find it: the whole would be too long a message."""
        text = texts(page.find(f'{HTML}body'))
        self.assertEqual([part for part in parts if part not in text], [])

    def headings(self, page):
        return [texts(found) for found in page.iter() if re.fullmatch(
            rf'{HTML}h[1-6]', found.tag)]

    def figures(self, page):
        return [texts(found.find(f'{HTML}figcaption/{HTML}strong'))
                for found in page.iter(f'{HTML}figure')]

    def curves(self, svg):
        """Paths and points in the colours of the palette."""
        return [found for found in svg.iter() if (found.get('stroke') or found.get(
            'color') or '').startswith('#') and found.get('class') != 'gridline']


@GNUPLOT
class TestLoad(Page):
    def test_it_has_headline_figures_tables_environment_and_command(self):
        made = load(label='my load')
        made['arguments'] = ['ringside load', '--label', "it's mine", '-c', '4',
                             'tcp://127.0.0.1:7777']
        made['features']['zero_copy'] = {'requested': True, 'effective': False, 'uses': 0,
                                         'reason': 'not in this kernel'}
        page = self.page({'a.json': made})
        self.assertEqual(self.headings(page)[:4], ['my load', 'Latency', 'Over time', 'Runs'])
        self.assertEqual(self.figures(page), ['Latency by percentile', 'Latency over time',
                                              'Throughput over time'])
        tiles = texts(page.find(f'.//{HTML}dl'))
        self.assertIn('throughput 1.00k/s', tiles)
        self.assertIn('p99 latency 400 µs', tiles)
        self.assertIn('server CPU 2.00 µs', tiles)
        self.assert_says(page, '6.1.0', 'A CPU', 'frequency governor not known', 'kvm',
                         'zero_copy yes no not in this kernel',
                         'In 1 of 10 intervals nothing was answered')
        self.assertEqual(texts(page.find(f'.//{HTML}pre')),
                         "ringside load --label 'it'\\''s mine' -c 4 tcp://127.0.0.1:7777")

    def test_what_went_wrong_is_said(self):
        made = load(interrupted=True)
        made |= {'lost': 3, 'sent': 2003}
        made['errors'] |= {'total': 2, 'timeout': 2}
        made['verdict'] |= {'bottleneck': 'generator', 'reason': 'its thread was busy'}
        made['thresholds'] = [{'expression': 'p(99)<1us', 'kept': False, 'actual': 400000}]
        self.assert_says(self.page({'a.json': made}),
                         '2 errors, 3 of 2003 requests lost', 'It was interrupted',
                         'The load generator was the bottleneck (its thread was busy)',
                         'p(99)<1us no 400 us', 'answers that did not come in time 2')

    def test_what_is_missing_is_said_and_not_drawn(self):
        made = document.document([])
        for run in made['runs']:
            run['intervals'] = []
        page = self.page({'a.json': made})
        self.assertEqual(self.figures(page), [])
        self.assert_says(page, 'Nothing was answered', 'there is no curve of percentiles',
                         'The document has no intervals')

    def test_the_curve_of_percentiles_goes_through_the_values(self):
        made = document.document([1_000_000] * 9 + [3_000_000])
        page = self.page({'a.json': made})
        figure = page.find(f'.//{HTML}figure')
        for svg in figure.iter(f'{SVG}svg'):
            self.assertIn('p50 1.00 ms, p99 3.00 ms, p99.9 3.00 ms, largest 3.00 ms',
                          texts(svg.find(f'{SVG}desc')))
            labels = {texts(found) for found in svg.iter(f'{SVG}text')}
            self.assertLessEqual({'0 %', '90 %', '99 %', 'all requests', 'latency', '1 ms',
                                  '3 ms'}, labels)

    def test_a_merged_document_has_its_hosts(self):
        with peers.folder() as folder:
            parts = [document.document([1000] * 10, host={'name': name, 'system': 'Linux',
                                                          'kernel': '6', 'machine': 'x', 'cpus': 1})
                     for name in ('alpha', 'beta')]
            merged = ringside.run('merge', '--json', '-', *write(folder, {
                f'{i}.json': part for i, part in enumerate(parts)}), cwd=folder)
        page = self.page({'m.json': merged.stdout})
        self.assertIn('Hosts', self.headings(page))
        self.assert_says(page, 'alpha 10 10/s')


@GNUPLOT
class TestPage(Page):
    def test_loads_side_by_side(self):
        page = self.page(everything())
        first = page.find(f'.//{HTML}figure')
        names = {texts(found) for found in first.iter(f'{SVG}text')}
        self.assertLessEqual({'first load', 'second load'}, names)
        self.assertEqual([texts(found) for found in page.iter(f'{HTML}h2')],
                         ['Side by side', 'first load', 'second load', 'ringside bench',
                          'ringside ablate', 'ringside noise', 'ringside find',
                          'v1.0 → v1.1'])
        targets = [found.get('href') for found in page.iter(f'{HTML}a')]
        ids = {found.get('id') for found in page.iter() if found.get('id')}
        self.assertEqual([target for target in targets if target[1:] not in ids], [])

    def test_ids_are_unique_and_references_lead_somewhere(self):
        page = self.page(everything())
        ids = [found.get('id') for found in page.iter() if found.get('id')]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertGreater(len(ids), 100)
        for found in page.iter():
            for key, value in found.attrib.items():
                if key.endswith('href') and value.startswith('#'):
                    self.assertIn(value[1:], ids)
                if key == 'aria-labelledby':
                    self.assertLessEqual(set(value.split()), set(ids))

    def test_nothing_is_loaded_and_nothing_runs(self):
        self.page(everything())
        text = re.sub(r'xmlns(:\w+)?="[^"]*"', '', self.text)
        self.assertNotRegex(text, r'https?://')
        self.assertNotRegex(text, r'<(script|iframe|object|embed|img)\b|\son\w+=|url\(|@import')

    def test_every_figure_is_drawn_and_described(self):
        page = self.page(everything())
        figures = list(page.iter(f'{HTML}figure'))
        self.assertGreater(len(figures), 15)
        for figure in figures:
            for svg in figure.iter(f'{SVG}svg'):
                with self.subTest(figure=texts(figure.find(f'{HTML}figcaption'))):
                    self.assertEqual(svg.get('role'), 'img')
                    self.assertTrue(texts(svg.find(f'{SVG}title')))
                    self.assertTrue(texts(svg.find(f'{SVG}desc')))
                    self.assertGreater(len(self.curves(svg)), 1)

    def test_only_colours_that_turn_dark_are_used(self):
        page = self.page(everything())
        style = page.find(f'.//{HTML}style').text
        for svg in page.iter(f'{SVG}svg'):
            for found in svg.iter():
                for key in ('stroke', 'fill', 'color'):
                    value = found.get(key)
                    if value in (None, 'none', 'currentColor', 'black', 'white'):
                        continue
                    self.assertIn(f"svg [{key}='{value}']", style)

    def test_text_of_documents_stays_text(self):
        made = load(label=HOSTILE, target=HOSTILE)
        made['host']['cpu_model'] = made['host']['kernel'] = HOSTILE
        made['features'] = {HOSTILE: {'requested': True, 'effective': False, 'reason': HOSTILE,
                                      'uses': 0}}
        made['arguments'] = ['ringside load', HOSTILE]
        at = experiment_document.point(name=HOSTILE, title=HOSTILE)
        bench = experiment_document.bench([at], [experiment_document.server(HOSTILE, 'uring'),
                                                 experiment_document.server('epoll')])
        compared = experiment_document.comparison([experiment_document.metric(
            HOSTILE, 1, 2, 'regressed', benchmark=HOSTILE, unit=HOSTILE)], warnings=[HOSTILE])
        page = self.page({'a.json': made, 'b.json': load(label='fine'), 'c.json': bench,
                          'd.json': compared})
        self.assertEqual([found.tag for found in page.iter() if found.tag.endswith('script')], [])
        self.assert_says(page, HOSTILE)
        names = ' '.join(texts(found) for found in page.iter(f'{SVG}text'))
        self.assertIn('<script>alert("x")</script>', names)

    def test_odd_characters(self):
        label = 'µ — \U0001f40e \x07\x1b[31m \ue03c\ue000 \ufffe ' + 'é' * 600
        page = self.page({'a.json': load(label=label), 'b.json': load(label='b')})
        self.assert_says(page, 'µ — \U0001f40e')
        self.assertNotIn('<', ''.join(texts(found) for found in page.iter(f'{SVG}text')))

    def test_a_title_of_ones_own(self):
        page = self.page({'a.json': load(label='it')}, '--title', 'A & B')
        self.assertEqual(self.headings(page)[:2], ['A & B', 'it'])


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
        self.assertRegex(row, r'2\d\dk/s.*regressed 5 % 3 % detectable 0.004 Mann-Whitney 0.01')

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


@GNUPLOT
class TestFiles(unittest.TestCase):
    def test_pictures_as_files_and_markdown_that_links_them(self):
        with peers.folder() as folder:
            os.mkdir(f'{folder}/out')
            result = report(folder, everything(), '--svg', 'out/the figures', '--markdown',
                            'out/report.md')
            self.assertEqual((result.returncode, result.stderr), (0, ''))
            text = pathlib.Path(f'{folder}/out/report.md').read_text()
            links = re.findall(r'!\[[^\]]+\]\(<([^>]+)>\)', text)
            self.assertGreater(len(links), 15)
            self.assertEqual(links[0], 'the figures/01-percentiles.svg')
            for link in links:
                picture = xml.etree.ElementTree.parse(f'{folder}/out/{link}').getroot()
                self.assertEqual(picture.tag, f'{SVG}svg')
                self.assertIn('prefers-color-scheme', picture.find(f'{SVG}style').text)
            self.assertEqual(len(set(links)), len(os.listdir(f'{folder}/out/the figures')))

    def test_standard_output(self):
        with peers.folder() as folder:
            result = report(folder, {'a.json': load()}, '-o', '-')
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        self.assertTrue(result.stdout.startswith('<!DOCTYPE html>'))
        self.assertTrue(result.stdout.endswith('</html>\n'))

    def test_the_same_documents_make_the_same_page(self):
        with peers.folder() as folder:
            pages = [report(folder, everything(), '-o', '-').stdout for _ in range(2)]
        self.assertEqual(pages[0], pages[1])


class TestMarkdown(unittest.TestCase):
    def markdown(self, documents, **keywords):
        with peers.folder() as folder:
            result = report(folder, documents, '--markdown', '-', **keywords)
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        return result.stdout

    def test_it_needs_no_gnuplot(self):
        text = self.markdown(everything(), env=os.environ | {'PATH': '/nowhere'})
        self.assertTrue(text.startswith('# Report of 7 results\n'))
        self.assertIn('| latency | 100 µs |', text)
        self.assertNotIn('![', text)
        self.assertIn('figures are left out', text)

    def test_every_table_has_as_many_cells_in_each_row(self):
        rows = 0
        for block in self.markdown(everything()).split('\n\n'):
            if block.startswith('| '):
                widths = {len(re.findall(r'(?<!\\)\|', line)) for line in block.splitlines()}
                self.assertEqual(len(widths), 1, block)
                rows += block.count('\n') - 1
        self.assertGreater(rows, 50)

    def test_text_of_documents_stays_text(self):
        made = load(label=HOSTILE)
        made['arguments'] = ['ringside load', 'a```b']
        text = self.markdown({'a.json': made})
        self.assertNotIn('<script', text)
        self.assertIn(r'\[a\](b)', text)
        self.assertIn("````sh\nringside load 'a```b'\n````", text)


class TestRefusals(unittest.TestCase):
    def assert_refused(self, documents, *options, says, **keywords):
        with peers.folder() as folder:
            result = report(folder, documents, *options, **keywords)
            left = sorted(set(os.listdir(folder)) - set(documents) - {'bin'})
        self.assertEqual((result.returncode, result.stdout), (2, ''), result.stderr)
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn(says, result.stderr)
        self.assertEqual(left, [])

    def test_files_that_are_no_documents(self):
        good = document.document([1000])
        for text, says in (('{"a": ', 'a.json is not JSON: line 1'), ('', 'a.json is not JSON'),
                           ('[' * 100000, 'a.json is not JSON'), ('[]', 'a.json has no schema'),
                           ('{"schema": "ringside-load/9"}', "a.json has the schema "
                            "'ringside-load/9', not 'ringside-load/1'"),
                           (good | {'runs': 5}, "a.json has no array 'runs'"),
                           (good | {'runs': [5]}, "item 1 of 'runs' is not an object")):
            self.assert_refused({'a.json': text}, '-o', 'out.html', says=says)
        self.assert_refused({}, '/nowhere/a.json', '-o', 'out.html',
                            says='cannot read /nowhere/a.json: No such file or directory')

    def test_damaged_histograms(self):
        made = document.document([1000])
        made['runs'][0]['latency_ns']['histogram'] = 'HISTFAAA'
        self.assert_refused({'a.json': made}, '-o', 'out.html',
                            says="a.json: latency_ns of item 1 of 'runs' has a histogram that is "
                                 'damaged')

    def test_places_that_cannot_be(self):
        good = {'a.json': document.document([1000])}
        self.assert_refused(good, says='it is not said where the report goes')
        self.assert_refused(good, '-o', 'x', '--markdown', 'x',
                            says='--output and --markdown cannot both go to x')
        self.assert_refused(good, '-o', '-', '--markdown', '-',
                            says='cannot both go to standard output')
        self.assert_refused(good, '-o', '/nowhere/x.html', says='/nowhere/x.html')

    @GNUPLOT
    def test_folders_that_cannot_be(self):
        good = {'a.json': document.document([1000])}
        self.assert_refused(good, '--svg', 'a.json', says='a.json is not a folder')
        self.assert_refused(good, '--svg', 'no/where', says='cannot make the folder no/where')

    def test_without_gnuplot(self):
        self.assert_refused({'a.json': document.document([1000])}, '-o', 'out.html',
                            says='figures need gnuplot, which is not installed',
                            env=os.environ | {'PATH': '/nowhere'})

    def with_gnuplot(self, script, says):
        with peers.folder() as folder:
            os.mkdir(f'{folder}/bin')
            fake = pathlib.Path(f'{folder}/bin/gnuplot')
            fake.write_text(f'#!/bin/sh\n{script}\n')
            fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
            path = f'{folder}/bin:{os.environ["PATH"]}'
            self.assert_refused({'a.json': document.document([1000])}, '-o', 'out.html',
                                says=says, env=os.environ | {'PATH': path})

    def test_a_gnuplot_that_fails(self):
        self.with_gnuplot('echo "         line 3: no such thing" >&2; exit 1',
                          'gnuplot failed with exit code 1: line 3: no such thing')
        self.with_gnuplot('kill -SEGV $$', 'gnuplot was ended by signal 11')
        self.with_gnuplot('echo hello', 'is no SVG')
        self.with_gnuplot('echo "<svg viewBox=\\"0 0 1 1\\"><g <<"', 'is no SVG')

    def test_members_of_wrong_types_do_no_harm(self):
        for name, base in everything().items():
            documents = {}
            for key in base:
                for i, wrong in enumerate((None, [], {}, 'x', 5, -1.5, [[]], {'a': {}},
                                           [5, 'x', None], [{}], 1e300)):
                    documents[f'{key}{i}.json'] = base | {key: wrong}
            with peers.folder() as folder:
                write(folder, documents)
                for path in documents:
                    with self.subTest(document=name, path=path):
                        result = ringside.run('report', path, '--markdown', 'x.md', cwd=folder)
                        self.assertIn(result.returncode, (0, 2), result.stderr)
                        self.assertLessEqual(result.stderr.count('\n'), 1)

    @GNUPLOT
    def test_numbers_of_any_size_are_drawn(self):
        for number in (0, -5, 1e-300, 1e300, 1e18, 2 ** 62):
            made = experiment_document.comparison()
            for metric in made['metrics']:
                metric['ratio'] = {'median': number, 'low': number, 'high': number + 200}
            bench = experiment_document.bench()
            for series in bench['series']:
                series['median'] = {key: {'median': number, 'low': number, 'high': number + 200}
                                    for key in series['median']}
            slow = load()
            for run in slow['runs']:
                for interval in run['intervals']:
                    interval |= {'requests': number, 'duration_ns': number}
            with self.subTest(number=number), peers.folder() as folder:
                result = report(folder, {'a.json': made, 'b.json': bench, 'c.json': slow},
                                '-o', 'out.html')
                self.assertEqual((result.returncode, result.stderr), (0, ''))


if __name__ == '__main__':
    tap.main()
