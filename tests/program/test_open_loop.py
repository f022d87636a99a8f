"""ringside load --rate: what is due is sent, and its latency counts from when it was due."""
import json
import pathlib
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import document  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TCP = 'echo+tcp://127.0.0.1:0'
UDP = 'echo+udp://127.0.0.1:0'
NS = 1_000_000_000


class Paused(threading.Thread):
    """Lets a server stand still for a while, some time after it has had its first message; the
    pause takes .shortest_s or more."""

    def __init__(self, server, stats, seconds, after=0.2):
        super().__init__(daemon=True)
        self.server, self.stats, self.seconds, self.after = server, stats, seconds, after

    def run(self):
        self.await_message()
        time.sleep(self.after)
        self.server.stop()
        begun = time.monotonic()
        time.sleep(self.seconds)
        self.shortest_s = time.monotonic() - begun
        self.server.signal(signal.SIGCONT)

    def await_message(self):
        deadline = time.monotonic() + ringside.DEADLINE_S
        while not self.has_message() and time.monotonic() < deadline:
            time.sleep(0.01)

    def has_message(self):
        return self.stats.exists() and \
            json.loads(self.stats.read_text())['counters']['messages_in'] > 0


class OpenLoopTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / 'result.json'
        self.stats = pathlib.Path(folder.name) / 'stats.json'

    def server(self, url):
        """One that tells Paused whether somebody asks."""
        self.stats.unlink(missing_ok=True)
        return ringside.Server('--json-stats', self.stats, '--stats-interval', '20ms', url)

    def load(self, url, *options, code=0):
        """Its result document; .said has what it printed and .complaint what it complained."""
        result = ringside.run('load', *ringside.engine_options(), '--json', self.path, *options,
                              url)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.said, self.complaint = result.stdout, result.stderr
        return json.loads(self.path.read_text())

    def assert_as_due(self, result, rate):
        """Fixed arrivals: one every 1/rate seconds from the begin to the end of the window."""
        due = -(-result['duration_ns'] * rate // NS)
        self.assertEqual(result['sent'] + result['skipped'], due)


class TestSchedule(OpenLoopTest):
    def test_what_is_due_is_sent(self):
        with ringside.Server(TCP) as server:
            for pace in ('spin', 'timer'):
                with self.subTest(pace=pace):
                    result = self.load(server.url, '-R', 2000, '-d', '500ms', '--pace', pace)
                    self.assert_as_due(result, 2000)
                    self.assertEqual(result['skipped'], 0)
                    self.assertEqual(result['requests'] + result['answered_after'], result['sent'])
                    self.assertEqual(result['pace']['how'], pace)

    def test_the_histograms_hold_every_request(self):
        with ringside.Server(TCP) as server:
            result = self.load(server.url, '-R', 2000, '-d', '300ms', '-O', '100ms')
        sent = result['sent']
        self.assertEqual(sum(document.decode(result['latency_ns']['histogram']).values()), sent)
        self.assertEqual(sum(document.decode(result['slip_ns']['histogram']).values()), sent)
        self.assertEqual(sum(document.decode(result['timer_error_ns']['histogram']).values()), sent)

    def test_an_exact_number_over_threads_and_sizes(self):
        with ringside.Server('-t', 2, TCP) as server:
            for shape in ('-t 1 -p 4', '-t 2 -c 3', '-t 3 -c 7 -s 1-3000 --arrival poisson',
                          '-O 50ms -s exp:500 --arrival uniform', '--cooldown 50ms -t 2 -c 5',
                          '-c 4 --reconnect-every 3 --close reset'):
                with self.subTest(shape=shape):
                    result = self.load(server.url, '-R', 10000, '-n', 1001, *shape.split())
                    self.assertEqual(result['sent'], 1001)
                    self.assertEqual(result['requests'] + result['answered_after'], 1001)

    def test_what_the_warm_up_has_left_over_is_not_of_the_number(self):
        """The server stands still when the window begins."""
        with self.server(TCP) as server:
            paused = Paused(server, self.stats, 0.4)
            paused.start()
            result = self.load(server.url, '-R', 2000, '-O', '400ms', '-n', 1000, '-c', 5)
            paused.join()
        self.assertEqual(result['sent'], 1000)
        self.assertEqual(result['requests'] + result['answered_after'], 1000)

    def test_random_arrivals_have_the_rate_on_average(self):
        """5000 gaps: their mean is within 1/sqrt(5000) = 1.4 % in two runs of three; five times
        that never fails with these seeds. The times are those of the schedule, not of the wall."""
        with ringside.Server(UDP) as server:
            for arrival in ('poisson', 'uniform'):
                with self.subTest(arrival=arrival):
                    result = self.load(server.url, '-R', 5000, '-d', '1s', '-c', 20,
                                       '--arrival', arrival)
                    expected = 5000 * result['duration_ns'] / NS
                    self.assertAlmostEqual(result['sent'] / expected, 1, delta=0.07)
                    # Whether the rate was held is judged by those that were due, not by the mean.
                    due = result['sent'] + result['skipped']
                    wanted = result['verdict']['evidence']['rate_wanted_per_s']
                    self.assertAlmostEqual(wanted * result['duration_ns'] / NS / due, 1, places=6)

    def test_shares_add_up(self):
        with ringside.Server(TCP) as server:
            parts = [self.load(server.url, '-R', 3000, '-n', 1000, '--share', f'{i}/3', '-c', 4)
                     for i in (1, 2, 3)]
        self.assertEqual([part['sent'] for part in parts], [334, 333, 333])
        for part in parts:
            self.assertEqual(part['verdict']['evidence']['rate_wanted_per_s'], 1000)

    def test_a_large_request_for_which_memory_is_lacking_goes_out_whole(self):
        """80 MiB are more than the memory for output."""
        with ringside.Server('discard+tcp://127.0.0.1:0') as server:
            result = self.load(server.url, '-R', 4, '-n', 2, '-c', 1, '-s', '80Mi')
        self.assertEqual(result['sent'], 2)
        self.assertEqual(result['bytes_sent'], 160 << 20)

    def test_large_requests_come_back_whole(self):
        with ringside.Server(TCP) as server:
            result = self.load(server.url, '-R', 4, '-n', 2, '-c', 1, '-s', '70Mi')
        self.assertEqual((result['requests'], result['errors']['total']), (2, 0))


class TestStart(OpenLoopTest):
    def test_it_begins_at_its_moment(self):
        with ringside.Server(TCP) as server:
            start = time.time() + 2
            result = self.load(server.url, '-R', 1000, '-d', '100ms', '--start-at', f'{start:.6f}')
        # The clock of the world may be adjusted meanwhile, but not by much.
        self.assertGreaterEqual(result['started_unix_ns'] / NS, start - 0.01)

    def test_a_moment_that_is_past_is_refused(self):
        result = ringside.run('load', '--start-at', f'{time.time() - 5:.3f}', 'tcp://127.0.0.1:7')
        self.assertEqual(result.returncode, 2)
        self.assertIn('--start-at was 5', result.stderr)


class TestPause(OpenLoopTest):
    """A server that stands still for 300 ms of two seconds, at 5000 requests a second: what was due
    meanwhile is 15 % of all, and is late by 0 to 300 ms, evenly."""
    RATE = 5000
    PAUSE_S = 0.3

    def run_paused(self, url_kind, *options):
        with self.server(url_kind) as server:
            paused = Paused(server, self.stats, self.PAUSE_S, after=0.5)
            paused.start()
            result = self.load(server.url, '-d', '2s', *options)
            paused.join()
        return result, paused

    def late(self, result, limit_s):
        """So many requests had a latency above the limit."""
        buckets = document.decode(result['latency_ns']['histogram'])
        return sum(count for low, count in buckets.items() if low > limit_s * NS)

    def test_it_is_suffered_by_all_that_was_due(self):
        for url in (TCP, UDP):
            with self.subTest(url=url):
                result, paused = self.run_paused(url, '-R', self.RATE, '-c', 50)
                self.assert_as_due(result, self.RATE)
                self.assertEqual(result['errors']['total'] + result['lost'], 0)
                for limit_s in (0.001, 0.05, 0.15):
                    # At least what arithmetic says: a slow machine only adds to it.
                    expected = (paused.shortest_s - limit_s) * self.RATE
                    self.assertGreaterEqual(self.late(result, limit_s), 0.98 * expected - 2)
                self.assertGreaterEqual(result['latency_ns']['max'],
                                        0.99 * paused.shortest_s * NS)
                # 15 % of all waited, so 1 % waited for more than 14/15 of the pause.
                waited = paused.shortest_s * self.RATE
                least_s = paused.shortest_s * (1 - 0.01 * result['sent'] / waited)
                self.assertGreaterEqual(result['latency_ns']['p99'], 0.95 * least_s * NS)
                # It is not the generator's fault, and the slip tells apart whose it is.
                self.assertGreaterEqual(result['slip_ns']['max'], 0.9 * paused.shortest_s * NS)

    def test_a_closed_loop_shows_hardly_any_of_it(self):
        """Where an open loop shows that 15 % of all were late."""
        result, _ = self.run_paused(TCP, '-c', 50)
        self.assertGreaterEqual(self.late(result, 0.15), 1)
        self.assertLess(self.late(result, 0.15), 0.05 * result['requests'])

    def test_skipped_ones_are_counted(self):
        result, paused = self.run_paused(TCP, '-R', self.RATE, '-c', 50, '--slip', 'skip',
                                         '--slip-limit', '20ms')
        self.assert_as_due(result, self.RATE)
        least = (paused.shortest_s - 0.02) * self.RATE - 50
        self.assertGreaterEqual(result['skipped'], 0.98 * least)
        self.assertFalse(result['verdict']['rate_held'])
        self.assertRegex(self.said, r'\A\W*THE RATE WAS NOT HELD')

    def test_abort_ends_it_while_the_server_stands_still(self):
        with self.server(TCP) as server:
            paused = Paused(server, self.stats, 1.5)
            paused.start()
            result = self.load(server.url, '-d', '60s', '-R', 1000, '-c', 5, '--slip', 'abort',
                               '--slip-limit', '300ms', code=1)
            paused.join()
        self.assertLess(result['duration_ns'], 30 * NS)
        self.assertIn('the rate was not held', self.complaint)


class TestAbort(OpenLoopTest):
    def test_on_a_rate_that_cannot_be_held(self):
        with ringside.Server(TCP) as server:
            result = self.load(server.url, '-R', '50M', '-d', '200ms', '-c', 1, '--slip', 'skip',
                               '--slip-limit', '1ms', '--abort-on', 'slip', '--timeout', '1s',
                               code=1)
        self.assertFalse(result['verdict']['rate_held'])
        self.assertIn('the rate was not held', self.complaint)
        self.assertRegex(self.said, r'\A\W*THE RATE WAS NOT HELD')

    def test_without_it_the_rate_is_only_told(self):
        with ringside.Server(TCP) as server:
            result = self.load(server.url, '-R', '10M', '-d', '100ms', '-c', 1,
                               '--timeout', '1s')
        self.assertFalse(result['verdict']['rate_held'])
        self.assertNotEqual(result['verdict']['bottleneck'], 'neither')
        self.assertRegex(self.said, r'\A\W*THE RATE WAS NOT HELD')

    def test_on_loss(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(('127.0.0.1', 0))
            url = f'udp://127.0.0.1:{silent.getsockname()[1]}'
            result = self.load(url, '-R', 100, '-d', '1h', '--abort-on', 'loss', '-c', 4,
                               '--timeout', '100ms', code=1)
        self.assertGreaterEqual(result['lost'], 1)
        self.assertIn('never answered', self.complaint)

    def test_on_an_error(self):
        with socket.create_server(('127.0.0.1', 0)) as listener:
            def close_the_first():
                first, _ = listener.accept()
                first.recv(1000)
                first.close()
            closer = threading.Thread(target=close_the_first, daemon=True)
            closer.start()
            url = f'tcp://127.0.0.1:{listener.getsockname()[1]}'
            result = self.load(url, '-R', 100, '-d', '1h', '--abort-on', 'error', '-c', 2,
                               '--timeout', '2s', code=1)
            closer.join()
        self.assertGreaterEqual(result['errors']['total'], 1)


class TestEnds(OpenLoopTest):
    """What was due and could not be sent is counted, whatever the end was."""

    def test_a_server_that_never_answers(self):
        with socket.create_server(('127.0.0.1', 0)) as silent:
            url = f'tcp://127.0.0.1:{silent.getsockname()[1]}'
            result = self.load(url, '-R', 1000, '-d', '1h', '-c', 3, '--timeout', '200ms', code=1)
        self.assertEqual(result['requests'], 0)
        self.assertEqual((result['sent'], result['lost']), (3, 3))
        self.assert_as_due(result, 1000)

    def test_silent_datagrams(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(('127.0.0.1', 0))
            url = f'udp://127.0.0.1:{silent.getsockname()[1]}'
            result = self.load(url, '-R', 1000, '-d', '1h', '-c', 3, '--timeout', '50ms', code=1)
        self.assertEqual(result['requests'], 0)
        self.assertEqual(result['lost'], result['sent'])
        self.assert_as_due(result, 1000)

    def test_it_waits_asleep_for_the_last_answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(('127.0.0.1', 0))
            url = f'udp://127.0.0.1:{silent.getsockname()[1]}'
            found = self.load(url, '-c', '2', '-n', '1', '-R', '1k', '--pace', 'timer',
                              '--spin', '0', '--timeout', '500ms', code=1)
        self.assertEqual(found['lost'], 1)
        self.assertLess(found['system_calls'], 1000)

    def test_all_connections_broken(self):
        with socket.create_server(('127.0.0.1', 0)) as listener:
            def break_all():
                for _ in range(3):
                    connected, _ = listener.accept()
                    connected.recv(10)
                    peers.reset(connected)
            breaker = threading.Thread(target=break_all, daemon=True)
            breaker.start()
            url = f'tcp://127.0.0.1:{listener.getsockname()[1]}'
            result = self.load(url, '-R', 1000, '-d', '1h', '-c', 3, code=1)
            breaker.join()
        self.assertEqual(result['errors']['total'], 3)
        self.assert_as_due(result, 1000)


if __name__ == '__main__':
    tap.main()
