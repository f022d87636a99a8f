"""What a load does with its options: pauses, connections, sizes, phases, runs, thresholds; and that
its figures add up."""
import json
import os
import pathlib
import shutil
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import document  # noqa: E402
import namespace  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TCP = 'echo+tcp://127.0.0.1:0'
NS = 1_000_000_000
COUNTS = ('sent', 'requests', 'bytes', 'lost', 'connects')


class ShapeTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = pathlib.Path(folder.name) / 'result.json'

    def load(self, url, *options, code=0, wrap=()):
        result = ringside.run('load', *ringside.engine_options(), '--json', self.path, *options,
                              url, wrap=wrap)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.said, self.complaint = result.stdout, result.stderr
        return json.loads(self.path.read_text())


class TestPauses(ShapeTest):
    def test_a_connection_makes_no_more_requests_than_pauses_allow(self):
        for shape in ('-c 4 --think 10ms', '-c 4 --think 10ms:spin', '-c 2 -p 2 --think 10ms',
                      '-c 4 --think 10ms --reconnect-every 2 --close reset',
                      '-c 4 --think 10ms --mode connect --close reset'):
            with self.subTest(shape=shape), ringside.Server(TCP) as server:
                result = self.load(server.url, '-d', '400ms', *shape.split())
                most = 4 * (1 + result['duration_ns'] / 10_000_000)
                self.assertGreater(result['requests'], 0)
                self.assertLessEqual(result['requests'], most)


class TestConnections(ShapeTest):
    def test_they_are_made_at_their_rate(self):
        with ringside.Server(TCP) as server:
            result = self.load(server.url, '-c', 10, '--connect-rate', 200, '--mode', 'connect',
                               '--close', 'reset', '-d', '500ms')
        # The ten of the beginning were made before the window, at the same rate.
        most = 10 + 200 * (result['duration_ns'] / NS + 0.03)
        self.assertGreater(result['connects'], 10)
        self.assertLessEqual(result['connects'], most)

    def test_mode_connect_makes_one_for_each_request(self):
        with ringside.Server(TCP) as server:
            for shape in ('-n 300 -c 5', '-n 301 -c 7 -t 3', '-n 200 -c 100', '-n 3 -c 2 -t 2'):
                with self.subTest(shape=shape):
                    result = self.load(server.url, '--mode', 'connect', '--close', 'reset',
                                       *shape.split())
                    self.assertEqual(result['connects'], result['requests'])
                    buckets = document.decode(result['connect_ns']['histogram'])
                    self.assertEqual(sum(buckets.values()), result['connects'])
                    self.assertEqual(result['errors']['total'], 0)

    def test_connections_end_after_so_many(self):
        with ringside.Server(TCP) as server:
            result = self.load(server.url, '-n', 1000, '-c', 5, '--reconnect-every', 10,
                               '--close', 'reset')
        self.assertEqual(result['requests'], 1000)
        self.assertGreaterEqual(result['connects'], 100)
        self.assertLessEqual(result['connects'], 105)


class TestAmounts(ShapeTest):
    def test_an_exact_number(self):
        for shape in ('-n 1001 -t 3 -c 7', '-n 1001 -t 2 -c 5 -p 7 -s 1-5000',
                      '-n 2 -t 3 -c 3', '-n 1001 --cooldown 50ms'):
            with self.subTest(shape=shape), ringside.Server(TCP) as server:
                result = self.load(server.url, *shape.split())
                self.assertEqual(result['sent'], result['options']['requests'])
                self.assertEqual(result['requests'], result['options']['requests'])
                self.assertEqual(result['bytes_sent'], result['bytes'])

    def test_an_exact_number_of_what_comes_unasked(self):
        with ringside.Server('chargen+tcp://127.0.0.1:0') as server:
            result = self.load(server.url, '-n', 1000, '-s', '100', '-c', 2)
        self.assertEqual(result['requests'], 1000)

    def test_nothing_is_timed_where_nothing_is_answered(self):
        with ringside.Server('discard+tcp://127.0.0.1:0') as server:
            result = self.load(server.url, '-n', 5000, '-c', 2)
        self.assertEqual(result['requests'], 5000)
        self.assertIsNone(result['latency_ns']['p50'])
        for interval in result['runs'][0]['intervals']:
            self.assertIsNone(interval['latency_ns']['p50'])


class TestPhases(ShapeTest):
    def test_intervals_add_up_to_the_run_and_runs_to_the_total(self):
        for shape in ('-d 300ms -i 50ms -t 1', '-d 300ms -i 50ms -t 3 -c 6 -x 3',
                      '-d 300ms -i 50ms -t 2 -R 4k -x 2', '-d 200ms -O 100ms --cooldown 100ms'):
            with self.subTest(shape=shape), ringside.Server(TCP) as server:
                result = self.load(server.url, *shape.split())
                runs = result['runs']
                self.assertEqual(len(runs), result['options']['runs'])
                for name in COUNTS:
                    self.assertEqual(sum(run[name] for run in runs), result[name], name)
                for run in runs:
                    self.check_intervals(run)
                self.assertEqual(sum(run['duration_ns'] for run in runs), result['duration_ns'])
                for before, after in zip(runs, runs[1:]):
                    self.assertGreater(after['started_ns'], before['ended_ns'])
                buckets = document.decode(result['latency_ns']['histogram'])
                self.assertEqual(sum(buckets.values()),
                                 result['requests'] + result['answered_after'])

    def check_intervals(self, run):
        for name in COUNTS:
            total = sum(interval[name] for interval in run['intervals'])
            self.assertEqual(total, run[name], name)
        self.assertEqual(run['intervals'][0]['start_ns'], 0)
        end = max(i['start_ns'] + i['duration_ns'] for i in run['intervals'])
        self.assertEqual(end, run['duration_ns'])

    def test_warm_up_and_cooling_down_are_not_measured(self):
        with ringside.Server(TCP) as server:
            result = self.load(server.url, '-d', '100ms', '-O', '1s', '--cooldown', '1s', '-c', 2)
        self.assertLess(result['duration_ns'], NS)
        self.assertGreaterEqual(result['duration_ns'], 0.1 * NS)

    def test_a_rate_that_settles_ends_the_run(self):
        with ringside.Server(TCP) as server:
            before = time.monotonic()
            result = self.load(server.url, '-R', 1000, '-d', '30s', '--steady', 'slope:50%/500ms',
                               '--cooldown', '400ms')
            took = time.monotonic() - before
        self.assertGreaterEqual(took, result['duration_ns'] / NS + 0.4)
        steady = result['runs'][0]['steady']
        self.assertTrue(steady['reached'])
        self.assertLess(result['duration_ns'], 30 * NS)
        self.assertGreaterEqual(steady['after_ns'], 0.4 * NS)

    def test_a_rate_that_never_settles_is_told(self):
        """It takes two windows to see that the rate has settled: here is but one."""
        with ringside.Server(TCP) as server:
            result = self.load(server.url, '-c', 1, '-d', '500ms', '--steady',
                               'slope:0.0001%/500ms')
        self.assertFalse(result['runs'][0]['steady']['reached'])


class TestThresholds(ShapeTest):
    def test_kept_and_broken(self):
        with ringside.Server(TCP) as server:
            kept = self.load(server.url, '-n', 100, '--threshold', 'p(99)<1m', '--threshold',
                             'errors<1', '--threshold', 'rate>1')
            broken = self.load(server.url, '-n', 100, '--threshold', 'p(99)<1ns', '--threshold',
                               'loss<1%', code=1)
        self.assertEqual([t['kept'] for t in kept['thresholds']], [True] * 3)
        self.assertEqual([t['kept'] for t in broken['thresholds']], [False, True])
        self.assertIn('a threshold was broken', self.complaint)
        self.assertIn('BROKEN', self.said)

    def test_unknown(self):
        for rule in ('p(101)<1ms', 'speed>1', 'p(99)', 'p(99)<fast'):
            with self.subTest(rule=rule):
                result = ringside.run('load', '--threshold', rule, 'tcp://127.0.0.1:7')
                self.assertEqual(result.returncode, 2)
                self.assertIn('--threshold', result.stderr)
                self.assertIn(rule, result.stderr)


class TestMemory(ShapeTest):
    CONNECTIONS = 2000

    @unittest.skipIf('SANITIZE' in os.environ or 'ASAN_OPTIONS' in os.environ, 'a sanitizer')
    def test_a_connection_takes_less_than_64_kib(self):
        """The peak of what is resident, and that includes all of the program."""
        ringside.raise_descriptor_limit(2 * self.CONNECTIONS)
        with ringside.Server('-c', self.CONNECTIONS + 100, TCP) as server:
            peak = self.peak(server.url, self.CONNECTIONS)
        self.assertLess(peak / self.CONNECTIONS, 64)

    def peak(self, url, connections):
        """In KiB."""
        code = ('import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, '
                'stdout=subprocess.DEVNULL); '
                'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
        result = ringside.run('load', *ringside.engine_options(), '-c', connections, '-n',
                              connections, url, wrap=[sys.executable, '-c', code])
        self.assertEqual(result.returncode, 0, result.stderr)
        return int(result.stdout)


class TestLoss(ShapeTest):
    """Datagrams that a packet filter drops are those that load has lost. What the filter counts as
    a packet may be several of them (the feature gso), so its bytes tell: 28 of headers each."""
    HEADERS, SIZE = 28, 64

    RULES = r'''
        add table inet loss
        add counter inet loss dropped
        add chain inet loss input { type filter hook input priority 0; }
        add rule inet loss input udp dport 7777 \
            numgen random mod 100 < 10 counter name dropped drop
    '''

    def test_loss_is_what_the_filter_dropped(self):
        if not shutil.which('nft'):
            self.skipTest('there is no nft')
        with namespace.Namespace() as space:
            rules = space.run('nft', '-f', '-', input=self.RULES)
            if rules.returncode != 0:
                self.skipTest(f'no packet filter in a namespace: {rules.stderr.strip()}')
            with ringside.Server('echo+udp://127.0.0.1:7777', wrap=space.wrap()) as server:
                for shape in ('-n 3000 -c 20 -p 4 --timeout 300ms',
                              '-n 3000 -c 20 -p 4 --timeout 300ms -R 10k'):
                    with self.subTest(shape=shape):
                        before = self.dropped(space)
                        result = self.load(server.url, *shape.split(), code=1, wrap=space.wrap())
                        dropped = self.dropped(space) - before
                        self.assertGreater(dropped, 0)
                        self.assertEqual(result['sent'], 3000)
                        # Those that were too late on a busy machine are told apart.
                        lost = result['lost'] - result['late']
                        self.assertAlmostEqual(lost / 3000, dropped / 3000, delta=0.01)

    def dropped(self, space):
        listing = json.loads(space.run('nft', '-j', 'list', 'counters').stdout)
        counters = [item['counter'] for item in listing['nftables'] if 'counter' in item]
        return sum(counter['bytes'] - self.HEADERS * counter['packets']
                   for counter in counters) // self.SIZE


if __name__ == '__main__':
    tap.main()
