"""ringside load against ringside serve: every byte of every answer is checked."""
import json
import pathlib
import resource
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402


class LoadTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def load(self, target, *options):
        """A load that must go well; returns its result."""
        path = pathlib.Path(self.folder) / 'result.json'
        result = ringside.run('load', *ringside.engine_options(), '--json', path, *options, target)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return json.loads(path.read_text())


class TestTransports(LoadTest):
    def check(self, url, *shapes):
        with ringside.Server(url) as server:
            for shape in shapes:
                with self.subTest(url=url, shape=shape):
                    result = self.load(server.url, *shape.split())
                    self.assertEqual(result['errors']['total'], 0, result['errors'])
                    self.assertEqual(result['lost'], 0)

    def test_tcp(self):
        self.check('echo+tcp://127.0.0.1:0', '-n 2000 -c 10', '-n 200 -c 3 -s 64Ki -p 4',
                   '-n 5000 -c 4 -p 16 -s 16', '-n 6 -c 2 -s 1Mi',
                   '-n 200 -c 5 --reconnect-every 1')

    @unittest.skipUnless(peers.have_ipv6(), 'no IPv6 on loopback')
    def test_tcp_over_ipv6(self):
        self.check('echo+tcp://[::1]:0', '-n 500 -c 10')

    def test_udp(self):
        self.check('echo+udp://127.0.0.1:0', '-n 2000 -c 1', '-n 2000 -c 4 -p 8',
                   '-n 50 -c 1 -s 9000')

    def test_unix_streams(self):
        self.check(f'echo+unix:{self.folder}/s', '-n 2000 -c 10', '-n 100 -c 3 -s 64Ki -p 4')

    def test_unix_datagrams(self):
        self.check(f'echo+unixgram:{self.folder}/d', '-n 1000 -c 4', '-n 100 -c 1 -s 9000')

    def test_unix_records(self):
        self.check(f'echo+unixpacket:{self.folder}/p', '-n 1000 -c 4', '-n 100 -c 2 -s 9000 -p 2')

    def test_threads_on_both_sides(self):
        with ringside.Server('-t', 2, 'echo+tcp://127.0.0.1:0') as server:
            self.load(server.url, '-n', 2000, '-c', 20, '-t', 2)


class TestResult(LoadTest):
    def test_it_counts_what_was_asked_for(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            result = self.load(server.url, '-n', 1000, '-c', 7, '-s', 100)
        self.assertEqual(result['requests'], 1000)
        self.assertEqual(result['options']['connections'], 7)
        latency = result['latency_ns']
        order = [latency[name] for name in ('min', 'p50', 'p90', 'p99', 'p99.9', 'max')]
        self.assertEqual(order, sorted(order))
        self.assertGreater(order[0], 0)

    def test_each_feature_says_requested_effective_and_why(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            result = self.load(server.url, '-n', 10, '-c', 1)
        for name, state in result['features'].items():
            with self.subTest(feature=name):
                self.assertIsInstance(state['requested'], bool)
                self.assertIsInstance(state['effective'], bool)
                self.assertNotEqual(state['reason'], '')

    def test_a_duration_ends_it(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            result = self.load(server.url, '-d', '300ms', '-O', '100ms', '-c', 2)
        self.assertGreater(result['requests'], 0)
        self.assertGreaterEqual(result['duration_ns'], 300_000_000)

    def test_files_for_its_connections(self):
        """It takes what the hard limit allows, and says what it lacks."""
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (20, 100))

        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            command = ('load', *ringside.engine_options(), '-n', 100, server.url, '-c')
            good = ringside.run(*command, 50, preexec_fn=limit)
            self.assertEqual(good.returncode, 0, good.stderr)
            bad = ringside.run(*command, 100, preexec_fn=limit)
        self.assertEqual((bad.returncode, bad.stdout), (2, ''))
        self.assertRegex(bad.stderr, r'\A.*--connections 100 .* may have 100 \(ulimit -Hn\)\n\Z')

    def test_json_on_standard_output_stands_alone(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            result = ringside.run('load', '-n', 10, '-c', 1, '--json', '-', server.url)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)['command'], 'load')


if __name__ == '__main__':
    tap.main()
