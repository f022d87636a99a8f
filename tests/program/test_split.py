"""ringside load --split: each round trip divided at every point that somebody tells, to the
nanosecond; which points there are; the figures for people and for programs."""
import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import document  # noqa: E402
import peers  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

ALL = list(document.POINTS)
# What is 1 ns off has been through NTP's fractions.
RESOLUTION_NS = 1
MISMATCH_NS = 100_000
COUNT = 400


class TestSplit(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def load(self, url, *options, code=0):
        """What a short load says: the document, the text, and each round trip."""
        result = ringside.run('load', *ringside.engine_options(), url, '--split', '-n', COUNT,
                              '-c', 2, '--json', f'{self.folder}/a.json', '--round-trips',
                              f'{self.folder}/trips', *options)
        self.assertEqual(result.returncode, code, result.stderr)
        made = json.loads(pathlib.Path(f'{self.folder}/a.json').read_text())
        lines = pathlib.Path(f'{self.folder}/trips').read_text().splitlines()
        return made, result.stdout, [json.loads(line) for line in lines]

    def expected(self, made, points):
        """io_uring may have no way to tell when requests left."""
        told = made['backend']['effective'] == 'epoll' or made['features']['departures'][
            'effective']
        return [point for point in points if told or point != 'client_kernel_send']

    def assert_divided(self, made, trips, points):
        """Every sample: no part is less than no time, and all of them are the whole."""
        points, split = self.expected(made, points), made['split']
        self.assertEqual(split['points'], points)
        self.assertEqual([(part['from'], part['to']) for part in split['parts']],
                         list(zip(points, points[1:])))
        self.assertEqual(len(trips), COUNT)
        self.assertGreater(split['round_trips'], 0)
        self.assertEqual(split['round_trips'] + split['incomplete'] + split['mismatched'], COUNT)
        self.assertEqual(split['unordered'], 0)
        wholes, sums = [], [0] * (len(points) - 1)
        for trip in trips:
            if trip['flags'] and trip['flags'] != ['overtaken']:
                continue
            self.assertLessEqual(set(points), set(trip['points']), trip)
            at = [trip['points'][point] for point in points]
            parts = [b - a for a, b in zip(at, at[1:])]
            self.assertGreaterEqual(min(parts), -RESOLUTION_NS, trip)
            self.assertEqual(sum(parts), at[-1] - at[0])
            if abs(at[-1] - at[0] - trip['round_trip_ns']) > max(
                    MISMATCH_NS, trip['round_trip_ns'] // 1000):
                continue
            wholes.append(sum(parts))
            sums = [a + b for a, b in zip(sums, parts)]
        # What the document says is what the lines say.
        self.assertEqual(len(wholes), split['round_trips'])
        self.assertEqual((split['whole_ns']['min'], split['whole_ns']['max']),
                         (min(wholes), max(wholes)))
        self.assertEqual([sum(sums) for sums in zip(*(band['sums_ns'] for band in split['bands']))],
                         sums)

    def test_every_transport_of_stamp(self):
        local = [point for point in ALL if point != 'client_kernel_send']
        programs = [point for point in local if 'kernel' not in point]
        with ringside.Server('stamp+udp://127.0.0.1:0', 'stamp+tcp://127.0.0.1:0',
                             f'stamp+unix:{self.folder}/s', f'stamp+unixgram:{self.folder}/d',
                             f'stamp+unixpacket:{self.folder}/p') as server:
            for url, points in zip(server.urls, (ALL, ALL, programs, local, local)):
                with self.subTest(url=url.text):
                    made, text, trips = self.load(url.text)
                    self.assert_divided(made, trips, points)
                    self.assertEqual(readers.schema_errors(made), '')
                    self.assertIn('server answers', text)

    def test_echo_is_divided_by_the_client_alone(self):
        with ringside.Server('echo+udp://127.0.0.1:0', 'echo+tcp://127.0.0.1:0',
                             f'echo+unixpacket:{self.folder}/p',
                             f'echo+unixgram:{self.folder}/d') as server:
            for url in server.urls:
                points = [point for point in document.CLIENT_POINTS if not url.text.startswith(
                    'echo+unix') or point != 'client_kernel_send']
                with self.subTest(url=url.text):
                    made, text, trips = self.load(url.text)
                    self.assert_divided(made, trips, points)
                    self.assertIsNone(made['delays'])
                    self.assertEqual(readers.schema_errors(made), '')
                    self.assertIn('server wakes up, server answers, way back', text)

    def test_requests_larger_than_a_piece_and_connections_that_change(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            for options in (('--size', '200000'), ('--reconnect-every', '7')):
                with self.subTest(options=options):
                    made, _, trips = self.load(server.url, *options)
                    self.assert_divided(made, trips, document.CLIENT_POINTS)

    def test_a_deep_open_loop_is_divided_too(self):
        with ringside.Server('stamp+udp://127.0.0.1:0') as server:
            made, _, trips = self.load(server.url, '--depth', '8', '--rate', '20k')
            self.assert_divided(made, trips, ALL)

    def test_a_stateful_reflector_tells_when_its_kernel_sent(self):
        """Of the last answer of each client nothing follows."""
        with ringside.Server('stamp+udp://127.0.0.1:0', '--stamp-mode', 'stateful') as server:
            made, text, trips = self.load(server.url)
        told = [trip for trip in trips if 'server_send' in trip['points']]
        later = [trip for trip in told if trip['points']['server_send'] > trip['replied_ns']]
        if not later:
            self.skipTest('the reflector has no times of sending')
        self.assertGreaterEqual(made['split']['followed_up'], 1)
        self.assertEqual(made['split']['round_trips'] + made['split']['incomplete']
                         + made['split']['mismatched'], COUNT)
        self.assertEqual(made['split']['unordered'], 0)
        self.assertIn('told by its kernel', text)
        for trip in told:
            at = [trip['points'][point] for point in self.expected(made, ALL)]
            self.assertGreaterEqual(min(b - a for a, b in zip(at, at[1:])), -RESOLUTION_NS, trip)

    def test_what_was_answered_in_the_warm_up_is_not_divided(self):
        """Though it is complete only when the next answer follows up."""
        with ringside.Server('stamp+udp://127.0.0.1:0', '--stamp-mode', 'stateful') as server:
            made, _, trips = self.load(server.url, '--omit', '100ms')
        self.assertEqual(len(trips), made['requests'])
        self.assertEqual(made['split']['round_trips'] + made['split']['incomplete']
                         + made['split']['mismatched'], made['requests'])

    def test_what_echo_loses_has_lines_as_well(self):
        with ringside.Server('--inject', 'drop=5%', 'echo+udp://127.0.0.1:0') as server:
            made, _, trips = self.load(server.url, '--timeout', '50ms', code=1)
        self.assertGreater(made['lost'], 0)
        self.assertEqual(sum(trip['flags'] == ['lost'] for trip in trips), made['lost'])
        self.assertEqual(len(trips), COUNT)

    def test_a_reflector_that_does_not_tell_its_waking_up(self):
        with ringside.Server('stamp+udp://127.0.0.1:0') as server:
            made, text, trips = self.load(server.url, '--size', '44')
        self.assert_divided(made, trips, [point for point in ALL if point != 'server_user_receive'])
        self.assertIn('server wakes up, server answers', text)

    def test_what_the_server_waits_is_found_where_it_is(self):
        with ringside.Server('stamp+udp://127.0.0.1:0', '--inject', 'delay=20ms') as server:
            made, text, _ = self.load(server.url, '-n', COUNT // 8)
        parts = {part['title']: part['times_ns'] for part in made['split']['parts']}
        self.assertGreaterEqual(parts['server answers']['min'], 20_000_000)
        self.assertGreaterEqual(made['split']['both_ways_ns']['min'], 0)
        # A bar of means: the letter of that part fills most of it.
        letter = re.search(r'^  (\w) server answers ', text, re.MULTILINE)[1]
        self.assertGreater(re.search(r'^  all +(\w+)$', text, re.MULTILINE)[1].count(letter), 20)

    def test_without_it_nothing_is_divided(self):
        with ringside.Server('stamp+udp://127.0.0.1:0') as server:
            result = ringside.run('load', server.url, '-n', 10, '--json', '-')
        self.assertIsNone(json.loads(result.stdout)['split'])

    def test_parts_of_two_loads_are_merged_and_reported(self):
        with ringside.Server('stamp+udp://127.0.0.1:0') as server:
            made = [self.load(server.url)[0] for _ in range(2)]
        for name, document_made in zip('ab', made):
            document_made['host']['name'] = name
            pathlib.Path(f'{self.folder}/{name}.json').write_text(json.dumps(document_made))
        result = ringside.run('merge', f'{self.folder}/a.json', f'{self.folder}/b.json', '--json',
                              f'{self.folder}/c.json', '--allow-different-windows')
        self.assertEqual(result.returncode, 0, result.stderr)
        merged = json.loads(pathlib.Path(f'{self.folder}/c.json').read_text())
        self.assertEqual(merged['split']['round_trips'],
                         sum(each['split']['round_trips'] for each in made))
        report = ringside.run('report', f'{self.folder}/c.json', '--markdown', '-')
        self.assertEqual(report.returncode, 0, report.stderr)
        self.assertIn('| server wakes up |', report.stdout)


class TestRefusals(unittest.TestCase):
    def test_what_cannot_be_divided(self):
        for arguments, says in (
                (['echo+unix:/tmp/x'], 'the kernel tells no times of unix'),
                (['echo+tcp://127.0.0.1:7', '--depth', '2'], '--depth is 1; stamp+tcp: takes more'),
                (['discard+tcp://127.0.0.1:9'], 'there are no round trips'),
                (['stamp+udp://127.0.0.1:862', '--stamps', 'user'], 'leave --stamps user out')):
            with self.subTest(arguments=arguments):
                result = ringside.run('load', '--split', '--dry-run', *arguments)
                self.assertEqual((result.returncode, result.stdout), (2, ''))
                self.assertIn('--split: ', result.stderr)
                self.assertIn(says, result.stderr)
                self.assertEqual(result.stderr.count('\n'), 1)


if __name__ == '__main__':
    tap.main()
