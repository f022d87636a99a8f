"""ringside merge: the parts make the whole, and what does not belong together is refused."""
import base64
import json
import pathlib
import random
import re
import sys
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import document  # noqa: E402
import peers  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

S = document.NS_PER_S


def merge(*documents, options=(), names='abcdefgh'):
    """Write the documents (or texts) to a.json, b.json... and merge them there."""
    with peers.folder() as folder:
        paths = []
        for name, made in zip(names, documents):
            paths.append(f'{name}.json')
            text = made if isinstance(made, str) else json.dumps(made)
            (pathlib.Path(folder) / paths[-1]).write_text(text)
        return ringside.run('merge', *paths, *options, cwd=folder)


def host(name):
    return {'name': name, 'system': 'Linux', 'kernel': '6.1.0', 'machine': 'x86_64', 'cpus': 2}


def values(seed, count=3000):
    """Log-uniform, 1 us to 1 s."""
    source = random.Random(seed)
    return [int(10 ** source.uniform(3, 9)) for _ in range(count)]


class TestSum(unittest.TestCase):
    def merged(self, *documents, options=(), code=0):
        result = merge(*documents, options=('--json', '-', *options))
        self.assertEqual(result.returncode, code, result.stderr)
        return json.loads(result.stdout)

    def test_the_parts_are_the_whole(self):
        lists = [values(seed) for seed in (1, 2, 3)]
        whole = document.document(sum(lists, []))
        merged = self.merged(*(document.document(part, host=host(name), started_ns=start)
                               for part, name, start in zip(lists, ('x', 'y', 'z'), (
                                   document.STARTED_NS + i * 10_000_000 for i in range(3)))))
        self.assertEqual(readers.schema_errors(merged), '')
        for key in ('sent', 'requests', 'bytes', 'bytes_sent', 'lost', 'cpu_ns', 'user_ns',
                    'system_calls', 'cpu_ns_per_request'):
            self.assertEqual(merged[key], whole[key], key)
        mean, true_mean = (d['latency_ns'].pop('mean') for d in (merged, whole))
        self.assertLessEqual(abs(mean - true_mean), 1)
        encoded, true_encoded = (d['latency_ns'].pop('histogram') for d in (merged, whole))
        self.assertEqual(merged['latency_ns'], whole['latency_ns'])
        self.assertEqual(self.counts(encoded), self.counts(true_encoded))

    def counts(self, encoded):
        """Payloads are equal if and only if the counts are."""
        return zlib.decompress(base64.b64decode(encoded)[8:])[40:]

    def test_hosts_and_runs_are_kept(self):
        a = document.document([1000] * 10, [2000] * 20, host=host('x'), options={'share': '1/2'})
        b = document.document([3000] * 30, [4000] * 40, host=host('y'), options={'share': '2/2'})
        merged = self.merged(a, b)
        self.assertEqual([(r['host'], r['input'], r['index'], r['requests'])
                          for r in merged['runs']],
                         [('x', 'a.json', 1, 10), ('x', 'a.json', 2, 20),
                          ('y', 'b.json', 1, 30), ('y', 'b.json', 2, 40)])
        self.assertEqual([(h['name'], h['input'], h['share'], h['requests'], h['requests_per_s'],
                           h['latency_ns']['p50']) for h in merged['hosts']],
                         [('x', 'a.json', '1/2', 30, 15, 2000),
                          ('y', 'b.json', '2/2', 70, 35, 4000)])
        self.assertEqual((merged['requests'], merged['duration_ns']), (100, 2 * S))
        self.assertEqual((merged['requests_per_s'], merged['started_ns']), (50, None))
        self.assertEqual((merged['command'], merged['arguments'][0]), ('merge', 'merge'))
        self.assertEqual((merged['options']['connections'], merged['options']['threads']), (8, 4))
        self.assertEqual((merged['options']['depth'], merged['host']['name']), (1, None))

    def test_merging_in_two_steps_gives_the_same(self):
        parts = [document.document(values(seed), host=host(name))
                 for seed, name in ((1, 'x'), (2, 'y'), (3, 'z'))]
        at_once = self.merged(*parts)
        first = self.merged(*parts[:2])
        result = merge(first, parts[2], options=('--json', '-'), names='mc')
        self.assertEqual(result.returncode, 0, result.stderr)
        twice = json.loads(result.stdout)
        self.assertEqual([h['name'] for h in twice['hosts']], ['x', 'y', 'z'])
        del twice['arguments'], at_once['arguments']
        mean, other = (d['latency_ns'].pop('mean') for d in (twice, at_once))
        self.assertLessEqual(abs(mean - other), 1)
        self.assertEqual(twice, at_once)

    def test_delays_and_splits_of_parts_are_those_of_the_whole(self):
        source = random.Random(7)
        trips = []
        for _ in range(900):
            sent, *steps = (source.randrange(1000) for _ in range(4))
            trips.append([sum(steps[:i], sent) for i in range(4)])
        points = [[t[0] - 5, *t[:2], t[1] + 1, *t[2:], t[3] + 9] for t in trips]
        parts = [document.document(values(seed, 10), host=host(name),
                                   delays=document.delays(trips[at:at + 300], lost_known=4,
                                                          lost_up=3, lost_down=1),
                                   split=document.split(points[at:at + 300], incomplete=1,
                                                        followed_up=2))
                 for seed, name, at in ((1, 'x', 0), (2, 'y', 300), (3, 'z', 600))]
        merged = self.merged(*parts)
        self.assertEqual(readers.schema_errors(merged), '')
        whole = document.delays(trips, lost_known=12, lost_up=9, lost_down=3)
        for key, expected in whole.items():
            if not key.endswith('_ns') or key.endswith('ipdv_ns'):
                continue
            self.assert_alike(merged['delays'][key], expected, key)
        for key in ('clocks', 'one_way_valid', 'lost_known', 'lost_up', 'lost_down'):
            self.assertEqual(merged['delays'][key], whole[key], key)
        self.assertEqual(merged['delays']['send_ipdv_ns']['count'], 3 * 299)
        split = document.split(points, incomplete=3, followed_up=6)
        for key in ('points', 'bands', 'round_trips', 'followed_up', 'incomplete', 'unordered',
                    'mismatched'):
            self.assertEqual(merged['split'][key], split[key], key)
        for part, expected in zip(merged['split']['parts'], split['parts'], strict=True):
            self.assertEqual(part['title'], expected['title'])
            self.assert_alike(part['times_ns'], expected['times_ns'], part['title'])
        self.assert_alike(merged['split']['both_ways_ns'], split['both_ways_ns'], 'both')

    def assert_alike(self, merged, whole, message):
        """Distributions whose means differ by rounding, and whose texts by compression."""
        for key in ('count', 'min', 'max', 'p50', 'p90', 'p99', 'base', 'histogram_offset'):
            self.assertEqual(merged[key], whole[key], f'{key} of {message}')
        self.assertLessEqual(abs(merged['mean'] - whole['mean']), 1, message)
        for key in ('histogram', 'histogram_negative'):
            self.assertEqual(document.decode(merged[key]), document.decode(whole[key]), message)

    def test_a_part_that_divided_nothing_has_no_points_of_its_own(self):
        some = document.split([[1, 2, 3, 4]], document.CLIENT_POINTS, incomplete=2)
        nothing = document.split([], incomplete=5)
        for order in ((some, nothing), (nothing, some)):
            merged = self.merged(*(document.document([1000], host=host(name), split=each)
                                   for name, each in zip('xy', order)))['split']
            self.assertEqual(merged['points'], document.CLIENT_POINTS)
            self.assertEqual((merged['round_trips'], merged['incomplete']), (1, 7))

    def test_delays_between_clocks_that_do_not_agree_count_from_the_smallest(self):
        first = document.delays([(0, 100, 110, 200), (0, 130, 140, 200)])
        ahead = 900
        other = document.delays([(0, ahead + 50, ahead + 60, 90), (0, ahead + 90, ahead + 95, 190)],
                                same_host=False, synchronised=(True, False))
        merged = self.merged(document.document([1000], host=host('x'), delays=first),
                             document.document([2000], host=host('y'), delays=other))['delays']
        self.assertFalse(merged['one_way_valid'])
        self.assertEqual(merged['clocks'], other['clocks'])
        send = merged['send_delay_ns']
        self.assertEqual((send['count'], send['min'], send['p50'], send['max'], send['base']),
                         (4, 0, 0, 40, 0))
        self.assertEqual(merged['round_trip_ns']['max'], 190)
        self.assertIsNone(self.merged(document.document([1000], host=host('x'), delays=None),
                                      document.document([2000], host=host('y'), delays=None)
                                      )['delays'])

    def test_further_percentiles_are_counted_anew(self):
        merged = self.merged(document.document([1000] * 90), document.document([9000] * 10),
                             options=('--percentiles', '75,90.5,99.99'))
        latency = merged['latency_ns']
        self.assertEqual((latency['p75'], latency['p90.5'], latency['p99.99']),
                         (1000, 9000, 9000))
        self.assertEqual(readers.schema_errors(merged), '')

    def test_one_part_is_left_as_it_is(self):
        made = document.document(values(1), label='mine')
        merged = self.merged(made)
        for key in set(made) - {'command', 'arguments', 'runs'}:
            self.assertEqual(merged[key], made[key], key)

    def test_the_worst_threshold_and_verdict_are_kept(self):
        def part(name, p99, rate, kept, verdict):
            return document.document([1000], host=host(name), verdict=verdict, thresholds=[
                {'expression': 'p(99)<2us', 'kept': p99 < 2000, 'actual': p99},
                {'expression': 'rate>5', 'kept': kept, 'actual': rate}])
        fine = {'bottleneck': 'neither', 'rate_held': True, 'reason': 'fine', 'evidence': {}}
        bad = fine | {'bottleneck': 'generator', 'reason': 'slow'}
        merged = self.merged(part('x', 1000, 9, True, fine), part('y', 1500, 3, False, bad),
                             part('z', 1200, 7, True, fine), code=1)
        self.assertEqual([(t['kept'], t['actual']) for t in merged['thresholds']],
                         [(True, 1500), (False, 3)])
        self.assertEqual(merged['verdict'], bad)

    def test_what_is_not_known_of_all_is_null(self):
        a = document.document([1000], host=host('x'), cycles=5, instructions=7)
        b = document.document([1000], host=host('y'), cycles=6, instructions=None)
        merged = self.merged(a, b)
        self.assertEqual((merged['cycles'], merged['instructions'], merged['server']),
                         (11, None, None))
        self.assertEqual(merged['backend']['effective'], 'uring')
        self.assertEqual(merged['features']['buffer_ring']['uses'], 18)

    def test_windows_after_each_other_make_a_longer_one(self):
        made = [document.document([1000] * 10, started_ns=document.STARTED_NS + 5 * i * S)
                for i in range(3)]
        merged = self.merged(*made, options=('--allow-different-windows',))
        self.assertEqual((merged['duration_ns'], merged['requests_per_s']), (3 * S, 10))

    def test_a_table_for_people(self):
        result = merge(document.document([150_000] * 30, host=host('alpha')),
                       document.document([250_000] * 70, host=host('beta')))
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        self.assertRegex(result.stdout, r'(?m)^  alpha +30 +30 +150 us +150 us +150 us +0 +0$')
        self.assertRegex(result.stdout, r'(?m)^  beta +70 +70 +250 us ')
        self.assertRegex(result.stdout, r'(?m)^  all +100 +100 +250 us ')


class TestExitCode(unittest.TestCase):
    def test_errors_and_lost_requests_are_a_failure(self):
        good = document.document([1000], host=host('x'))
        lossy = document.document([2000], host=host('y'), lost=2)
        result = merge(good, lossy)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr,
                         'ringside merge: 2 of 4 requests were never answered\n')
        wrong = document.document([2000], host=host('y'))
        wrong['errors'] |= {'total': 3, 'corrupt': 3}
        result = merge(good, wrong)
        self.assertEqual((result.returncode, result.stderr),
                         (1, 'ringside merge: the results have 3 errors\n'))


class TestRefusals(unittest.TestCase):
    def assert_refused(self, *documents, says, options=()):
        result = merge(*documents, options=options)
        self.assertEqual((result.returncode, result.stdout), (2, ''), result.stderr)
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn(says, result.stderr)

    def test_files_that_cannot_be_read(self):
        good = document.document([1000])
        result = ringside.run('merge', '/nowhere/a.json')
        self.assertEqual((result.returncode, result.stderr), (
            2, 'ringside merge: cannot read /nowhere/a.json: No such file or directory\n'))
        self.assertEqual(ringside.run('merge', '/').returncode, 2)
        self.assert_refused(good, '{"a": ', says='b.json is not JSON: line 1')
        self.assert_refused(good, '', says='b.json is not JSON')
        self.assert_refused(good, '\xff\xfe\0', says='b.json is not JSON')
        self.assert_refused('[' * 100000, says='a.json is not JSON')
        self.assert_refused('[]', says='has no schema')
        self.assert_refused('{"schema": "ringside-bench/2"}',
                            says="a.json has the schema 'ringside-bench/2', not 'ringside-load/1'")
        self.assert_refused(good | {'requests': 'many'}, says="a.json: 'requests' is not a count")
        self.assert_refused(good | {'lost': -1}, says="'lost' is not a count")
        self.assert_refused(good | {'target': None}, says='has no target')

    def test_configurations_that_differ(self):
        base = document.document([1000])
        for key, value, text in (('depth', 16, '1 and 16'), ('size', '1k', '64 and 1k'),
                                 ('verify', False, 'true and false'),
                                 ('rate', 1000, '0 and 1000'), ('spin', 7, 'nothing and 7')):
            name = key.replace('_', '-')
            with self.subTest(option=key):
                other = document.document([2000], options={key: value})
                result = merge(base, other)
                self.assertEqual(result.returncode, 2)
                found = re.fullmatch(r'ringside merge: (\w)\.json and (\w)\.json differ in '
                                     rf'--{name}: (.*)\n', result.stderr)
                self.assertTrue(found, result.stderr)
                told = found[3] if found[1] == 'a' else ' and '.join(
                    reversed(found[3].split(' and ')))
                self.assertEqual(told, text)
        for target in ('echo+udp://127.0.0.1:7777', 'discard+tcp://127.0.0.1:7777'):
            self.assert_refused(base, document.document([2000], target=target),
                                says=f'different targets: echo+tcp and {target.split(":")[0]}')

    def test_what_may_differ(self):
        other = document.document(
            [2000], target='echo+tcp://[::1]:7',
            options={'connections': 9, 'threads': 1, 'seed': 7, 'cpus': [1], 'json': 'b.json',
                     'share': '1/2', 'arguments': ['tcp://[::1]:7']})
        result = merge(document.document([1000]), other, options=('--json', '-'))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)['target'],
                         'echo+tcp://127.0.0.1:7777, echo+tcp://[::1]:7')

    def test_windows_that_do_not_overlap(self):
        base = document.document([1000])

        def later(milliseconds):
            return document.document([2000],
                                     started_ns=document.STARTED_NS + milliseconds * 1_000_000)
        self.assertEqual(merge(base, later(49)).returncode, 0)
        self.assert_refused(base, later(51), says='at the same time for 94.9 % only')
        self.assert_refused(base, later(5000), says='for 0.0 % only')
        self.assert_refused(base, document.document([2000], [3000]), says='for 50.0 % only')
        self.assertEqual(merge(base, later(5000),
                               options=('--allow-different-windows',)).returncode, 0)
        other = document.document([2000])
        other['runs'][0]['started_unix_ns'] = None
        self.assert_refused(base, other, says='b.json does not tell when it was measured')

    def test_the_same_run_twice(self):
        a, b = document.document(values(1)), document.document(values(2), host=host('y'))
        self.assert_refused(a, a, says='a.json and b.json hold the same run')
        self.assert_refused(a, a, says='the same run', options=('--allow-different-windows',))
        both = json.loads(merge(a, b, options=('--json', '-')).stdout)
        self.assert_refused(both, b, says='a.json and b.json hold the same run')

    def test_hostile_histograms(self):
        base = document.document([1000, 5000])
        payload = document.number(-1000) + document.number(2)
        many = document.number(2 ** 62) * 3
        for text in ('', 'HIST', 'HISTFAAA', '=' * 8, 'A' * 100_000, 'HISTFP////8=',
                     document.compress(payload, claimed=0xfffffff0),
                     document.compress(payload, claimed=4),
                     document.compress(payload, offset=1 << 20),
                     document.compress(payload, digits=5),
                     document.compress(payload, highest=1 << 62),
                     document.compress(document.number(-(1 << 40))),
                     document.compress(document.number(-27000) * 3 + document.number(5)),
                     document.compress(document.number(1) * 200_000),
                     document.compress(b'\xff' * 20), document.compress(b'\x80'),
                     document.compress(many), document.compress(bytes(1_000_000)),
                     document.encode([1000] * 5)[:-4]):
            made = document.document([2000])
            made['latency_ns']['histogram'] = text
            with self.subTest(text=text[:40]):
                self.assert_refused(base, made, says='b.json: latency_ns has a histogram that is '
                                                     'damaged, or not one of ringside')

    def test_counts_beyond_what_anybody_has_measured(self):
        base = document.document([1], host=host('x'))
        made = document.document([1], host=host('y'))
        made['latency_ns']['histogram'] = document.compress(
            document.number(-1) + document.number(2 ** 62))
        self.assert_refused(base, made, says='b.json: latency_ns has a histogram that is damaged')

    def test_runs_that_are_none(self):
        made = document.document([1000]) | {'runs': [5]}
        self.assert_refused(document.document([2000]), made, says='b.json: run 1 is not an object')

    def test_histograms_that_are_missing_or_contradict(self):
        base = document.document([1000])
        made = document.document([2000])
        made['latency_ns']['histogram'] = None
        self.assert_refused(base, made, says='b.json: latency_ns has no histogram')
        for key in ('min', 'mean', 'max'):
            made = document.document([2000, 9000])
            made['latency_ns'][key] = 1 << 60
            self.assert_refused(base, made, says='its histogram contradicts')
        made = document.document([2000])
        made['slip_ns'] = 5
        self.assert_refused(base, made, says='b.json: slip_ns has no histogram')

    def test_delays_and_splits_that_cannot_be_added(self):
        points = document.CLIENT_POINTS
        base = document.document([1000], split=document.split([[1, 2, 3, 4]], points))
        fewer = [points[0], *points[2:]]
        made = document.document([2000], split=document.split([[1, 3, 4]], fewer))
        self.assert_refused(base, made, says='a.json and b.json divide round trips at different '
                                             'points, so their parts are not the same')
        made = document.document([2000], split=document.split([[1, 2, 3, 4]], points))
        made['split']['parts'][1]['times_ns']['histogram'] = 'HISTFAAA'
        self.assert_refused(base, made, says='b.json: split has times of client_kernel_receive, '
                                             'and that has a histogram that is damaged')
        base = document.document([1000], delays=document.delays([(1, 2, 3, 4)]))
        made = document.document([2000], delays=document.delays([(1, 2, 3, 4)]))
        made['delays']['residence_ns']['count'] = 2
        self.assert_refused(base, made, says='b.json: delays has a residence_ns that has a count')
        made['delays']['residence_ns'] |= {'count': 2 ** 62, 'histogram': document.compress(
            document.number(-1) + document.number(2 ** 62))}
        self.assert_refused(base, made, says='residence_ns that has a histogram that is damaged')

    def test_members_of_wrong_types_do_no_harm(self):
        base = document.document([1000, 2000], delays=document.delays([(1, 2, 3, 4)]),
                                 split=document.split([[1, 2, 3, 4, 5, 6, 7]]))
        for key in base:
            for wrong in (None, [], {}, 'x', 5, -1.5, [[]], {'a': {}}, [5, 'x', None]):
                made = document.document([3000, 4000]) | {key: wrong}
                with self.subTest(key=key, wrong=wrong):
                    result = merge(base, made, options=[
                        word for name in ('bmf', 'csv', 'gha', 'gobench', 'hgrm', 'hlog',
                                          'hyperfine', 'junit', 'keyval', 'openmetrics')
                        for word in ('-o', f'{name}=out.{name}')])
                    self.assertIn(result.returncode, (0, 1, 2), result.stderr)
                    self.assertLessEqual(result.stderr.count('\n'), 1)


if __name__ == '__main__':
    tap.main()
