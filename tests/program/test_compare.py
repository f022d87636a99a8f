"""ringside compare: verdicts on values that are known, from files and from series of one file."""
import csv
import json
import os
import pathlib
import re
import sys
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import readers  # noqa: E402
import tap  # noqa: E402
from comparison import Case, NOISE, WOBBLE, experiment, hyperfine, series, spread  # noqa: E402


class TestFiles(Case):
    def files(self, base, changed):
        return self.write('base.json', base), self.write('new.json', changed)

    def times(self, ratio, shares=tuple(WOBBLE)):
        return self.files(hyperfine(x=spread(1.0, shares)), hyperfine(x=spread(ratio, shares)))

    def test_a_slower_one_regressed(self):
        document = self.document(*self.times(1.2), code=1)
        self.assertEqual(document['verdict'], 'regressed')
        metric, = document['metrics']
        self.assertAlmostEqual(metric['ratio']['median'], 1.2, delta=0.01)
        self.assertLess(metric['ratio']['low'], 1.2)
        self.assertGreater(metric['ratio']['low'], 1.05)
        self.assertEqual((metric['unit'], metric['better']), ('s', 'lower'))
        self.assertEqual(len(metric['base']['values']), 12)
        self.assertRegex(document['sentence'], r'^Regressed: time rose by 20')

    def test_a_faster_one_improved(self):
        document = self.document(*self.times(0.8), code=0)
        self.assertEqual(document['verdict'], 'improved')
        self.assertRegex(document['sentence'], r'^Improved: time fell by 20')

    def test_one_within_the_least_effect_is_the_same(self):
        document = self.document(*self.times(1.02), code=0)
        self.assertEqual(document['verdict'], 'same')
        table = self.compare('base.json', 'new.json', code=0).stdout
        self.assertRegex(table, r'(?m)^  time .* ~$')

    def test_noise_is_inconclusive(self):
        files = self.times(1.06, NOISE)
        document = self.document(*files, code=3)
        self.assertEqual(document['verdict'], 'inconclusive')
        self.assertIn('noise', ' '.join(document['warnings']))
        self.compare(*files, '--inconclusive', 'fail', code=3)
        self.compare(*files, '--inconclusive', 'pass', code=0)

    def test_a_regression_weighs_more_than_what_cannot_be_told(self):
        base = experiment(series('p', 's', {'requests_per_s': spread(1e5),
                                            'latency_p50_ns': spread(1e4, NOISE)}))
        changed = experiment(series('p', 's', {'requests_per_s': spread(8e4),
                                               'latency_p50_ns': spread(1e4, NOISE)}))
        document = self.document(*self.files(base, changed), code=1)
        self.assertEqual(self.verdicts(document), {'requests_per_s': 'regressed',
                                                   'latency_p50_ns': 'inconclusive'})

    def test_files_are_told_not_to_be_paired(self):
        document = self.document(*self.times(1.2), code=1)
        self.assertFalse(document['paired'])
        self.assertIsNone(document['pairs'])
        self.assertRegex(' '.join(document['warnings']), r'one after the other.*--a.*--b')

    def test_a_single_run_each_decides_nothing(self):
        files = self.files(hyperfine(x=[1.0]), hyperfine(x=[3.0]))
        document = self.document(*files, code=3)
        self.assertIn('so few runs', ' '.join(document['warnings']))

    def test_a_counter_of_ours_in_a_single_run_is_no_exact_one(self):
        def calls(value):
            return experiment(series('p', 's', {'server_system_calls_per_request': value}))
        self.compare(*self.files(calls([2.0]), calls([2.5])), code=3)
        document = self.document(*self.files(calls([2.0, 2.0]), calls([2.5, 2.5])), code=1)
        self.assertTrue(document['metrics'][0]['counted'])

    def test_exact_counters_need_no_test(self):
        def go(allocations):
            return ('Unit allocs/op assume=exact better=lower\n'
                    f'BenchmarkX 100 50 ns/op {allocations} allocs/op\n')
        document = self.document(*self.files(go(7), go(8)), '-m', 'allocs/op', code=1)
        metric = next(m for m in document['metrics'] if m['judged'])
        self.assertTrue(metric['counted'])
        self.assertIsNone(metric['p'])
        self.assertEqual(metric['ratio']['low'], metric['ratio']['high'])
        result = self.compare(*self.files(go(7), go(7)), '-m', 'allocs/op', code=0)
        self.assertTrue(result.stdout.endswith('The same: what is judged has not changed.\n'))
        self.compare(*self.files(go(7), go(6)), '-m', 'allocs/op', code=0)
        self.compare(*self.files(go(7), go(8)), '-m', 'allocs/op:20%', code=0)
        self.compare(*self.files(go(0), go(1)), '-m', 'allocs/op', code=1)

    def test_directions_are_those_of_the_figures(self):
        def both(rate, latency):
            return experiment(series('p', 's', {'requests_per_s': spread(rate),
                                                'latency_p50_ns': spread(latency)}))
        document = self.document(*self.files(both(100e3, 50e3), both(130e3, 70e3)), code=1)
        self.assertEqual(self.verdicts(document), {'requests_per_s': 'improved',
                                                   'latency_p50_ns': 'regressed'})
        self.assertRegex(self.compare('base.json', 'new.json', code=1).stdout,
                         r'p50 latency +50\.\d us \+- .* 70\.\d us .*regressed')

    def test_metrics_named_replace_the_judged_ones(self):
        def both(rate, p99):
            return experiment(series('p', 's', {'requests_per_s': spread(rate),
                                                'latency_p99_ns': spread(p99)}))
        files = self.files(both(100e3, 50e3), both(70e3, 51e3))
        self.assertEqual(self.verdicts(self.document(*files, code=1)),
                         {'requests_per_s': 'regressed'})
        document = self.document(*files, '--metric', 'p99:lower', code=0)
        self.assertEqual(self.verdicts(document), {'latency_p99_ns': 'same'})
        self.assertRegex(self.compare(*files, '-m', 'p99', code=0).stdout,
                         r'requests .*\(regressed\)')
        self.compare(*files, '-m', 'rate:lower', code=0)
        self.compare(*files, '-m', 'rate:50%', code=0)
        self.compare(*files, '--min-effect', '50%', code=0)
        self.compare(*files, '--min-effect', '50%', '-m', 'rate:5%', code=1)
        self.assertEqual(self.document(*files, '-m', 'latency_p99_ns:higher:0.5%',
                                       code=0)['verdict'], 'improved')

    def test_metrics_that_make_no_sense_are_refused(self):
        files = self.times(1.0)
        for metric, says in (('time:up', "'up' of time"), (':lower', 'NAME'), ('time:3', "'3'"),
                             ('time:lower:higher', 'two directions'), ('time:3%:4%', 'two effects'),
                             ('time:100%', 'below 100%'), ('time:x%', 'percentage')):
            with self.subTest(metric=metric):
                self.refused(*files, '-m', metric, says=says)
        self.refused(*files, '-m', 'time', '-m', 'time', says='twice')
        self.refused(*files, '-m', 'tim', says="no 'tim'; did you mean 'time'")
        self.refused(*files, '--min-effect', '3', says='3%')
        self.refused(*files, '--confidence', '20%', says='50%')

    def test_benchmarks_in_common_are_compared_and_the_others_told(self):
        files = self.files(hyperfine(a=spread(1.0), b=spread(1.0)),
                           hyperfine(b=spread(1.3), c=spread(1.0)))
        document = self.document(*files, code=1)
        self.assertEqual([m['benchmark'] for m in document['metrics']], ['b'])
        warnings = ' '.join(document['warnings'])
        self.assertRegex(warnings, r"only base has.*'a'")
        self.assertRegex(warnings, r"only new has.*'c'")

    def test_two_single_benchmarks_match_whatever_they_are_called(self):
        document = self.document(*self.files(hyperfine(old=spread(1.0)),
                                             hyperfine(young=spread(1.0))), code=0)
        metric, = document['metrics']
        self.assertEqual((metric['base_benchmark'], metric['benchmark']), ('old', 'young'))
        self.assertIn('old -> young', self.compare('base.json', 'new.json', code=0).stdout)

    def test_what_has_nothing_in_common_is_refused(self):
        files = self.files(hyperfine(a=spread(1.0), b=spread(1.0)), hyperfine(c=spread(1.0)))
        self.refused(*files, says=r"no benchmark in common: base has 'a', 'b', new has 'c'")

    def test_files_that_are_none_are_refused(self):
        good = self.write('good.json', hyperfine(x=spread(1.0)))
        for name, text in (('empty', ''), ('cut', hyperfine(x=spread(1.0))[:40]), ('text', 'hello'),
                           ('other', '{"schema": "other/1"}'), ('binary', '\0\1\2')):
            with self.subTest(name=name):
                self.write(name, text)
                self.refused(good, name, says=name)
        self.refused(good, 'missing', says='missing')
        self.refused(good, '.', says=r'\.')

    def test_what_is_measured_in_two_ways_is_refused(self):
        def samples(unit, better):
            return json.dumps({'schema': 'ringside-samples/1', 'samples': [
                {'benchmark': 'b', 'metric': 'm', 'unit': unit, 'better': better,
                 'values': spread(1.0)}]})
        self.refused(*self.files(samples('s', 'lower'), samples('ms', 'lower')),
                     says="m of b is in 's' in base, and in 'ms' in new")
        self.refused(*self.files(samples('s', 'lower'), samples('s', 'higher')),
                     says='do not agree on whether more m is better')

    def test_too_many_runs_are_refused(self):
        self.refused(*self.files(hyperfine(x=[1.0] * 4001), hyperfine(x=[1.0])),
                     says='x has 4001 and 1 runs, and at most 4000')
        self.write('many.json', experiment(series('p', 'a', {'requests_per_s': [1.0] * 1001})))
        self.refused('many.json', '--base', 'a', '--new', 'a', says='1001 runs, and at most 1000')

    def test_command_lines_that_make_no_sense_are_refused(self):
        good = self.write('good.json', hyperfine(x=spread(1.0)))
        for arguments, says in (
                ((), 'two files'), ((good,), 'two files'), ((good, good, good), 'argument'),
                (('--a', 'true'), '--b is missing'), (('--b', 'true'), '--a is missing'),
                (('--a', 'true', '--b', 'true', good), good),
                (('--a', ' ', '--b', 'true'), 'empty'),
                ((good, '--base', 'x'), '--new is missing'),
                ((good, good, '--base', 'x', '--new', 'y'), 'one file'),
                ((good, good, '--pairs', '3'), '--pairs goes with commands'),
                (('-', '-'), 'standard input'),
                (('--a', 'true', '--b', 'true', '--pairs', '9', '--max-pairs', '8'), 'more than'),
                ((good, good, '-o', 'hgrm=x'), 'no format'),
                ((good, good, '-o', 'gha=x', '-o', 'bmf=x'), 'two formats'),
                ((good, good, '--json', 'x', '--markdown', 'x'), 'both'),
                ((good, good, '--json', 'x', '-o', 'bmf=x'), '--output'),
                ((good, good, '--json', 'no/such/folder'), '--json'),
                ((good, good, '--markdown', 'no/such/folder'), '--markdown'),
                ((good, good, '-o', 'gha=no/such/folder'), '--output'),
                ((good, good, '--noise', 'missing'), '--noise: cannot read missing: No such'),
                ((good, good, '--noise', good), 'no noise')):
            with self.subTest(arguments=arguments):
                self.refused(*arguments, says=says)

    def test_standard_input_is_a_file_too(self):
        self.write('base.json', hyperfine(x=spread(1.0)))
        self.compare('base.json', '-', input=hyperfine(x=spread(1.2)), code=1)

    def test_two_machines_are_told(self):
        def on(kernel):
            return f'kernel: {kernel}\n' + ''.join(
                f'BenchmarkX 1 {value} ns/op\n' for value in spread(100))
        document = self.document(*self.files(on('6.1'), on('6.18')), code=0)
        self.assertRegex(' '.join(document['warnings']), r"kernel differs.*'6\.1'.*'6\.18'")

    def test_the_noise_of_a_machine_is_held_against_the_least_effect(self):
        figures = {'requests_per_s': spread(1e5)}
        files = self.files(*[experiment(series('p', 's', figures))] * 2)
        noise = {'noise': {'requests_per_s': {'cv': 0.1, 'least_effect': 0.03, 'detectable': {
            '6': 0.5, '12': 1.03 * 1.07 - 1, '20': 0.01}}}}
        self.write('noise.json', json.dumps(noise))
        document = self.document(*files, '--noise', 'noise.json', code=0)
        self.assertRegex(' '.join(document['warnings']), r'noise\.json.*7 % of requests')
        document = self.document(*files, '--noise', 'noise.json', '--min-effect', '8%', code=0)
        self.assertNotIn('noise.json', ' '.join(document['warnings']))


class TestSeries(Case):
    def test_series_are_paired_by_round(self):
        # Each round is as slow as it likes: only pairs tell.
        drift = [1e5 * (1 + i) for i in range(12)]
        self.write('bench.json', experiment(
            series('tcp-1', 'epoll', {'requests_per_s': drift}),
            series('tcp-1', 'uring', {'requests_per_s': [1.1 * value for value in drift]}),
            series('udp-1', 'epoll', {'requests_per_s': drift}, 1),
            series('udp-1', 'uring', {'requests_per_s': [0.9 * value for value in drift]}, 1)))
        document = self.document('bench.json', '--base', 'tcp-1/epoll', '--new', 'tcp-1/uring',
                                 code=0)
        self.assertTrue(document['paired'])
        self.assertEqual((document['pairs'], document['verdict']), (12, 'improved'))
        self.assertAlmostEqual(document['metrics'][0]['ratio']['median'], 1.1)
        document = self.document('bench.json', '--base', 'epoll', '--new', 'uring', code=1)
        self.assertEqual({m['benchmark']: m['verdict'] for m in document['metrics']},
                         {'tcp-1': 'improved', 'udp-1': 'regressed'})
        self.assertIn('in udp-1', document['sentence'])

    def test_a_round_that_one_lacks_is_no_pair(self):
        rates = spread(1e5)
        self.write('bench.json', experiment(
            series('p', 'a', {'requests_per_s': rates}),
            series('p', 'b', {'requests_per_s': [1.2 * rate for rate in rates[:10]]})))
        metric, = self.document('bench.json', '--base', 'a', '--new', 'b', code=0)['metrics']
        self.assertEqual(len(metric['base']['values']), 10)
        self.assertEqual(metric['base']['values'], rates[:10])

    def test_series_that_are_not_there_are_refused(self):
        self.write('bench.json', experiment(series('p', 'a', {'requests_per_s': [1.0]})))
        self.refused('bench.json', '--base', 'a', '--new', 'c', says=r"'c'.*p/a")
        self.write('hyper.json', hyperfine(x=[1.0]))
        self.refused('hyper.json', '--base', 'a', '--new', 'c', says='no document of an experiment')
        self.write('bad.json', '{')
        self.refused('bad.json', '--base', 'a', '--new', 'c', says='not JSON')
        self.refused('missing', '--base', 'a', '--new', 'c', says='cannot read missing: No such')
        self.refused('.', '--base', 'a', '--new', 'c', says=r'cannot read \.: Is a directory')
        bad = json.loads((self.folder / 'bench.json').read_text())
        bad['series'][0]['runs'][0]['round'] = 'x'
        self.write('bad.json', json.dumps(bad))
        self.refused('bad.json', '--base', 'a', '--new', 'a', says='round')


class TestFormats(Case):
    """One comparison of everything, in every format."""

    def setUp(self):
        super().setUp()
        self.rates = {'a|b': (spread(1e5), spread(8e4)), 'udp': (spread(1e5), spread(1e5, NOISE))}
        for side, name in enumerate(('base.json', 'new.json')):
            self.write(name, experiment(*(
                series(point, 'x', {'requests_per_s': both[side], 'latency_p50_ns': spread(5e4),
                                    'latency_p99_ns': spread(9e4)})
                for point, both in self.rates.items())))

    def formats(self, *options):
        names = ('bmf', 'gha', 'gha-bigger', 'gobench', 'junit')
        outputs = [part for name in names for part in ('-o', f'{name}={name}')]
        self.compare('base.json', 'new.json', *outputs, '--markdown', 'table.md', *options, code=1)
        return {name: (self.folder / name).read_text() for name in (*names, 'table.md')}

    def test_bmf_has_the_intervals_of_what_is_new(self):
        found = json.loads(self.formats()['bmf'])
        self.assertEqual(set(found), {'a|b/x', 'udp/x'})
        self.assertEqual(set(found['udp/x']), {'throughput', 'latency-p50', 'latency-p99'})
        value = found['a|b/x']['throughput']
        self.assertLess(value['lower_value'], value['value'])
        self.assertLess(value['value'], value['upper_value'])
        self.assertAlmostEqual(value['value'], 8e4, delta=200)

    def test_gha_has_a_file_for_each_direction(self):
        texts = self.formats()
        smaller, bigger = json.loads(texts['gha']), json.loads(texts['gha-bigger'])
        self.assertEqual({entry['name'] for entry in bigger},
                         {'a|b/x - requests', 'udp/x - requests'})
        self.assertEqual(len(smaller), 4)
        for entry in smaller + bigger:
            self.assertEqual(set(entry), {'name', 'unit', 'value', 'range'})
            self.assertRegex(entry['range'], r'^± [\d.e+]+$')
            self.assertIsInstance(entry['value'], (int, float))

    def test_gobench_has_every_run_of_both_sides(self):
        lines = self.formats()['gobench'].splitlines()
        self.assertIn('Unit req/s better=higher', lines)
        self.assertIn('Unit p99-ns better=lower', lines)
        runs = [line.split() for line in lines if line.startswith('Benchmark')]
        self.assertEqual(len(runs), 48)
        for side, place in (('base', 0), ('new', 1)):
            rates = [float(run[run.index('req/s') - 1]) for run in runs
                     if run[0] == f'BenchmarkA_b/x/side={side}']
            for rate, true_rate in zip(rates, self.rates['a|b'][place], strict=True):
                self.assertAlmostEqual(rate, true_rate)
        self.assertTrue(all(len(run) % 2 == 0 and run[1] == '1' for run in runs))

    def test_csv_has_a_row_for_each_value(self):
        self.compare('base.json', 'new.json', '-o', 'csv=runs.csv', code=1)
        rows = list(csv.DictReader((self.folder / 'runs.csv').read_text().splitlines()))
        self.assertEqual(len(rows), 144)
        self.assertEqual({row['benchmark'] for row in rows},
                         {f'{point}/x/side={side}' for point in self.rates
                          for side in ('base', 'new')})

    def test_gobench_marks_exact_units(self):
        text = ('Unit allocs/op assume=exact better=lower\n'
                'BenchmarkX 100 50 ns/op 7 allocs/op\n')
        self.write('go.txt', text)
        result = self.compare('go.txt', 'go.txt', '-m', 'allocs/op', '-o', 'gobench=-', code=0)
        self.assertIn('Unit allocs/op better=lower assume=exact\n', result.stdout)
        self.assertRegex(result.stdout, r'(?m)^BenchmarkX/side=new\t1\t50 ns/op\t7 allocs/op$')

    def junit(self, *options):
        text = self.formats(*options)['junit']
        self.assertEqual(readers.xmllint_errors(text), '')
        return xml.etree.ElementTree.fromstring(text)

    def test_junit_has_a_test_for_each_judged_metric(self):
        root = self.junit()
        cases = {(case.get('classname'), case.get('name')): [child.tag for child in case]
                 for case in root.iter('testcase')}
        self.assertEqual(cases, {('a|b/x', 'requests'): ['failure'], ('a|b/x', 'p50 latency'): [],
                                 ('udp/x', 'requests'): ['error'], ('udp/x', 'p50 latency'): []})
        self.assertEqual([root.get(key) for key in ('tests', 'failures', 'errors', 'skipped')],
                         ['4', '1', '1', '0'])
        self.assertIn('fell by 20', next(root.iter('failure')).get('message'))

    def test_junit_skips_what_may_stay_untold(self):
        root = self.junit('--inconclusive', 'pass')
        self.assertEqual([root.get(key) for key in ('tests', 'failures', 'errors', 'skipped')],
                         ['4', '1', '0', '1'])
        self.assertEqual(len(list(root.iter('skipped'))), 1)

    def table(self, text):
        """Rows of cells of the only table; the rule below the head is left out."""
        lines = [line for line in text.splitlines() if line.startswith('|')]
        self.assertRegex(lines[1], r'^\|(:?-+:?\|)+$')
        return [[cell.strip() for cell in line.strip('|').split('|')]
                for line in lines[:1] + lines[2:]]

    def test_markdown_has_the_verdict_the_table_and_the_details(self):
        text = self.formats()['table.md']
        self.assertTrue(text.startswith('### ringside compare: regressed\n\nRegressed: requests'))
        head, *rows = self.table(text)
        self.assertEqual(head, ['benchmark', 'metric', 'base', 'new', 'ratio', 'p (U)', 'n',
                                'verdict'])
        self.assertEqual(len(rows), 6)
        self.assertTrue(all(len(row) == len(head) for row in rows))
        self.assertEqual([row[-1] for row in rows],
                         ['**regressed**', '~', '(~)', 'inconclusive', '~', '(~)'])
        self.assertEqual(text.count('<details>'), text.count('</details>'))
        self.assertIn('one after the other', text)

    def test_names_do_not_break_the_markdown(self):
        nasty = '</details> `x` | @all <b> *y*\n# z'
        self.write('nasty.json', hyperfine(**{nasty: spread(1.0)}))
        self.compare('nasty.json', 'nasty.json', '--markdown', 'nasty.md', code=0)
        text = (self.folder / 'nasty.md').read_text()
        self.assertEqual(len(self.table(text)[1]), 8)
        self.assertEqual(text.count('</details>'), 1)
        self.assertFalse(re.search(r'@all|<b>|`|^# z', text, re.M))

    def test_the_document_keeps_its_schema(self):
        text = self.compare('base.json', 'new.json', '--json=-', code=1).stdout
        document = json.loads(text)
        self.assertEqual(readers.comparison_schema_errors(document), '')
        for change in ({'verdict': 'good'}, {'metrics': []}, {'paired': None}):
            with self.subTest(change=change):
                self.assertNotEqual(readers.comparison_schema_errors(document | change), '')

    def test_a_document_on_standard_output_stands_alone(self):
        for option in ('--json=-', '--output=bmf=-', '--markdown=-'):
            with self.subTest(option=option):
                result = self.compare('base.json', 'new.json', option, code=1)
                self.assertEqual(result.stderr, '')
                if option != '--markdown=-':
                    json.loads(result.stdout)
                else:
                    self.assertTrue(result.stdout.startswith('###'))

    def test_names_do_nothing_to_a_terminal(self):
        self.write('nasty.json', json.dumps({'results': [
            {'command': 'a\x1b[2J\nRegressed: b', 'mean': 1, 'times': spread(1.0),
             'exit_codes': [1]}]}))
        text = self.compare('nasty.json', 'nasty.json', code=0).stdout
        self.assertNotIn('\x1b', text)
        self.assertRegex(text, r'(?m)^a\?\[2J\?Regressed: b$')
        self.assertRegex(text, r'(?m)^warning: base: a\?\[2J\?Regressed: b: 1 of 1 runs failed$')

    def write_go(self, name):
        lines = ''.join(f'Benchmark{name} 1 {time} ns/op\n' for time in spread(50.0))
        (self.folder / 'go').write_bytes(lines.encode('utf-8', 'surrogateescape'))

    def test_junit_is_xml_whatever_characters_a_name_has(self):
        self.write_go('X"<&')
        self.compare('go', 'go', '-o', 'junit=go.xml', code=0)
        suite, = xml.etree.ElementTree.parse(self.folder / 'go.xml').getroot()
        self.assertEqual(suite.get('name'), 'X"<&')

    def test_a_name_that_is_no_text_is_refused(self):
        for name in ('X\udcff', 'X\x01'):
            with self.subTest(name=name):
                self.write_go(name)
                self.assertIn('is not text in UTF-8', self.compare('go', 'go', code=2).stderr)

    def test_numbers_of_runs_that_differ_stand_in_every_table(self):
        self.write('few.json', hyperfine(x=spread(1.0)[:9]))
        self.write('many.json', hyperfine(x=spread(1.0)))
        table = self.compare('few.json', 'many.json', '--markdown', 'n.md', code=0).stdout
        self.assertRegex(table, r'(?m) 9\+12 +~$')
        _, row = self.table((self.folder / 'n.md').read_text())
        self.assertEqual(row[-2], '9+12')

    def test_a_full_disk_is_told(self):
        if not os.path.exists('/dev/full'):
            self.skipTest('there is no /dev/full')
        for option in ('--json', '--markdown'):
            result = self.compare('base.json', 'new.json', option, '/dev/full', code=2)
            self.assertIn(option, result.stderr)


if __name__ == '__main__':
    tap.main()
