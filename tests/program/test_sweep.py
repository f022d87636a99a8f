"""ringside sweep: every server at every value of a parameter, or at every pair of values."""
import itertools
import json
import os
import pathlib
import re
import statistics
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

SHORT = ('--rounds', '1', '-d', '100ms', '-O', '20ms', '--backend', 'epoll')
LONG = 8 * ringside.DEADLINE_S


def sweep(*options, **keywords):
    return ringside.run_trials('sweep', *options, timeout=LONG, **keywords)


class TestSweep(unittest.TestCase):
    def table(self, *options):
        result = sweep(*options)
        self.assertEqual((result.returncode, result.stderr), (0, ''), result.stdout)
        return result.stdout

    def document(self, *options):
        document = json.loads(self.table(*options, '--json', '-'))
        self.assertEqual((document['schema'], document['command']),
                         ('ringside-experiment/1', 'sweep'))
        self.assertEqual(readers.experiment_schema_errors(document), '')
        return document

    def check_parameters(self, document, **parameters):
        self.assertEqual({row['name']: row['values'] for row in document['parameters']},
                         parameters)

    def test_one_parameter(self):
        document = self.document(*SHORT, '-c', '1,2..8', '--depth', '2', '--rounds', '2')
        self.check_parameters(document, connections=[1, 2, 4, 8])
        self.assertEqual([(series['point']['connections'], series['point']['depth'])
                          for series in document['series']], [(1, 2), (2, 2), (4, 2), (8, 2)])
        for series in document['series']:
            rates = [run['figures']['requests_per_s'] for run in series['runs']]
            self.assertEqual(len(rates), 2)
            self.assertGreater(min(rates), 0)
            self.assertAlmostEqual(series['median']['requests_per_s']['median'],
                                   statistics.median(rates))
            self.assertEqual({run['verdict']['rate_held'] for run in series['runs']}, {True})
        self.assertEqual(sorted(run['sequence'] for series in document['series']
                                for run in series['runs']), list(range(8)))

    def test_two_parameters(self):
        document = self.document(*SHORT, '-c', '1,3', '-s', '64,1k')
        self.check_parameters(document, connections=[1, 3], size=[64, 1000])
        self.assertEqual([(series['point']['connections'], series['point']['size'])
                          for series in document['series']],
                         list(itertools.product((1, 3), (64, 1000))))

    def test_threads_are_a_parameter_and_no_servers_of_their_own(self):
        table = self.table(*SHORT, '--threads', '1,2', '-c', '4', '--figure', 'rate')
        self.assertRegex(table, r'(?m)^requests a second by threads\n +epoll\n'
                                r' +1 +[\d.]+k?\S?\n +2 +[\d.]+k?\S?$')
        document = self.document(*SHORT, '--threads', '1,2', '-c', '4')
        self.assertEqual([series['server']['threads'] for series in document['series']], [1, 2])

    def test_threads_alone_are_swept_at_the_usual_point(self):
        document = self.document(*SHORT, '--threads', '1,2')
        self.assertEqual([(series['server']['threads'], series['point']['connections'])
                          for series in document['series']], [(1, 50), (2, 50)])
        for series in document['series']:
            self.assertGreater(series['runs'][0]['figures']['requests_per_s'], 0)
        self.assertEqual(len({series['name'] for series in document['series']}), 2)

    def test_threads_of_the_load_are_one_too(self):
        table = self.table(*SHORT, '--load-threads', '1,2', '-c', '4', '--figure', 'rate')
        self.assertRegex(table, r'(?m)^requests a second by load-threads\n +epoll\n'
                                r' +1 +[\d.]+k?\S?\n +2 +[\d.]+k?\S?$')

    def test_a_table_a_figure_and_a_column_a_server(self):
        command = f'it={ringside.BINARY} serve echo+tcp://{{host}}:{{port}}'
        table = self.table(*SHORT, '-c', '1,2', '--figure', 'p99,rate', '--server-cmd', command)
        titles = re.findall(r'(?m)^(\S.*) by connections$', table)
        self.assertEqual(titles, ['p99 latency', 'requests a second'])
        self.assertEqual(len(re.findall(r'(?m)^ +epoll +it$', table)), 2)
        rows = re.findall(r'(?m)^ +[12] +[\d.]+ [mun]s\S? +[\d.]+ [mun]s\S?$', table)
        self.assertEqual(len(rows), 2, table)

    def test_a_grid_of_two_parameters(self):
        table = self.table(*SHORT, '-c', '1,3', '-s', '64,1Ki', '--figure', 'rate')
        self.assertRegex(table, r'(?m)^requests a second, epoll by connections \(rows\) and size '
                                r'\(columns\)\n +64 +1Ki\n +1( +[\d.]+k?\S?){2}\n'
                                r' +3( +[\d.]+k?\S?){2}$')

    def test_intervals_from_six_rounds_on(self):
        few, many = (self.table('--backend', 'epoll', '-d', '100ms', '-O', '20ms', '-c', '1,2',
                                '--figure', 'rate', '--rounds', rounds) for rounds in ('5', '6'))
        self.assertNotIn(' to ', few.partition('by connections')[2].partition('\n\n')[0])
        self.assertEqual(len(re.findall(r'(?m)^ +[12] +\S+ \(\S+ to \S+\)$', many)), 2)

    def test_a_chart_in_the_characters_of_the_locale(self):
        for locale, block in (('C', '#'), ('C.UTF-8', '[█▏▎▍▌▋▊▉]')):
            with self.subTest(locale=locale):
                result = sweep(*SHORT, '-c', '1,2', env=os.environ | {'LC_ALL': locale})
                bars = re.findall(rf'(?m)^ +[12]  epoll +({block}+)$', result.stdout)
                self.assertEqual(len(bars), 2, result.stdout)
                self.assertEqual(max(map(len, bars)), 40)

    def test_a_rate_that_is_not_held_is_marked(self):
        """One connection of which each answer takes 20 ms: less than 50 a second."""
        table = self.table('--rounds', '1', '-d', '1s', '-O', '0', '--backend', 'epoll', '-c', '1',
                           '--inject', 'delay=20ms', '--rate', '500,5000', '--figure', 'rate')
        self.assertEqual(len(re.findall(r'(?m)^ +(?:500|5k) +[\d.]+!$', table)), 2, table)
        self.assertIn('! the rate that was asked for was not held', table)

    def test_where_it_saturates_is_told(self):
        """More requests at a time bring nothing where each burns CPU for 2 ms."""
        options = ('--rounds', '1', '-d', '200ms', '-O', '50ms', '--backend', 'epoll', '-c', '1',
                   '--inject', 'spin=2ms')
        document = self.document(*options, '--depth', '1..8')
        highest = max(series['median']['requests_per_s']['median']
                      for series in document['series'])
        for knee in document['knees']:
            self.assertEqual((knee['server'], knee['highest_per_s']), ('epoll', highest))
            self.assertIn(knee['value'], (1, 2, 4))
        self.assertRegex(self.table(*options, '--depth', '1,2'),
                         r'(?m)^epoll: (at depth 1 it has 95 % of its highest rate|'
                         r'the rate still rises)')

    def test_a_server_that_fails_is_told_and_costs_no_other(self):
        result = sweep(*SHORT, '-c', '1,2', '--figure', 'rate', '--server-cmd', 'it=false')
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertEqual(len(re.findall(r'(?m)^ +[12] +\d\S* +FAILED$', result.stdout)), 2)
        self.assertRegex(result.stdout, r'(?m)^TCP 1 x 64 B, it FAILED: .*did not start')

    def test_what_cannot_be_is_refused_before_anything_is_measured(self):
        for options, says in (((), 'nothing is swept'),
                              (('-c', '4'), 'nothing is swept'),
                              (('-c', '1,2', '-s', '1,2', '-p', '1,2'),
                               '--connections, --depth and --size'),
                              (('-c', '1,2', '--transport', 'tcp,udp'), '--transport'),
                              (('-c', '1,2', '--figure', 'nonsense'), 'rate, mean, p50'),
                              (('-c', '1,x'), "'x'"),
                              (('-c', '8..1'), '8..1'),
                              (('--threads', '1,2', '--server-cmd', 'true'), '--threads'),
                              (('-c', '1,2', '--transport', 'unix', '--netns'), '--netns'),
                              (('-c', '1,2', '--json', '/no/such/folder/x'), '/no/such/folder')):
            with self.subTest(options=options):
                result = sweep(*options)
                self.assertEqual((result.returncode, result.stdout), (2, ''), result.stderr)
                self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
                self.assertIn(says, result.stderr)


if __name__ == '__main__':
    tap.main()
