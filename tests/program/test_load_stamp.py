"""ringside load stamp+...: a Session-Sender's figures are those of the packets, and no more is
claimed of the clocks than they say of themselves."""
import json
import pathlib
import re
import socket
import struct
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import document  # noqa: E402
import hosts  # noqa: E402
import peers  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import stamp  # noqa: E402
import tap  # noqa: E402

UDP = 'stamp+udp://127.0.0.1:0'
COUNT = 300
DELAYS = ('round_trip_ns', 'send_delay_ns', 'receive_delay_ns', 'residence_ns')
VARIATIONS = ('round_trip_ipdv_ns', 'send_ipdv_ns', 'receive_ipdv_ns')


class StampLoadTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def load(self, url, *options, code=0, count=COUNT, **keywords):
        """Its result document; .said and .complaint are what it printed, .trips its lines."""
        path, trips = self.folder / 'result.json', self.folder / 'trips'
        result = ringside.run('load', *ringside.engine_options(), '-c', 2, '-n', count, '--json',
                              path, '--round-trips', trips, *options, url, **keywords)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.said, self.complaint = result.stdout, result.stderr
        self.trips = [json.loads(line) for line in trips.read_text().splitlines()]
        return json.loads(path.read_text())

    def assert_all_there(self, made):
        """Each request was answered and measured, and the lines are what the delays are of."""
        delays = made['delays']
        self.assertEqual((made['requests'], made['lost']), (COUNT, 0))
        self.assertEqual(made['errors']['total'], 0)
        self.assertEqual(delays['stamps_missing'], 0)
        self.assertEqual(len(self.trips), COUNT)
        self.assertEqual({(trip['client'], trip['sequence']) for trip in self.trips},
                         {(client, number) for client in range(2)
                          for number in range(sum(trip['client'] == client
                                                  for trip in self.trips))})
        for name in DELAYS:
            self.assertEqual(delays[name]['count'], COUNT)
        for name in VARIATIONS:
            self.assertEqual(delays[name]['count'], COUNT - 2, 'all but the first of both')
        for name, values in (
                ('residence_ns', [t['replied_ns'] - t['received_ns'] for t in self.trips]),
                ('send_delay_ns', [t['received_ns'] - t['sent_ns'] for t in self.trips]),
                ('receive_delay_ns', [t['returned_ns'] - t['replied_ns'] for t in self.trips])):
            self.assertEqual(delays[name]['min'], min(values), name)
            self.assertEqual(delays[name]['max'], max(values), name)
            self.assertGreaterEqual(min(values), -1, f'{name}: one clock serves both ends')


class TestTransports(StampLoadTest):
    def test_every_transport(self):
        for url in (UDP, 'stamp+udp://[::1]:0', 'stamp+tcp://127.0.0.1:0',
                    f'stamp+unix:{self.folder}/s', f'stamp+unixgram:{self.folder}/g',
                    f'stamp+unixpacket:{self.folder}/p'):
            for options in ((), ('-p', 8), ('-R', 20000, '-t', 2)):
                with self.subTest(url=url, options=options), ringside.Server(url) as server:
                    made = self.load(server.url, *options)
                    self.assert_all_there(made)
                    self.assertTrue(made['delays']['clocks']['same_host'])
                    self.assertTrue(made['delays']['one_way_valid'])
                    self.assert_kernel(server.url.transport, made)

    def assert_kernel(self, transport, made):
        """Whose times they are: the kernel's where it has any."""
        with_departures = transport in ('udp', 'tcp')
        for trip in self.trips:
            points = trip['points']
            self.assertEqual('client_kernel_receive' in points, transport != 'unix')
            self.assertEqual('client_kernel_send' in points, with_departures)
            self.assertEqual(trip['sent_ns'], points.get('client_kernel_send',
                                                         points['client_user_send']))
            self.assertEqual(trip['returned_ns'], points.get('client_kernel_receive',
                                                             points['client_user_receive']))
            self.assertEqual(trip['hop_limit'], 64 if transport == 'udp' else None)
            self.assertEqual(trip['peer_sequence'], trip['sequence'])

    def test_sizes_and_the_peers_wake_up(self):
        with ringside.Server(UDP) as server:
            for size, wakes in (('45', False), ('55', False), ('56', True), ('44-1400', None),
                                ('60k', True)):
                with self.subTest(size=size):
                    self.assert_all_there(self.load(server.url, '-s', size))
                    told = {'server_user_receive' in trip['points'] for trip in self.trips}
                    self.assertEqual(told, {True, False} if wakes is None else {wakes})

    def test_user_stamps(self):
        with ringside.Server(UDP) as server:
            self.assert_all_there(self.load(server.url, '--stamps', 'user'))
        for trip in self.trips:
            self.assertNotIn('client_kernel_send', trip['points'])
            self.assertNotIn('client_kernel_receive', trip['points'])

    def test_what_leaves_stands_before_what_arrives(self):
        """The kernel's times are between those of the program."""
        with ringside.Server(UDP) as server:
            self.load(server.url, '-p', 4)
        order = list(document.POINTS)
        for trip in self.trips:
            times = [trip['points'][point] for point in order if point in trip['points']]
            for before, after in zip(times, times[1:]):
                self.assertGreaterEqual(after, before - 1, trip)


class TestKeys(StampLoadTest):
    def key(self, text):
        path = self.folder / f'key-{text}'
        path.write_text(text)
        return path

    def test_the_right_key(self):
        key = self.key('a secret')
        with ringside.Server('--key-file', key, UDP) as server:
            for size in ('auto', '112', '130', '144', '200'):
                with self.subTest(size=size):
                    self.assert_all_there(self.load(server.url, '--key-file', key, '-s', size))
                    told = {'server_user_receive' in trip['points'] for trip in self.trips}
                    self.assertEqual(told, {size in ('144', '200')})

    def test_a_wrong_key_is_not_answered(self):
        with ringside.Server('--key-file', self.key('a secret'), UDP) as server:
            made = self.load(server.url, '--key-file', self.key('another'), '--timeout', '50ms',
                             code=1, count=4)
            self.assertEqual((made['requests'], made['lost']), (0, 4))
            made = self.load(server.url, '--timeout', '50ms', code=1, count=4)
            self.assertEqual((made['requests'], made['lost']), (0, 4))

    def test_answers_that_are_not_signed_are_wrong(self):
        """A reflector without a key gives the packet back as if it were a plain one."""
        with ringside.Server(UDP) as server:
            made = self.load(server.url, '--key-file', self.key('a secret'), '--timeout', '50ms',
                             code=1, count=4)
        self.assertEqual(made['requests'], 0)
        self.assertGreater(made['errors']['corrupt'], 0)
        self.assertIsNone(made['delays']['residence_ns'])


class TestWhereTimeAndPacketsGo(StampLoadTest):
    def test_a_delay_on_purpose_is_residence_and_nothing_else(self):
        with ringside.Server('--inject', 'delay=5ms', UDP) as server:
            made = self.load(server.url, count=40)
        delays = made['delays']
        self.assertGreaterEqual(delays['residence_ns']['min'], 5_000_000)
        # Whatever else happens, the round trip is without it: to the nanosecond, in every line.
        for trip in self.trips:
            whole = trip['returned_ns'] - trip['sent_ns']
            residence = trip['replied_ns'] - trip['received_ns']
            self.assertGreaterEqual(whole - residence, -1)
        self.assertLess(delays['round_trip_ns']['min'], 5_000_000)
        self.assertGreaterEqual(made['latency_ns']['min'], 5_000_000)

    def lose(self, *server_options):
        """A load of which the server loses answers, which it has given; none is lost before."""
        stats = self.folder / 'stats.json'
        with ringside.Server('--inject', 'drop=10%', '--json-stats', stats, *server_options,
                             UDP) as server:
            made = self.load(server.url, '-p', 16, code=1)
        self.assertGreater(made['lost'], 0)
        lost = [trip for trip in self.trips if trip['flags'] == ['lost']]
        self.assertEqual(len(lost), made['lost'])
        self.assertEqual({trip['received_ns'] for trip in lost}, {None})
        return made

    def test_a_stateful_reflector_tells_the_way(self):
        delays = (made := self.lose('--stamp-mode', 'stateful'))['delays']
        # Of what was lost after the last answer nobody knows.
        self.assertGreater(delays['lost_known'], 0)
        self.assertLessEqual(delays['lost_known'], made['lost'])
        self.assertEqual((delays['lost_up'], delays['lost_down']), (0, delays['lost_known']))
        self.assertRegex(self.said, r'lost +0 on the way there, \d+ on the way back')

    def test_a_stateless_one_does_not(self):
        made = self.lose()
        self.assertEqual(made['delays']['lost_known'], 0)
        self.assertIsNone(made['delays']['lost_up'])
        self.assertIsNone(made['delays']['lost_down'])
        self.assertRegex(self.said, r'on a way that is not\s+known: the reflector\s+is stateless')


    def test_what_a_broken_connection_loses_has_lines_as_well(self):
        with socket.create_server(('127.0.0.1', 0)) as listener:
            def answer_once():
                connection, _ = listener.accept()
                with connection:
                    asked = peers.receive(connection, 44)
                    connection.sendall(stamp.answer(asked, time.time_ns()))

            thread = threading.Thread(target=answer_once, daemon=True)
            thread.start()
            made = self.load(f'stamp+tcp://127.0.0.1:{listener.getsockname()[1]}', '-c', 1, '-p',
                             4, code=1, count=20)
            thread.join(ringside.DEADLINE_S)
        self.assertEqual(made['requests'], 1)
        self.assertEqual(made['lost'], made['sent'] - 1)
        self.assertEqual(sum(trip['flags'] == ['lost'] for trip in self.trips), made['lost'])


class Reflector(threading.Thread):
    """Answers on a socket with what it is told of its clock; .sessions has numbers by SSID."""

    def __init__(self, bound, error_estimate, ahead_ns=0):
        super().__init__(daemon=True)
        self.socket, self.error, self.ahead_ns = bound, error_estimate, ahead_ns
        self.sessions = {}

    def ntp(self):
        seconds, rest = divmod(time.time_ns() + self.ahead_ns, 10**9)
        return (seconds + 2_208_988_800) % 2**32 << 32 | (rest << 32) // 10**9

    def run(self):
        while True:
            packet, peer = self.socket.recvfrom(65536)
            if len(packet) < 44:
                return
            received = self.ntp()
            sequence, sent, error, ssid = struct.unpack('>IQHH', packet[:16])
            self.sessions.setdefault(ssid, []).append(sequence)
            self.socket.sendto(struct.pack('>IQHHQIQHHB3x', sequence, self.ntp(), self.error, ssid,
                                           received, sequence, sent, error, 0, 64), peer)


def reflect(test, error_estimate, ahead_ns=0):
    """Such a reflector, and its URL."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    test.addCleanup(bound.close)
    bound.bind(('127.0.0.1', 0))
    reflector = Reflector(bound, error_estimate, ahead_ns)
    reflector.start()
    port = bound.getsockname()[1]

    def end():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b'', ('127.0.0.1', port))
        reflector.join(ringside.DEADLINE_S)
    test.addCleanup(end)
    return reflector, f'stamp+udp://127.0.0.1:{port}'


class TestSessions(StampLoadTest):
    def test_numbers_begin_at_0_and_rise_by_1(self):
        reflector, url = reflect(self, 0x8001)
        self.load(url, count=50)
        sessions = {ssid: numbers for ssid, numbers in reflector.sessions.items()
                    if not ssid & 0x8000}
        self.assertEqual(len(sessions), 2)
        for numbers in sessions.values():
            self.assertEqual(numbers, list(range(len(numbers))))
        self.assertEqual(sum(map(len, sessions.values())), 50)

    def test_a_clock_is_as_good_as_it_says(self):
        for error, synchronised, error_ns in ((0x8001, True, 1), (0x0001, False, 1),
                                              (0x8000, False, None)):
            with self.subTest(error=error):
                _, url = reflect(self, error)
                made = self.load(url, count=20)
                clocks = made['delays']['clocks']
                self.assertEqual(clocks['peer_synchronised'], synchronised)
                self.assertEqual(clocks['peer_error_ns'], error_ns)
                self.assertEqual(readers.schema_errors(made), '')


class TestClocks(StampLoadTest):
    """With the reflector on another host, nobody knows that both read one clock."""

    def test_clocks_that_are_not_in_step_are_not_believed(self):
        with hosts.Hosts('client') as net:
            with ringside.Server(f'stamp+udp://{hosts.SERVER}:0', wrap=net.wrap()) as server:
                made = self.load(server.url, wrap=net.wrap('client'))
        delays = made['delays']
        self.assertFalse(delays['clocks']['same_host'])
        agree = delays['clocks']['synchronised'] and delays['clocks']['peer_synchronised']
        self.assertEqual(delays['one_way_valid'], agree)
        if agree:
            self.skipTest("this host's clock is synchronised")
        self.assertEqual(delays['send_delay_ns']['min'], 0)
        self.assertGreater(delays['send_delay_ns']['base'], 0)
        self.assertGreater(delays['round_trip_ns']['min'], 0)
        self.assertIn('from the smallest on', re.sub(r'\s+', ' ', self.said))


class TestDocument(StampLoadTest):
    def test_it_keeps_the_schema_and_has_all_parts_of_the_load(self):
        with ringside.Server(UDP) as server:
            made = self.load(server.url, '-x', 2, '-t', 2, '--percentiles', '99.5')
        self.assertEqual(readers.schema_errors(made), '')
        self.assertEqual(made['delays']['residence_ns']['count'], 2 * COUNT)
        self.assertEqual([run['delays']['residence_ns']['count'] for run in made['runs']],
                         [COUNT, COUNT])
        self.assertIn('p99.5', made['delays']['send_ipdv_ns'])
        self.assertEqual(made['options']['size'], 44)
        self.assertEqual([sum(trip['run'] == run for trip in self.trips) for run in (1, 2)],
                         [COUNT, COUNT])

    def test_other_targets_have_none(self):
        with ringside.Server('echo+udp://127.0.0.1:0') as server:
            result = ringside.run('load', *ringside.engine_options(), '-n', 10, '-c', 1, '--json',
                                  '-', server.url)
        made = json.loads(result.stdout)
        self.assertIsNone(made['delays'])
        self.assertEqual(readers.schema_errors(made), '')

    def test_the_table_has_the_columns_of_irtt(self):
        with ringside.Server(UDP) as server:
            self.load(server.url, '-R', 5000)
        self.assertRegex(self.said, r'(?m)^  delays +min +mean +median +max +stddev$')
        for title in ('round trip', 'send delay', 'receive delay', 'residence', 'round trip IPDV',
                      'send IPDV', 'receive IPDV', 'timer error'):
            self.assertRegex(self.said, rf'(?m)^  {title}( +-?[\d.]+ [nums]+){{5}}$')
        self.assertRegex(self.said, r'(?m)^  percentiles +p75 +p90 +p95 +p99 +p99.9 +p99.99$')
        self.assertEqual(len(re.findall(r'(?m)^  [a-zIPDV ]+?( +-?[\d.]+ [nums]+){6}$', self.said)),
                         len(DELAYS + VARIATIONS))
        self.assertLessEqual(max(map(len, self.said.splitlines())), 80)

    def test_formats_of_others_still_work(self):
        with ringside.Server(UDP) as server:
            for form in ('csv', 'openmetrics', 'gobench'):
                result = ringside.run('load', *ringside.engine_options(), '-n', 10, '-c', 1,
                                      '--output', f'{form}=-', server.url)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertTrue(result.stdout)

    def test_a_dry_run_tells_whose_times_they_would_be(self):
        result = ringside.run('load', *ringside.engine_options(), '--dry-run', '-c', 1,
                              'stamp+udp://127.0.0.1')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn('127.0.0.1:862', result.stdout)
        self.assertRegex(result.stdout, r'(?m)^  times +by the kernel, of requests and answers$')

    def test_times_that_the_kernel_does_not_tell_are_not_said_to_be_its(self):
        result = ringside.run('load', '--backend', 'uring', '--features', '-departures',
                              '--dry-run', '-c', 1, 'stamp+udp://127.0.0.1')
        if result.returncode == 2:
            self.skipTest(result.stderr)
        self.assertRegex(result.stdout, r'(?m)^  times +of answers by the kernel, of requests by '
                                        r'this program$')

    def test_lines_on_standard_output_are_alone(self):
        with ringside.Server(UDP) as server:
            result = ringside.run('load', *ringside.engine_options(), '-n', 50, '-c', 4, '-t', 2,
                                  '--round-trips', '-', server.url)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len([json.loads(line) for line in result.stdout.splitlines()]), 50)

    def test_a_file_that_cannot_be_written_is_told(self):
        with ringside.Server(UDP) as server:
            for path, reason in ((self.folder / 'no' / 'x', 'No such file'),
                                 ('/dev/full', 'No space left')):
                with self.subTest(path=path):
                    result = ringside.run('load', *ringside.engine_options(), '-n', 5, '-c', 1,
                                          '--round-trips', path, server.url)
                    self.assertEqual(result.returncode, 2, result.stdout)
                    self.assertRegex(result.stderr, rf'^ringside load: --round-trips: cannot write '
                                                    rf'{path}: {reason}')
                    self.assertEqual(result.stderr.count('\n'), 1)


if __name__ == '__main__':
    tap.main()
