"""ringside compare: verdicts on values that are known, from files, from series and from commands.

No value here is measured but in one smoke test: files are written by the tests, and commands print
values out of a list, so a verdict never depends on how fast this machine is.
"""
import contextlib
import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

# Shares by which runs differ: far less than the least effects, and no two alike.
WOBBLE = [0.0011, -0.0023, 0.0031, -0.0007, 0.0017, -0.0029, 0.0005, -0.0013, 0.0019, -0.0003,
          0.0027, -0.0021, 0.0009, -0.0015, 0.0025, -0.0001, 0.0013, -0.0019, 0.0007, -0.0025]
# As far as anything here goes: no 40 pairs of these can be told apart.
NOISE = [0.5, -0.4, 0.3, -0.35, 0.45, -0.3, 0.25, -0.45, 0.6, -0.25]

# Prints what hyperfine does, the value of its pair out of a list, and notes that it was run.
EMIT = '''#!/bin/sh -e
echo "$1 $2" >>log
value=77
test "$2" = 0 || value=$(sed -n "$2p" "values.$1")
echo '{"results": [{"command": "'"$1"'", "mean": '"$value"', "times": ['"$value"']}]}'
'''


def spread(value, shares=tuple(WOBBLE), count=12):
    return [value * (1 + shares[i % len(shares)]) for i in range(count)]


def hyperfine(**benchmarks):
    """{name: times}"""
    return json.dumps({'results': [{'command': name, 'mean': times[0], 'times': times}
                                   for name, times in benchmarks.items()]})


def series(point, server, figures, group=0):
    """{key: values}"""
    count = max(len(values) for values in figures.values())
    runs = [{'round': i, 'sequence': i,
             'figures': {key: values[i] for key, values in figures.items() if i < len(values)}}
            for i in range(count)]
    return {'name': f'{point}/{server}', 'point': {'name': point}, 'server': {'name': server},
            'group': group, 'error': None, 'runs': runs}


def experiment(*all_series):
    return json.dumps({'schema': 'ringside-experiment/1', 'version': '0', 'command': 'bench',
                       'host': {'kernel': '6.1.0'}, 'series': all_series})


class Case(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.folder = pathlib.Path(stack.enter_context(peers.folder()))

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def compare(self, *arguments, code, **keywords):
        result = ringside.run('compare', *arguments, cwd=self.folder, **keywords)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def document(self, *arguments, code, **keywords):
        result = self.compare(*arguments, '--json', 'comparison.json', code=code, **keywords)
        document = json.loads((self.folder / 'comparison.json').read_text())
        self.assertEqual(readers.schema_errors(document, 'comparison'), '')
        self.assertEqual(document['sentence'], result.stdout.splitlines()[-1])
        return document

    def refused(self, *arguments, says, **keywords):
        """It ends with 2 and one line that says what is wrong."""
        result = self.compare(*arguments, code=2, **keywords)
        self.assertEqual(result.stdout, '')
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertRegex(result.stderr, says)

    def verdicts(self, document):
        return {metric['metric']: metric['verdict'] for metric in document['metrics']
                if metric['judged']}


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
        self.compare(*self.files(go(7), go(7)), '-m', 'allocs/op', code=0)
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

    def test_command_lines_that_make_no_sense_are_refused(self):
        good = self.write('good.json', hyperfine(x=spread(1.0)))
        for arguments, says in (
                ((), 'two files'), ((good,), 'two files'), ((good, good, good), 'argument'),
                (('--a', 'true'), '--b is missing'), (('--b', 'true'), '--a is missing'),
                (('--a', 'true', '--b', 'true', good), good), (('--a', ' ', '--b', 'true'), 'empty'),
                ((good, '--base', 'x'), '--new is missing'),
                ((good, good, '--base', 'x', '--new', 'y'), 'one file'),
                ((good, good, '--pairs', '3'), '--pairs goes with commands'),
                (('-', '-'), 'standard input'),
                (('--a', 'true', '--b', 'true', '--pairs', '9', '--max-pairs', '8'), 'more than'),
                ((good, good, '-o', 'csv=x'), 'no format'),
                ((good, good, '-o', 'gha=x', '-o', 'bmf=x'), 'two formats'),
                ((good, good, '--json', 'x', '--markdown', 'x'), 'both'),
                ((good, good, '--json', 'x', '-o', 'bmf=x'), '--output'),
                ((good, good, '--json', 'no/such/folder'), '--json'),
                ((good, good, '--markdown', 'no/such/folder'), '--markdown'),
                ((good, good, '-o', 'gha=no/such/folder'), '--output'),
                ((good, good, '--noise', 'missing'), '--noise'),
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
        noise = {'noise': {'requests_per_s': {'cv': 0.1, 'detectable': {'6': 0.5, '12': 0.07,
                                                                        '20': 0.01}}}}
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
        bad = json.loads((self.folder / 'bench.json').read_text())
        bad['series'][0]['runs'][0]['round'] = 'x'
        self.write('bad.json', json.dumps(bad))
        self.refused('bad.json', '--base', 'a', '--new', 'a', says='round')


class TestCommands(Case):
    def setUp(self):
        super().setUp()
        path = self.folder / 'emit'
        path.write_text(EMIT)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def emit(self, base, changed, *options):
        """The options that compare two lists of values."""
        for side, values in (('base', base), ('new', changed)):
            lines = [values[i % len(values)] for i in range(40)]
            self.write(f'values.{side}', ''.join(f'{value!r}\n' for value in lines))
        return ('--a', './emit {side} {pair}', '--b', './emit {side} {pair}', *options)

    def log(self):
        return [tuple(line.split()) for line in (self.folder / 'log').read_text().splitlines()]

    def test_values_that_commands_print_are_compared(self):
        document = self.document(*self.emit(spread(1.0), spread(1.2)), code=1)
        self.assertEqual((document['origin'], document['measured']), ('commands', 'result'))
        self.assertTrue(document['paired'])
        metric, = document['metrics']
        self.assertEqual(metric['base']['values'], spread(1.0))
        self.assertEqual(metric['changed']['values'], spread(1.2))
        self.assertEqual(document['looks'], [12])

    def test_runs_take_turns_and_the_seed_says_who_begins(self):
        orders = set()
        for seed in range(1, 7):
            with self.subTest(seed=seed):
                self.write('log', '')
                result = self.compare(*self.emit(spread(1.0), spread(1.2), '--seed', seed), code=1)
                self.assertIn(f'seed {seed}', result.stdout)
                log = self.log()
                self.assertEqual(sorted(log[:2]), [('base', '0'), ('new', '0')])
                pairs = [log[i:i + 2] for i in range(2, len(log), 2)]
                self.assertEqual(len(pairs), 12)
                firsts = ''
                for number, pair in enumerate(pairs, 1):
                    self.assertEqual(sorted(pair), [('base', str(number)), ('new', str(number))])
                    firsts += pair[0][0][0]
                self.assertRegex(firsts, '^(bn|nb){6}$')
                orders.add(firsts)
                self.write('log', '')
                self.compare(*self.emit(spread(1.0), spread(1.2), '--seed', seed), code=1)
                self.assertEqual(self.log(), log)
        self.assertGreater(len(orders), 1)

    def test_warm_up_counts_for_nothing(self):
        self.compare(*self.emit(spread(1.0), spread(1.0), '--warmup-pairs', '3'), code=0)
        self.assertEqual([pair for _, pair in self.log()].count('0'), 6)
        self.write('log', '')
        self.compare(*self.emit(spread(1.0), spread(1.0), '--warmup-pairs', '0'), code=0)
        self.assertEqual(len(self.log()), 24)

    def test_what_is_decided_is_measured_no_more(self):
        for changed, code in ((spread(1.0), 0), (spread(0.7), 0), (spread(1.3), 1)):
            document = self.document(*self.emit(spread(1.0), changed), code=code)
            self.assertEqual((document['pairs'], document['looks']), (12, [12]))

    def test_what_cannot_be_told_is_measured_on(self):
        base, changed = spread(1.0, NOISE, 40), spread(1.0, NOISE[::-1], 40)
        document = self.document(*self.emit(base, changed), code=3)
        self.assertEqual((document['pairs'], document['looks']), (40, [12, 20, 40]))
        self.assertEqual(len(document['metrics'][0]['changed']['values']), 40)
        document = self.document(*self.emit(base, changed, '--pairs', '4', '--max-pairs', '14'),
                                 code=3)
        self.assertEqual(document['looks'], [4, 12, 14])
        document = self.document(*self.emit(base, changed, '--max-pairs', '5'), code=3)
        self.assertEqual(document['looks'], [5])

    def test_a_later_look_can_tell(self):
        # Of the first 12 pairs half go either way; the others are alike.
        changed = [1.3 if i % 2 else 0.7 for i in range(12)] + [1.0] * 28
        document = self.document(*self.emit([1.0] * 40, changed), code=0)
        self.assertEqual(document['verdict'], 'same')
        self.assertEqual(document['looks'], [12, 20, 40])

    def test_the_time_budget_ends_it(self):
        base, changed = spread(1.0, NOISE), spread(1.0, NOISE[::-1])
        document = self.document(*self.emit(base, changed, '--time-budget', '1ms'), code=3)
        self.assertEqual((document['pairs'], document['looks']), (1, [1]))
        self.assertTrue(document['out_of_time'])
        self.assertIn('time budget', ' '.join(document['warnings']))

    def test_a_command_that_prints_nothing_is_measured_itself(self):
        document = self.document('--a', 'true', '--b', 'true', '--max-pairs', '6', '-m', 'memory',
                                 '--min-effect', '90%', code=0)
        self.assertEqual(document['measured'], 'command')
        metrics = {metric['metric']: metric for metric in document['metrics']}
        self.assertEqual(set(metrics), {'time', 'cpu', 'memory'})
        self.assertEqual([metrics[name]['unit'] for name in ('time', 'cpu', 'memory')],
                         ['s', 's', 'B'])
        for name in ('time', 'memory'):
            self.assertGreater(min(metrics[name]['base']['values']), 0)
        result = self.compare('--a', 'true', '--b', 'true', '--max-pairs', '6', '-m', 'memory',
                              '--min-effect', '90%', code=0)
        self.assertIn('the commands themselves', result.stdout)

    def test_the_time_of_a_command_is_its_own(self):
        document = self.document('--a', 'sleep 0.1', '--b', 'sleep 0.4', '--max-pairs', '6',
                                 '--warmup-pairs', '0', '-m', 'memory:90%', code=0)
        time_metric = document['metrics'][0]
        self.assertGreaterEqual(min(time_metric['base']['values']), 0.1)
        self.assertGreaterEqual(min(time_metric['changed']['values']), 0.4)

    def test_what_is_measured_can_be_chosen(self):
        options = self.emit(spread(1.0), spread(1.2), '--max-pairs', '6', '-m', 'time:90%')
        document = self.document(*options, '--measure', 'command', code=0)
        self.assertEqual(document['measured'], 'command')
        document = self.document(*options, '--measure', 'result', code=0)
        self.assertEqual(document['measured'], 'result')
        self.refused('--a', 'echo', '--b', 'true', '--measure', 'result', says='--[ab], warm-up: ')

    def test_json_that_is_no_result_is_told(self):
        document = self.document('--a', 'echo "{}"', '--b', 'echo "{}"', '--max-pairs', '6',
                                 '-m', 'memory:90%', code=0)
        self.assertEqual(document['measured'], 'command')
        self.assertIn('prints no result', ' '.join(document['warnings']))

    def test_a_result_is_not_compared_with_a_time(self):
        self.emit([1.0], [1.0])
        self.refused('--a', './emit base {pair}', '--b', 'true', says='unlike the run before')

    def test_a_metric_that_is_not_there_is_told_at_once(self):
        self.refused(*self.emit([1.0], [1.0]), '-m', 'tim', says="did you mean 'time'")
        self.assertEqual(len(self.log()), 4)

    def test_a_command_that_fails_ends_it(self):
        for command, says in (('echo oh no >&2; exit 3', 'exit code 3: oh no'),
                              ('exit 1', 'exit code 1$'), ('kill -9 $$', 'signal 9'),
                              ('./missing', 'exit code 127: .*missing'),
                              ('test {pair} != 2 || exit 5', 'pair 2: .*exit code 5')):
            with self.subTest(command=command):
                self.refused('--a', 'true', '--b', command, says=f'--b, .*{says}')

    def test_a_command_that_takes_too_long_ends_it(self):
        self.refused('--a', 'sleep 600', '--b', 'sleep 600', '--timeout', '50ms',
                     says='more than 50ms, the --timeout')

    def test_a_command_that_says_too_much_ends_it(self):
        self.refused('--a', 'yes', '--b', 'yes', says='more than 16 MiB')

    def test_its_input_is_empty(self):
        self.compare('--a', 'test -z "$(cat)"', '--b', 'test -z "$(cat)"', '--max-pairs', '1',
                     code=3)

    def test_nothing_that_it_starts_outlives_it(self):
        self.compare('--a', 'sleep 600 & echo $! >>pids', '--b', 'true', '--max-pairs', '1', code=3)
        self.check_gone((self.folder / 'pids').read_text().split(), 2)

    def check_gone(self, pids, count):
        self.assertEqual(len(pids), count)
        deadline = time.monotonic() + ringside.DEADLINE_S
        while any(self.runs(pid) for pid in pids):
            self.assertLess(time.monotonic(), deadline, f'{pids} still run')
            time.sleep(0.01)

    def runs(self, pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            return pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
        return False

    def interrupted(self, *arguments):
        """Start it; once a command waits, send SIGINT. Returns exit code, output and errors."""
        process = subprocess.Popen([ringside.BINARY, 'compare', *arguments], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + ringside.DEADLINE_S
        while not (self.folder / 'waits').exists():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=ringside.DEADLINE_S)
        return process.returncode, output, errors

    WAIT = 'if test {pair} = 3; then sleep 600 & echo $! >pid; echo >waits; wait; fi; '

    def test_a_signal_ends_it_with_what_was_measured(self):
        options = self.emit(spread(1.0), spread(1.2))
        options = tuple(option if not option.startswith('./emit') else self.WAIT + option
                        for option in options)
        code, output, errors = self.interrupted(*options, '--json', 'c.json')
        self.assertEqual((code, errors), (130, ''))
        document = json.loads((self.folder / 'c.json').read_text())
        self.assertEqual((document['pairs'], document['interrupted']), (2, True))
        self.assertEqual(len(document['metrics'][0]['base']['values']), 2)
        self.assertIn('signal 2', output)
        self.check_gone((self.folder / 'pid').read_text().split(), 1)

    def test_a_signal_before_the_first_pair_leaves_nothing_to_tell(self):
        wait = 'echo $$ >pid; echo >waits; exec sleep 600'
        code, output, errors = self.interrupted('--a', wait, '--b', wait)
        self.assertEqual((code, output, errors), (130, '', ''))
        self.check_gone((self.folder / 'pid').read_text().split(), 1)

    def test_ringside_bench_is_such_a_command(self):
        command = (f'{ringside.BINARY} bench --rounds 1 -w tcp-1 --backend epoll -d 20ms -O 5ms '
                   '--json -')
        result = self.compare('--a', command, '--b', command, '--max-pairs', '2', '--inconclusive',
                              'pass', '--min-effect', '90%', '--json', 'c.json', code=0)
        self.assertIn('ringside bench', result.stdout)
        document = json.loads((self.folder / 'c.json').read_text())
        self.assertEqual(readers.schema_errors(document, 'comparison'), '')
        judged = {m['metric'] for m in document['metrics'] if m['judged']}
        self.assertLessEqual({'requests_per_s', 'latency_p50_ns', 'server_cpu_ns_per_request'},
                             judged)
        self.assertTrue(all(len(m['base']['values']) == 2 for m in document['metrics']))


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

    def test_gobench_marks_exact_units(self):
        text = ('Unit allocs/op assume=exact better=lower\n'
                'BenchmarkX 100 50 ns/op 7 allocs/op\n')
        self.write('go.txt', text)
        result = self.compare('go.txt', 'go.txt', '-m', 'allocs/op', '-o', 'gobench=-', code=0)
        self.assertIn('Unit allocs/op assume=exact better=lower\n', result.stdout)
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

    def test_a_document_on_standard_output_stands_alone(self):
        for option in ('--json=-', '--output=bmf=-', '--markdown=-'):
            with self.subTest(option=option):
                result = self.compare('base.json', 'new.json', option, code=1)
                self.assertEqual(result.stderr, '')
                if option != '--markdown=-':
                    json.loads(result.stdout)
                else:
                    self.assertTrue(result.stdout.startswith('###'))

    def test_a_full_disk_is_told(self):
        if not os.path.exists('/dev/full'):
            self.skipTest('there is no /dev/full')
        for option in ('--json', '--markdown'):
            result = self.compare('base.json', 'new.json', option, '/dev/full', code=2)
            self.assertIn(option, result.stderr)


if __name__ == '__main__':
    tap.main()
