"""ringside compare --a --b: commands are run in turns, as often as it takes, and end with it.

The commands print values out of a list, so no verdict depends on how fast this machine is.
"""
import contextlib
import json
import pathlib
import signal
import stat
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402
from comparison import Case, NOISE, spread  # noqa: E402

# Prints what hyperfine does, the value of its pair out of a list, and notes that it was run.
EMIT = '''#!/bin/sh -e
echo "$1 $2" >>log
value=77
test "$2" = 0 || value=$(sed -n "$2p" "values.$1")
echo '{"results": [{"command": "'"$1"'", "mean": '"$value"', "times": ['"$value"']}]}'
'''


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
        options = self.emit(spread(1.0), spread(1.0), '--max-pairs', '6')
        document = self.document(*options, '--measure', 'command', '-m', 'memory:90%', code=0)
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
            state = pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0]
            return state != 'Z'
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

    def test_a_signal_is_seen_however_short_the_runs_are(self):
        quick = 'if test {pair} = 3; then kill -INT $PPID; fi'
        result = self.compare('--a', quick, '--b', quick, '--max-pairs', '1000', '--json', 'c.json',
                              code=130)
        self.assertEqual(result.stderr, '')
        self.assertEqual(json.loads((self.folder / 'c.json').read_text())['pairs'], 2)

    def test_notes_of_runs_are_told_once(self):
        text = json.dumps({'results': [
            {'command': 'x', 'mean': 1.0, 'times': [1.0, 1.0], 'exit_codes': [0, 1]}]})
        self.write('result.json', text)
        document = self.document('--a', 'cat result.json', '--b', 'cat result.json',
                                 '--max-pairs', '6', '-m', 'time', code=0)
        told = [warning for warning in document['warnings'] if '1 of 2 runs failed' in warning]
        self.assertEqual(len(told), 2, document['warnings'])

    def test_a_signal_before_the_first_pair_leaves_nothing_to_tell(self):
        wait = 'echo $$ >pid; echo >waits; exec sleep 600'
        code, output, errors = self.interrupted('--a', wait, '--b', wait)
        self.assertEqual((code, output, errors), (130, '', ''))
        self.check_gone((self.folder / 'pid').read_text().split(), 1)

    def test_ringside_bench_is_such_a_command(self):
        command = (f'{ringside.BINARY} bench --rounds 1 -w tcp-1 --backend epoll -d 200ms -O 20ms '
                   '--json -')
        result = self.compare('--a', command, '--b', command, '--max-pairs', '2', '--inconclusive',
                              'pass', '--min-effect', '90%', '--json', 'c.json', code=0)
        self.assertIn('ringside bench', result.stdout)
        document = json.loads((self.folder / 'c.json').read_text())
        self.assertEqual(readers.comparison_schema_errors(document), '')
        judged = {m['metric'] for m in document['metrics'] if m['judged']}
        self.assertLessEqual({'requests_per_s', 'latency_p50_ns', 'server_cpu_ns_per_request'},
                             judged)
        self.assertTrue(all(len(m['base']['values']) == 2 for m in document['metrics']))

if __name__ == '__main__':
    tap.main()
