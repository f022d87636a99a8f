"""ringside ablate: pairs of servers, with a feature and without it, and what comes of them."""
import json
import math
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

FORBID = os.environ.get('RINGSIDE_FORBID', '')
# Long enough that something is answered also where all CPUs are busy.
SHORT = ('-d', '200ms', '-O', '10ms', '--rounds', 2)
FIGURES = ('requests_per_s', 'latency_p50_ns', 'latency_p99_ns', 'server_cpu_ns_per_request',
           'server_system_calls_per_request')


def ablate(*options, **keywords):
    return ringside.run_trials('ablate', *options, **keywords)


def probed():
    return json.loads(ringside.run('probe', '--json').stdout)


def has_uring():
    return probed()['backend']['effective'] == 'uring'


class Ablation(unittest.TestCase):
    def document(self, *options, code=0, **keywords):
        result = ablate(*SHORT, *options, '--json', '-', **keywords)
        self.assertEqual(result.returncode, code, result.stderr)
        return json.loads(result.stdout)

    def table(self, *options, **keywords):
        result = ablate(*SHORT, *options, **keywords)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def check_effective(self, document, effect):
        """The two servers of an effect differ in the feature, by their own account."""
        name = effect['feature']
        series = document['series']
        having, lacking = series[effect['with']], series[effect['without']]
        self.assertTrue(having['features'][name]['effective'])
        self.assertFalse(lacking['features'][name]['effective'])
        self.assertEqual(having['group'], lacking['group'])
        self.assertEqual([having['point']['name'], lacking['point']['name']],
                         [effect['point']] * 2)
        for other, state in having['features'].items():
            with self.subTest(feature=name, other=other):
                differs = state['effective'] - lacking['features'][other]['effective']
                self.assertEqual(other in effect['came_with_it'], other != name and differs == 1)
                self.assertEqual(other in effect['went_with_it'], differs == -1)

    def check_figures(self, document, effect):
        """Each ratio is that of the pairs of runs, with over without."""
        series = document['series']
        for key in FIGURES:
            having, lacking = ([run['figures'][key] for run in series[effect[side]]['runs']]
                               for side in ('with', 'without'))
            logs = [math.log(a / b) for a, b in zip(having, lacking)]
            ratio = effect['figures'][key]
            self.assertAlmostEqual(math.log(ratio['median']), statistics.median(logs), places=6)
            self.assertLessEqual(ratio['low'], ratio['median'])
            self.assertGreaterEqual(ratio['high'], ratio['median'])


class TestEpoll(Ablation):
    """Everywhere: epoll is always there, and has its features with it."""

    def test_a_feature_of_the_base_is_left_out_and_another_one_added(self):
        document = self.document('--backend', 'epoll', '-w', 'udp-64', '--only', 'gso,gro')
        self.assertEqual((document['schema'], document['command']),
                         ('ringside-experiment/1', 'ablate'))
        self.assertIn('gso', document['base']['effective'])
        kinds = {effect['feature']: effect['kind'] for effect in document['effects']}
        self.assertEqual(kinds, {'gso': 'leave-one-out', 'gro': 'add-one'})
        for effect in document['effects']:
            self.assertIsNone(effect['reason'])
            self.assertGreater(effect['uses'], 0)
            self.check_effective(document, effect)
            self.check_figures(document, effect)
        names = [series['name'] for series in document['series']]
        self.assertEqual(sorted(names), sorted(f'udp-64/{side}-{name}' for name in ('gso', 'gro')
                                               for side in ('with', 'without')))
        self.assertEqual(document['ladder'], [])

    def test_a_document_is_as_its_schema_says(self):
        document = self.document('--backend', 'epoll', '-w', 'udp-64', '--only', 'gso,direct',
                                 '--ladder', 'on')
        self.assertEqual(readers.experiment_schema_errors(document), '')
        effect, = document['effects']
        for change in ({'effects': [effect | {'surprise': 1}]}, {'surprise': 1},
                       {'ladder': [document['ladder'][0] | {'series': -1}]}):
            with self.subTest(change=list(change)):
                self.assertNotEqual(readers.experiment_schema_errors(document | change), '')
        del document['base']
        self.assertNotEqual(readers.experiment_schema_errors(document), '')

    def test_each_pair_is_run_side_by_side_and_in_turn(self):
        document = self.document('--backend', 'epoll', '-w', 'udp-64', '--only', 'gso,gro')
        for effect in document['effects']:
            having, lacking = ([run['sequence'] for run in document['series'][index]['runs']]
                               for index in (effect['with'], effect['without']))
            steps = [a - b for a, b in zip(having, lacking)]
            self.assertEqual([abs(step) for step in steps], [1, 1])
            self.assertEqual(sum(steps), 0, 'every other round is in reverse')

    def test_the_ladder_adds_one_feature_after_the_other(self):
        document = self.document('--backend', 'epoll', '-w', 'udp-64', '--only', 'gso,gro',
                                 '--ladder', 'on')
        rungs = document['ladder']
        self.assertEqual([rung['letters'] for rung in rungs], ['none', '+O', '+OG'])
        self.assertEqual([rung['feature'] for rung in rungs], [None, 'gso', 'gro'])
        series = [document['series'][rung['series']] for rung in rungs]
        self.assertEqual(len({one['group'] for one in series}), 1)
        for rung, one in zip(rungs, series):
            features = {name for name, state in one['features'].items() if state['effective']}
            self.assertEqual('gso' in features, 'O' in rung['letters'])
            self.assertEqual('gro' in features, 'G' in rung['letters'])
        first, last = ([run['figures']['requests_per_s'] for run in one['runs']]
                       for one in (series[0], series[-1]))
        self.assertAlmostEqual(
            math.log(rungs[-1]['over_none']['requests_per_s']['median']),
            statistics.median(math.log(a / b) for a, b in zip(last, first)), places=6)
        self.assertIsNone(rungs[0]['over_none'])

    def test_what_the_backend_lacks_is_listed_with_the_reason(self):
        document = self.document('--backend', 'epoll', '-w', 'udp-64', '--only', 'gso,direct')
        self.assertEqual(document['unavailable'],
                         [{'feature': 'direct',
                           'reason': 'the epoll backend does not have it'}])
        table = self.table('--backend', 'epoll', '-w', 'udp-64', '--only', 'gso,direct')
        self.assertRegex(table, r'Not here:\n  direct\n +the epoll backend does not have it')

    def test_a_feature_without_work_has_no_figure(self):
        """Streams that never fill a buffer move to no large one."""
        options = ('--backend', 'epoll', '-c', 1, '-p', 80, '-s', 64, '--only', 'large_buffers',
                   '-R', 100)
        effect, = self.document(*options)['effects']
        self.assertEqual((effect['uses'], effect['figures']), (0, {}))
        self.assertEqual(effect['reason'], 'had nothing to do')
        table = self.table(*options, '--rounds', 6)
        self.assertIn('large_buffers     had nothing to do', table)
        self.assertNotRegex(table, 'There are no intervals|intervals? of 95 %')

    def test_the_table_tells_the_plan_and_then_the_effects(self):
        table = self.table('--backend', 'epoll', '-w', 'udp-64,tcp-64k', '--only',
                           'gso,large_buffers', '--seed', 7, '--ladder', 'on')
        self.assertIn('order by seed 7\n', table)
        self.assertRegex(table, r'Base: epoll with .*gso')
        self.assertRegex(table, r'8 trials in each round, 16 in all: about \d+ s')
        self.assertRegex(table, r'(?m)^UDP 64 outstanding x 64 B \(udp-64\)$')
        self.assertRegex(table, r'(?m)^[ ~]-gso +[-+x]\d')
        self.assertRegex(table, r'(?m)^  no work here: large_buffers$')
        self.assertRegex(table, r'(?m)^  \+O +gso +\d')
        self.assertRegex(table, r'O gso')
        self.assertIn('There are no intervals', table)
        self.assertNotRegex(table, r'(?m) $')

    def test_intervals_come_with_six_rounds(self):
        table = self.table('--backend', 'epoll', '-w', 'udp-64', '--only', 'gso', '--rounds', 6)
        self.assertRegex(table, r'(?m)^[ ~]-gso +\S+ +\S+\.\.\S+ ')
        cells = re.findall(r'\S\.\.\S', table.partition('Server CPU time a request')[0])
        self.assertEqual(len(cells), 5)
        self.assertIn('Of 5 intervals of 95 %', table)

    def test_more_rounds_than_the_budget_has_are_not_run(self):
        document = self.document('--backend', 'epoll', '-w', 'udp-64', '--only', 'gso',
                                 '--rounds', 1000, '--time-budget', '1s')
        self.assertGreaterEqual(document['rounds'], 1)
        self.assertLess(document['rounds'], 1000)

    def test_what_was_run_until_an_interrupt_is_told(self):
        command = [ringside.BINARY, 'ablate', '--backend', 'epoll', '-w', 'udp-64', '--only',
                   'gso', '-d', '200ms', '--rounds', '1000']
        with subprocess.Popen(command, text=True, stdout=subprocess.PIPE) as process:
            head = ''
            while 'trials in each round' not in head:
                line = process.stdout.readline()
                self.assertNotEqual(line, '', head)
                head += line
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
        self.assertEqual(process.returncode, 128 + signal.SIGINT)
        self.assertRegex(rest, r'\d+ of 1000 rounds were run: it was interrupted')

    def test_json_and_table_come_together(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'ablate.json'
            table = self.table('--backend', 'epoll', '-w', 'udp-64', '--only', 'gso', '--json',
                               path)
            document = json.loads(path.read_text())
        self.assertIn('udp-64', table)
        self.assertEqual(document['options']['only'], ['gso'])


@unittest.skipUnless(has_uring(), 'no io_uring here')
class TestUring(Ablation):
    def test_what_needs_a_feature_is_left_out_with_it_and_told(self):
        options = ('-w', 'udp-64', '--only', 'buffer_ring')
        document = self.document(*options)
        effect, = document['effects']
        self.assertEqual(effect['kind'], 'leave-one-out')
        self.assertIn('multishot_receive', effect['came_with_it'])
        self.check_effective(document, effect)
        self.check_figures(document, effect)
        self.assertRegex(self.table(*options), r'buffer_ring comes with .*multishot_receive')

    def test_what_cannot_be_combined_with_a_feature_makes_way_and_is_told(self):
        if not probed()['features']['direct']['present']:
            self.skipTest('this kernel lacks direct')
        options = ('-w', 'tcp-1', '--only', 'direct')
        document = self.document(*options)
        effect, = document['effects']
        self.assertEqual((effect['kind'], effect['went_with_it']), ('add-one', ['plain_send']))
        self.check_effective(document, effect)
        self.assertIn('direct comes in place of plain_send', self.table(*options))

    def test_the_base_is_what_features_say(self):
        document = self.document('-w', 'udp-64', '--only', 'gso', '--features', '-gso,+poll_first')
        effect, = document['effects']
        self.assertEqual(effect['kind'], 'add-one')
        self.assertIn('poll_first', document['base']['effective'])
        base = document['series'][effect['without']]
        self.assertTrue(base['features']['poll_first']['effective'])
        self.check_effective(document, effect)


class TestRefusal(Ablation):
    @unittest.skipUnless(FORBID, 'not started by Meson')
    def test_without_io_uring_it_is_skipped_with_the_reason(self):
        result = ablate(*SHORT, wrap=[FORBID, 'io_uring_setup', 'EPERM'])
        self.assertEqual((result.returncode, result.stdout), (4, ''))
        self.assertRegex(result.stderr, r'^ringside ablate: skipped: io_uring .*EPERM.*\n$')

    @unittest.skipUnless(FORBID, 'not started by Meson')
    def test_without_io_uring_epoll_is_still_measured(self):
        table = self.table('--backend', 'epoll', '-w', 'udp-64', '--only', 'gso',
                           wrap=[FORBID, 'io_uring_setup', 'EPERM'])
        self.assertRegex(table, r'(?m)^[ ~]-gso +[-+x]\d')

    def test_what_cannot_be_is_refused_before_anything_is_measured(self):
        for options, says in ((('--only', 'gs'), "'gs'"),
                              (('--only', 'drect'), "'direct'"),
                              (('--features', 'nonsense'), 'nonsense'),
                              (('--ladder', 'maybe'), 'maybe'),
                              (('--backend', 'poll'), 'poll'),
                              (('-w', 'tcp-42'), 'tcp-42'),
                              (('--netns', '-w', 'unix-50', '--backend', 'epoll'), 'unix-50'),
                              (('--backend', 'epoll', '-w', 'tcp-1', '--only', 'gso'), 'no work')):
            with self.subTest(options=options):
                result = ablate(*options)
                if says == 'no work':
                    says = 'no feature that is to be tried has work'
                self.assertEqual((result.returncode, result.stdout), (2, ''))
                self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
                self.assertIn(says, result.stderr)

    def test_features_that_are_nowhere_here_are_a_skip(self):
        result = ablate('--backend', 'epoll', '--only', 'direct,napi')
        self.assertEqual((result.returncode, result.stdout), (4, ''))
        self.assertRegex(result.stderr, r'direct is not there: the epoll backend')

    def test_points_unless_given_are_told_by_help(self):
        shown = ringside.run('ablate', '--help').stdout
        self.assertRegex(re.sub(r'\s+', ' ', shown), r'Unless points are given: tcp-1,tcp-50')


if __name__ == '__main__':
    tap.main()
