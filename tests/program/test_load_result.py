"""The result document of ringside load: as its schema says, and whole when it is merged."""
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import document  # noqa: E402
import peers  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

FORMATS = ('bmf', 'csv', 'gha', 'gha-bigger', 'gobench', 'hgrm', 'hlog', 'hyperfine', 'junit',
           'keyval', 'openmetrics')


class TestResult(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.stats = self.folder / 'stats.json'
        self.server = ringside.Server('--json-stats', self.stats, '--stats-interval', '50ms',
                                      'echo+tcp://127.0.0.1:0', 'echo+udp://127.0.0.1:0',
                                      'discard+tcp://127.0.0.1:0', 'chargen+tcp://127.0.0.1:0',
                                      f'echo+unixpacket:{self.folder}/p')
        self.addCleanup(self.server.__exit__, None, None, None)
        deadline = time.monotonic() + ringside.DEADLINE_S
        while not self.stats.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.urls = dict(zip(('tcp', 'udp', 'discard', 'chargen', 'packet'), self.server.urls))

    def load(self, name, *options, code=0):
        path = self.folder / 'result.json'
        result = ringside.run('load', *ringside.engine_options(), '--json', path, *options,
                              self.urls[name])
        self.assertEqual(result.returncode, code, result.stderr)
        return json.loads(path.read_text())

    def test_every_kind_of_run_fits_the_schema(self):
        for name, options in (('tcp', '-n 100 -c 2'),
                              ('tcp', '-d 200ms -R 2k -x 2 --arrival poisson -i 50ms'),
                              ('tcp', '-d 100ms --mode connect --close reset -c 3'),
                              ('tcp', '-d 300ms --steady slope:100%/100ms -O 20ms'),
                              ('tcp', '-n 100 -s 64:1,1k:2 -p 4 --percentiles 99.99,25'),
                              ('udp', '-n 100 -c 1 --label one --threshold p(99)<1m'),
                              ('packet', '-n 100 --think 1ms:spin -c 2'),
                              ('discard', '-d 50ms'), ('chargen', '-d 50ms -s 64,1k'),
                              ('udp', f'-d 200ms --server-pid {self.server.pid} '
                                      f'--server-stats {self.stats}')):
            with self.subTest(name=name, options=options):
                found = self.load(name, *options.split())
                self.assertEqual(readers.schema_errors(found), '')

    def test_the_run_of_one_that_failed_does_too(self):
        found = self.load('tcp', '-n', 100, '--threshold', 'p(50)<1ns', code=1)
        self.assertEqual(readers.schema_errors(found), '')
        self.assertEqual(found['thresholds'][0]['kept'], False)

    def test_the_sum_of_its_runs_is_the_whole(self):
        found = self.load('tcp', '-n', 300, '-c', 3, '-x', 3)
        self.assertEqual([run['requests'] for run in found['runs']], [300, 300, 300])
        self.assertEqual(found['requests'], 900)
        self.assertEqual(sum(document.decode(found['latency_ns']['histogram']).values()), 900)

    def test_the_sum_of_its_intervals_is_a_run(self):
        found = self.load('tcp', '-d', '400ms', '-R', '5k', '-i', '50ms', '-c', 4)
        run, = found['runs']
        self.assertGreater(len(run['intervals']), 2)
        for key in ('requests', 'sent', 'bytes', 'lost'):
            self.assertEqual(sum(part[key] for part in run['intervals']), run[key], key)
        self.assertEqual(sum(part['duration_ns'] for part in run['intervals']), run['duration_ns'])

    def test_every_format_is_written_in_one_run(self):
        outputs = [word for name in FORMATS for word in ('-o', f'{name}={self.folder}/{name}')]
        self.load('tcp', '-n', 100, '-c', 1, *outputs)
        for name in FORMATS:
            self.assertGreater((self.folder / name).stat().st_size, 0, name)

    def test_a_format_on_standard_output_stands_alone(self):
        result = ringside.run('load', '-n', 100, '-c', 1, '-o', 'csv=-', self.urls['tcp'])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(result.stdout.splitlines()), 2)

    def test_two_shares_are_one_load(self):
        parts = []
        for index in (1, 2):
            self.load('tcp', '-n', 1001, '-c', 2, '--share', f'{index}/2')
            parts.append(self.folder / f'{index}.json')
            (self.folder / 'result.json').rename(parts[-1])
        merged = self.folder / 'merged.json'
        result = ringside.run('merge', '--allow-different-windows', '--json', merged, *parts)
        self.assertEqual(result.returncode, 0, result.stderr)
        found = json.loads(merged.read_text())
        self.assertEqual(readers.schema_errors(found), '')
        self.assertEqual([host['requests'] for host in found['hosts']], [501, 500])
        self.assertEqual(found['requests'], 1001)

    def test_the_warm_up_is_none_of_its_costs(self):
        found = self.load('tcp', '-O', '2s', '-d', '200ms', '-c', 1, '--server-pid',
                          self.server.pid)
        self.assertLess(found['host_cpu']['elapsed_ns'], 2_000_000_000)
        self.assertLess(found['server']['cpu_ns'], 2_000_000_000)

    def test_the_server_tells_of_itself(self):
        found = self.load('tcp', '-d', '500ms', '-c', 4, '--server-pid', self.server.pid,
                          '--server-stats', self.stats)
        self.assertEqual(found['server']['pid'], self.server.pid)
        self.assertGreater(found['server']['cpu_ns'], 0)
        self.assertGreater(found['server_stats']['messages'], 0)


if __name__ == '__main__':
    tap.main()
