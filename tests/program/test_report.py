"""ringside report: what stands in the page, the Markdown and the pictures; what is refused."""
import itertools
import os
import pathlib
import re
import stat
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import document  # noqa: E402
import experiment_document  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402
from report_page import (  # noqa: E402
    GNUPLOT, HTML, SVG, Page, everything, load, report, stamped, texts, write)

HOSTILE = '<script>alert("x")</script>\'; system(\'touch pwned\') `touch pwned` | [a](b) {/Bold c}'


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

    def test_delays_are_a_table_with_a_word_on_the_clocks(self):
        page = self.page({'a.json': load(**stamped())})
        self.assert_says(page, 'Delays of each way',
                         'delay min mean median p90 p99 p99.9 max stddev',
                         'send delay 100 ns 190 ns 100 ns 100 ns 1.00 µs 1.00 µs 1.00 µs 270 ns',
                         'send IPDV 0 ns 100 ns 0 ns 0 ns 900 ns 900 ns 900 ns 283 ns',
                         'One-way delays: both ends read the clock of one host')

    def test_delays_of_clocks_that_do_not_agree_are_relative(self):
        trips = [(1000, 7_001_100, 7_001_150, 1350), (1000, 7_001_160, 7_001_210, 1350)]
        made = load(delays=document.delays(trips, same_host=False, synchronised=(True, False),
                                           lost_known=5, lost_up=3, lost_down=2))
        page = self.page({'a.json': made})
        self.assert_says(page, 'from the smallest on: the clock there is not synchronised',
                         'send delay 0 ns 30 ns 0 ns 60 ns 60 ns 60 ns 60 ns 30 ns',
                         '3 of 5 lost packets were lost on the way there, 2 on the way back')

    def test_a_split_is_a_figure_whose_shares_are_those_of_the_means(self):
        page = self.page({'a.json': load(**stamped())})
        self.assertIn('Where the time of round trips went', self.figures(page))
        figure = next(found for found in page.iter(f'{HTML}figure')
                      if 'Where the time of' in texts(found))
        self.assertIn('Means of the parts, which add up', texts(figure))
        svg = next(figure.iter(f'{SVG}svg'))
        described = texts(svg.find(f'{SVG}desc'))
        # 9 x 10 and 100 of 9 x 410 and 4100: 190 of 7790.
        self.assertIn('all, mean 779 ns: client sends 2.44 %, way there 24.4 %, server wakes up '
                      '2.44 %', described)
        self.assertIn('256 ns to 512 ns (90 %): client sends 2.44 %', described)
        self.assertIn('4.10 µs to 8.19 µs (10 %): client sends 2.44 %', described)
        labels = {texts(found) for found in svg.iter(f'{SVG}text')}
        self.assertLessEqual({'client wakes up', 'way back', '20 %', 'share of the time',
                              'all, mean 779 ns'}, labels)
        self.assert_says(page, 'client sends 2.44 % 19 ns 10 ns 10 ns 10 ns 100 ns 100 ns 100 ns',
                         'whole 100 % 779 ns 410 ns')

    def test_a_split_between_two_clocks_has_both_ways_as_one(self):
        ahead = 10_000_000
        trip = [1000, 1010, 1110 + ahead, 1120 + ahead, 1160 + ahead, 1360, 1410]
        made = load(split=document.split([trip] * 4, unordered=4),
                    delays=document.delays([(1000, 1100 + ahead, 1150 + ahead, 1350)],
                                           same_host=False, synchronised=(False, False)))
        page = self.page({'a.json': made})
        self.assert_says(page, 'both ways 73.2 % 300 ns 300 ns', "clocks do not agree",
                         'neither clock is synchronised')
        self.assertNotIn('way there', texts(page).replace('the way there', ''))
        self.assertNotIn('less than no time', texts(page))
        # Clocks that claim to agree, and do not.
        made['delays']['one_way_valid'] = True
        self.assert_says(self.page({'a.json': made}), 'both ways 73.2 % 300 ns 300 ns')

    def test_a_split_without_points_of_the_server(self):
        made = load(split=document.split([[1000, 1010, 1360, 1410]] * 3, document.CLIENT_POINTS,
                                         incomplete=1, mismatched=2, unordered=3))
        self.assert_says(
            self.page({'a.json': made}),
            'way there, server wakes up, server answers, way back 85.4 % 350 ns',
            '1 round trip was left out, being without one of the times',
            '2 round trips were left out, because the clock was set',
            '3 round trips were divided into parts of which one took less than no time')
        made['split']['parts'][1]['times_ns']['histogram'] = 'HISTFAAA'
        self.assert_says(self.page({'a.json': made}), 'Its "split" has times of '
                         'client_kernel_receive, and that has a histogram that is damaged')
        made = load(split=document.split([], document.CLIENT_POINTS))
        page = self.page({'a.json': made})
        self.assert_says(page, 'No round trip could be divided.')
        self.assertNotIn('Where the time of round trips went', self.figures(page))

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
        """Some for each member, all in turn. (fuzz-report goes on from here.)"""
        wrong = itertools.cycle((None, [], {}, 'x', 5, -1.5, [[]], {'a': {}}, [5, 'x', None], [{}],
                                 1e300))
        for name, base in everything().items():
            documents = {f'{key}{i}.json': base | {key: next(wrong)}
                         for key in base for i in range(3)}
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
