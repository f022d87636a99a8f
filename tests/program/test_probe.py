"""ringside probe: what this kernel offers, for people and for programs."""
import json
import os
import pathlib
import resource
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import ringside  # noqa: E402
import tap  # noqa: E402

FORBID = os.environ.get('RINGSIDE_FORBID', '')


def probe(*options, **keywords):
    return ringside.run('probe', *options, **keywords)


class TestProbe(unittest.TestCase):
    def setUp(self):
        result = probe('--json')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.document = json.loads(result.stdout)

    def test_it_names_its_schema(self):
        self.assertEqual(self.document['schema'], 'ringside-probe/1')
        self.assertEqual(self.document['command'], 'probe')

    def test_each_feature_has_a_reason(self):
        self.assertGreater(len(self.document['features']), 15)
        for name, feature in self.document['features'].items():
            with self.subTest(feature=name):
                self.assertIsInstance(feature['present'], bool)
                self.assertNotEqual(feature['reason'], '')
                self.assertFalse(feature['effective'] and not feature['present'])

    def test_the_table_says_the_same(self):
        result = probe()
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        for name, feature in self.document['features'].items():
            line = next(line for line in result.stdout.splitlines() if f' {name} ' in line)
            self.assertIn(' yes ' if feature['present'] else ' no ', line)

    def test_the_backend_is_the_one_that_auto_takes(self):
        with ringside.Server('--json-stats', '-', 'echo+tcp://127.0.0.1:0', engine=[]) as server:
            server.signal(15)
            self.assertEqual(server.wait(), 0)
            stats = json.loads(server.process.stdout.read())
            server.close()
        self.assertEqual(self.document['backend']['effective'], stats['backend']['effective'])

    def test_the_features_are_those_of_an_engine(self):
        """What the probe says would be in effect is in effect."""
        with ringside.Server('--json-stats', '-', 'echo+tcp://127.0.0.1:0',
                             'echo+udp://127.0.0.1:0', engine=[]) as server:
            server.signal(15)
            self.assertEqual(server.wait(), 0)
            stats = json.loads(server.process.stdout.read())
            server.close()
        for name, feature in self.document['features'].items():
            with self.subTest(feature=name):
                self.assertEqual(feature['effective'], stats['features'][name]['effective'])

    def test_a_reading_is_there_or_has_a_reason(self):
        machine, missing = self.document['machine'], self.document['not_available']
        for name in ('clock_source', 'cpus_online', 'virtualisation', 'governor'):
            self.assertIn(name, machine)
        for name, value in machine.items():
            with self.subTest(name=name):
                self.assertEqual(value is None, name in missing)
                self.assertNotEqual(value, '')
                self.assertNotEqual(missing.get(name), '')

    def test_readings_of_the_machine_are_those_of_the_kernel(self):
        machine = self.document['machine']
        self.assertEqual(machine['kernel'], os.uname().release)
        self.assertEqual(machine['cpus_allowed'], len(os.sched_getaffinity(0)))
        somaxconn = pathlib.Path('/proc/sys/net/core/somaxconn').read_text()
        self.assertEqual(machine['somaxconn'], int(somaxconn))

    def test_limits_are_those_of_the_process(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (101, 202))
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (8192, 8192))

        machine = json.loads(probe('--json', preexec_fn=limit).stdout)['machine']
        self.assertEqual((machine['nofile'], machine['nofile_max']), (101, 202))
        self.assertEqual((machine['memlock'], machine['memlock_max']), (8192, 8192))

    @unittest.skipUnless(FORBID, 'not started by Meson')
    def test_without_io_uring_it_says_why(self):
        for error in ('EPERM', 'ENOSYS'):
            with self.subTest(error=error):
                result = probe('--json', wrap=[FORBID, 'io_uring_setup', error])
                document = json.loads(result.stdout)
                self.assertEqual(result.returncode, 0)
                self.assertEqual(document['backend']['effective'], 'epoll')
                self.assertIn(error, document['backend']['reason'])
                self.assertFalse(document['features']['buffer_ring']['present'])


if __name__ == '__main__':
    tap.main()
