"""ringside find: the highest rate that keeps objectives, found, refused or left open.

What a server can do is set by faults that it makes on purpose, or is told from the search's own
steps; how fast this machine is decides nothing.
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

# So short and coarse that a whole search takes seconds.
SHORT = ('-d', '100ms', '-O', '20ms', '--precision', '25%', '--confirm', '1')
LONG = 8 * ringside.DEADLINE_S
# 8 connections of which each waits 100 ms for an answer: less than 80 requests a second. So few
# that a rate counts as held also where the last request of the window is some 20 ms late.
SLOW = ('--inject', 'delay=100ms', '-c', '8', '-d', '1s', '-O', '100ms')
SLOW_PEAK = 80
# No answer comes within 1 ms, and by so much that no lateness of a busy machine's generator could
# be to blame: then find would say that it cannot tell.
DELAY = 'delay=200ms'
DELAYED = ('--slo', 'p(50)<1ms', *SHORT, '-d', '500ms')


def find(*options):
    return ringside.run('find', *options, timeout=LONG)


class TestFind(unittest.TestCase):
    def document(self, *options, code=0):
        result = find(*options, '--json', '-')
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        document = json.loads(result.stdout)
        self.assertEqual(document['command'], 'find')
        self.assertEqual(readers.experiment_schema_errors(document), '')
        return document

    def check_steps(self, document):
        """Every trial is told, and belongs to a series of its rate."""
        steps = document['search']['steps']
        self.assertEqual((steps[0]['phase'], steps[0]['rate_per_s'], steps[0]['kept']),
                         ('peak', None, None))
        for step in steps:
            series = document['series'][step['series']]
            self.assertEqual(series['point']['rate'], step['rate_per_s'] or 0)
            run = series['runs'][step['run']]
            self.assertEqual(run['figures']['requests_per_s'], step['achieved_per_s'])
            self.assertEqual(step['limit'] is None, step['kept'] is not False)
            if step['kept']:
                wanted = step['rate_per_s'] * run['duration_ns'] / 1e9
                self.assertGreaterEqual(run['sent'], min(0.99 * wanted, wanted - 2))
                self.assertTrue(all(rule['kept'] for rule in step['thresholds']))
        self.assertEqual(sum(len(series['runs']) for series in document['series']), len(steps))
        return steps

    def test_an_objective_that_never_holds(self):
        """Every answer is delayed by more than it allows."""
        document = self.document('--inject', DELAY, *DELAYED, code=1)
        search = document['search']
        self.assertEqual((search['end'], search['rate_per_s']), ('never', None))
        steps = self.check_steps(document)
        self.assertNotIn(True, [step['kept'] for step in steps])
        # The lowest one is tried again before anything is said.
        self.assertEqual(steps[-1]['phase'], 'doubt')
        lowest = min(step['rate_per_s'] for step in steps[1:])
        self.assertLessEqual(lowest, search['peak_per_s'] / 4)

    def test_the_reason_is_told(self):
        result = find('--inject', DELAY, *DELAYED)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertRegex(result.stderr, r'^ringside find: p\(50\)<1ms does not hold even at \S+/s, '
                                        r'the lowest rate tried: p\(50\)<1ms was \S+ ms$')
        self.assertRegex(result.stdout, r'(?m)^bracket +\S+ .* not kept: p\(50\)<1ms was')

    def test_an_objective_that_holds_up_to_the_peak(self):
        """What is found was kept when it was tried again, and lies below what a server can do that
        keeps each request so long."""
        document = self.document('--slo', 'p(50)<10s', '--precision', '20%', *SLOW)
        search, steps = document['search'], self.check_steps(document)
        self.assertEqual(search['end'], 'found')
        self.assertLess(search['rate_per_s'], 1.2 * SLOW_PEAK)
        again = [step['kept'] for step in steps
                 if step['rate_per_s'] == search['rate_per_s'] and step['phase'] in
                 ('confirm', 'doubt')]
        self.assertEqual(len(again), 3)
        self.assertEqual(sum(again), search['confirmed_kept'])
        self.assertGreaterEqual(sum(again), 2)
        self.assertGreater(search['not_kept_per_s'], search['rate_per_s'])

    def test_people_get_a_table_and_a_sentence(self):
        result = find('--slo', 'p(50)<10s', '--precision', '50%', *SLOW)
        self.assertEqual((result.returncode, result.stderr), (0, ''), result.stdout)
        self.assertRegex(result.stdout,
                         r'(?m)^\w+, TCP 8 x 64 B: the highest rate with p\(50\)<10s$')
        self.assertRegex(result.stdout, r'(?m)^peak +closed +\d')
        self.assertRegex(result.stdout, r'(?m)^confirm +[\d.]+k? +[\d.]+k? +\S+ ms +\S+ ms  kept$')
        self.assertRegex(result.stdout,
                         r'\n[\d.]+k?/s keep p\(50\)<10s \([23] of 3 runs\)[^\n]*\.\n$')

    def test_other_gaps_in_each_trial(self):
        document = self.document('--inject', DELAY, '--arrival', 'poisson', '--seed', '7',
                                 *DELAYED, code=1)
        self.check_steps(document)
        self.assertEqual((document['seed'], document['options']['arrival']), (7, 'poisson'))

    def test_plain_is_one_number(self):
        result = find('--plain', '--slo', 'p(50)<10s', '--precision', '50%', *SLOW)
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        self.assertRegex(result.stdout, r'^\d+\n$')

    def test_a_server_that_runs_already(self):
        """It is the same one from the first trial to the last, and still there afterwards."""
        with ringside.Server('--inject', DELAY, 'echo+tcp://127.0.0.1:0') as server:
            document = self.document(server.url, '-c', '4', *DELAYED, code=1)
            self.assertEqual(ringside.run('talk', server.url.target, input='still there\n').stdout,
                             'still there\n')
        self.check_steps(document)
        self.assertEqual(document['search']['target'], server.url.text)
        self.assertIsNone(document['disturbance'], 'the server is one of the others')
        self.assertIsNone(document['series'][0]['server']['command'])
        self.assertEqual(document['series'][0]['server']['name'], server.url.text)

    def test_another_program(self):
        command = f'it={ringside.BINARY} serve --inject {DELAY} echo+tcp://{{host}}:{{port}}'
        document = self.document('--server-cmd', command, *DELAYED, code=1)
        self.assertEqual({series['server']['name'] for series in document['series']}, {'it'})

    def test_lost_answers_are_not_kept_though_no_objective_says_so(self):
        document = self.document('--inject', 'drop=30%', '--transport', 'udp', '--slo',
                                 'p(50)<10s', *SHORT, '-O', '0', code=1)
        for step in document['search']['steps'][1:]:
            kept = {rule['expression']: rule['kept'] for rule in step['thresholds']}
            self.assertEqual(set(kept), {'p(50)<10s', 'errors==0', 'loss<=1%'})
            self.assertFalse(kept['loss<=1%'])
            self.assertFalse(step['kept'])

    def test_a_server_that_hangs_up(self):
        result = find('--inject', 'close', '--slo', 'p(50)<10s', *SHORT)
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertRegex(result.stderr, r'not even one answer a second: \d+ errors')

    def test_the_time_budget_ends_it_without_an_answer(self):
        result = find('--slo', 'p(50)<10s', '--time-budget', '1s', '-d', '500ms', '-O', '0')
        self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
        self.assertIn('the time budget was used up before a rate was confirmed', result.stderr)

    def test_a_signal_ends_it_and_the_document_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'find.json'
            with subprocess.Popen([ringside.BINARY, 'find', '--slo', 'p(50)<10s', '-d', '1s',
                                   '--json', path], text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE) as process:
                for line in process.stdout:
                    if line.startswith('peak'):
                        break
                process.send_signal(signal.SIGINT)
                process.stdout.read()
                self.assertEqual(process.wait(LONG), 128 + signal.SIGINT)
            document = json.loads(path.read_text())
        self.assertTrue(document['interrupted'])
        self.assertEqual(document['search']['end'], 'interrupted')

    def test_a_server_that_does_not_start(self):
        started = time.monotonic()
        result = find('--slo', 'p(99)<1ms', '--server-cmd', 'false', '--json', '-')
        self.assertEqual(result.returncode, 2)
        document = json.loads(result.stdout)
        self.assertEqual((document['search']['end'], document['search']['steps']), ('failed', []))
        self.assertIn('did not start', document['series'][0]['error'])
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn('did not start', result.stderr)
        self.assertLess(time.monotonic() - started, ringside.DEADLINE_S)

    def test_nobody_listens(self):
        result = find('--slo', 'p(99)<1ms', 'tcp://127.0.0.1:1')
        self.assertEqual(result.returncode, 2)
        self.assertIn('refused', result.stderr)

    def test_what_cannot_be_is_refused_before_anything_is_measured(self):
        objective = ('--slo', 'p(99)<1ms')
        for options, says in (((), '--slo'),
                              (('--slo', 'p(99)<1'), "'1' is not a duration"),
                              (('--slo', 'rate>1k'), 'what is searched for'),
                              ((*objective, 'nonsense'), 'nonsense'),
                              ((*objective, '--precision', '2'), '2'),
                              ((*objective, '--precision', '0%'), '0%'),
                              ((*objective, '--features', 'nonsense'), 'nonsense'),
                              ((*objective, '--plain', '--json', '-'), 'standard output'),
                              ((*objective, '--inject', 'spin=1us', 'tcp://127.0.0.1:1'),
                               '--inject'),
                              ((*objective, '--server-cmd', 'true', '--threads', '2'),
                               '--server-cmd'),
                              ((*objective, '--netns', '--transport', 'unix'), '--netns'),
                              ((*objective, '--server-cmd', 'true', '--transport', 'unix'),
                               'tcp and udp'),
                              ((*objective, '--json', '/no/such/folder/x'), '/no/such/folder')):
            with self.subTest(options=options):
                result = find(*options)
                self.assertEqual((result.returncode, result.stdout), (2, ''), result.stderr)
                self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
                self.assertIn(says, result.stderr)


if __name__ == '__main__':
    tap.main()
