"""ringside noise: one thing measured twice, and what the difference says."""
import json
import math
import os
import pathlib
import re
import statistics
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

FORBID = os.environ.get('RINGSIDE_FORBID', '')
# Long enough that something is answered also where all CPUs are busy.
SHORT = ('-d', '200ms', '-O', '10ms', '-w', 'tcp-1')
PAIRS = ('6', '12', '20', '40')


def noise(*options, **keywords):
    return ringside.run_trials('noise', *options, **keywords)


class TestNoise(unittest.TestCase):
    def document(self, *options, **keywords):
        result = noise(*SHORT, *options, '--json', '-', **keywords)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def test_the_floor_is_that_of_the_runs(self):
        document = self.document('--rounds', 6, '--backend', 'epoll')
        self.assertEqual((document['schema'], document['command']),
                         ('ringside-experiment/1', 'noise'))
        first, second = document['series']
        self.assertEqual((first['group'], second['group']), (0, 0))
        for key in ('requests_per_s', 'latency_p99_ns', 'server_cpu_ns_per_request'):
            with self.subTest(figure=key):
                self.check_floor(document['noise'][key], key, first['runs'], second['runs'])

    def check_floor(self, floor, key, first, second):
        runs = sorted(first + second, key=lambda run: run['sequence'])
        values = [run['figures'][key] for run in runs]
        self.assertEqual((floor['runs'], floor['pairs']), (12, 6))
        self.assertAlmostEqual(floor['median'] / statistics.median(values), 1)
        self.assertAlmostEqual(floor['cv'], statistics.stdev(values) / statistics.mean(values))
        logs = [math.log(b['figures'][key] / a['figures'][key]) for a, b in zip(first, second)]
        self.assertAlmostEqual(floor['spread'], statistics.stdev(logs))
        self.assertAlmostEqual(math.log(floor['ratio']['median']), statistics.median(logs))
        steps = [abs(b / a - 1) > 0.05 for a, b in zip(values, values[1:])]
        self.assertAlmostEqual(floor['consecutive_runs_differing']['over_5_percent'],
                               statistics.mean(steps))
        self.assertAlmostEqual(
            floor['drift'], statistics.median(values[6:]) / statistics.median(values[:6]) - 1)
        self.assertEqual(tuple(floor['detectable']), PAIRS)
        # Effects as large as nobody looks for are not known; known ones shrink.
        known = [effect for effect in floor['detectable'].values() if effect is not None]
        self.assertEqual(known, sorted(known, reverse=True))
        self.assertGreaterEqual(min(known, default=1), floor['least_effect'])

    def test_a_document_is_as_its_schema_says(self):
        document = self.document('--rounds', 2, '--backend', 'epoll')
        self.assertEqual(readers.experiment_schema_errors(document), '')
        del document['steal']
        self.assertNotEqual(readers.experiment_schema_errors(document), '')

    def test_too_few_pairs_tell_no_detectable_effect(self):
        document = self.document('--rounds', 2, '--backend', 'epoll')
        detectable = document['noise']['requests_per_s']['detectable']
        self.assertEqual(detectable, dict.fromkeys(PAIRS))

    def test_both_halves_of_a_pair_are_the_same_thing(self):
        document = self.document('--rounds', 2, '--backend', 'epoll', '--features', '-gso',
                                 '--inject', 'spin=1us')
        first, second = (series['server'] for series in document['series'])
        self.assertNotEqual(first.pop('name'), second.pop('name'))
        self.assertEqual(first, second)
        self.assertEqual((first['features'], first['inject']), ('-gso', 'spin=1us'))

    def test_another_server_is_measured_alone(self):
        document = self.document('--rounds', 1, '--server-cmd',
                                 f'other={ringside.BINARY} serve echo+{{transport}}://127.0.0.1:0')
        self.assertEqual([series['server']['name'] for series in document['series']],
                         ['other-first', 'other-second'])

    def test_advice_has_a_reading_and_a_verdict_each(self):
        document = self.document('--rounds', 1, '--backend', 'epoll')
        advice = {row['name']: row for row in document['advice']}
        machine = json.loads(ringside.run('probe', '--json').stdout)['machine']
        for name, row in advice.items():
            with self.subTest(name=name):
                self.assertIn(row['verdict'], ('good', 'bad', 'unknown'))
                self.assertTrue(row['reading'] and row['advice'])
                self.assertEqual(row['available'], row['verdict'] != 'unknown')
        for name in ('governor', 'smt', 'clock_source', 'virtualisation', 'mitigations'):
            self.assertEqual(machine[name], advice[name]['reading'] if advice[name]['available']
                             else None)
        for name in ('disturbance', 'steal'):
            self.assertAlmostEqual(float(advice[name]['reading'].rstrip(' %')),
                                   100 * document[name], delta=0.06)

    def test_the_table_has_figures_and_advice(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'noise.json'
            result = noise(*SHORT, '--rounds', 6, '--backend', 'epoll', '--json', path)
            self.assertEqual(result.returncode, 0, result.stderr)
            document = json.loads(path.read_text())
        table = result.stdout
        self.assertIn('Twice the same: epoll, TCP 1 x 64 B\n', table)
        self.assertRegex(table, r'2 trials in each round, 12 in all: about \d+ s')
        self.assertRegex(table, r'(?m)^  requests +[\d.]+[kM]?( +[\d.?]+){8} +[-+][\d.]+$')
        self.assertRegex(table, r'(?m)^  server CPU a request +[\d.]+ [mun]?s ')
        for row in document['advice']:
            mark = {'good': ' ', 'bad': '!', 'unknown': '?'}[row['verdict']]
            self.assertRegex(table, rf'(?m)^{re.escape(mark)} {row["name"]} ')
            self.assertEqual(f'      {row["advice"]}\n' in table, row['verdict'] != 'good')
        self.assertNotRegex(table, r'(?m) $')

    @unittest.skipUnless(FORBID, 'not started by Meson')
    def test_without_io_uring_epoll_is_measured_and_that_is_told(self):
        result = noise(*SHORT, '--rounds', 1, wrap=[FORBID, 'io_uring_setup', 'EPERM'])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn('io_uring is left out: ', result.stdout)
        self.assertIn('Twice the same: epoll', result.stdout)

    def test_a_server_that_fails_is_told(self):
        result = noise(*SHORT, '--rounds', 1, '--server-cmd', 'bad=false')
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertRegex(result.stdout, r'bad-first: FAILED: the server did not start')
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)

    def test_what_cannot_be_is_refused_before_anything_is_measured(self):
        for options, says in ((('-w', 'tcp-1,tcp-50'), 'these are 2'),
                              (('-c', '1,2,3'), 'these are 3'),
                              (('--backend', 'epoll', '--features', '-gso', '--features', '+gro'),
                               'these are 2'),
                              (('--features', 'nonsense'), 'nonsense'),
                              (('--server-cmd', 'a=true', '-w', 'unix-50'), 'unix-50'),
                              (('--netns', '-w', 'unix-50', '--backend', 'epoll'), 'unix-50')):
            with self.subTest(options=options):
                result = noise(*options)
                self.assertEqual((result.returncode, result.stdout), (2, ''))
                self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
                self.assertIn(says, result.stderr)


if __name__ == '__main__':
    tap.main()
