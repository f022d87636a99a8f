"""ringside bench: it measures both backends in turn, and prints a table with a row a workload."""
import json
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import ringside  # noqa: E402
import tap  # noqa: E402

FORBID = os.environ.get('RINGSIDE_FORBID', '')
SHORT = ('--rounds', '1', '-d', '50ms')


class TestBench(unittest.TestCase):
    def bench(self, *options, **keywords):
        result = ringside.run('bench', *options, timeout=4 * ringside.DEADLINE_S, **keywords)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def standard_workloads(self):
        shown = ringside.run('bench', '--help').stdout
        return re.findall(r'(?m)^  (\S+) +\* ', shown)

    def test_the_table_has_a_row_for_each_workload(self):
        workloads = self.standard_workloads()
        self.assertGreaterEqual(len(workloads), 7)
        table = self.bench(*SHORT)
        for name in ('TCP 1 x 64 B', 'TCP 50 x 64 B', 'TCP 1000 x 64 B', 'UDP 1 ', 'UDP 64 ',
                     'UNIX'):
            self.assertIn(name, table)

    def test_json_holds_every_trial(self):
        document = json.loads(self.bench(*SHORT, '-w', 'tcp-50', '--json', '-'))
        text = json.dumps(document)
        for word in ('"uring"', '"epoll"', 'tcp-50'):
            self.assertIn(word, text)

    def test_ratios_have_an_interval_from_six_rounds_on(self):
        table = self.bench('--rounds', 6, '-d', '200ms', '-w', 'tcp-1')
        self.assertRegex(table, r'uring/epoll .* rate [\d.]+ to [\d.]+ +CPU [\d.]+ to [\d.]+')

    def test_a_server_that_fails_is_told_in_its_row_and_costs_no_other(self):
        for command, reason in (('false', 'did not start'), ('echo hello', "'hello'"),
                                ('echo listening tcp://127.0.0.1:1; exec sleep 60', 'refused')):
            with self.subTest(command=command):
                result = ringside.run('bench', *SHORT, '-w', 'tcp-1,unix-50', '--server',
                                      f"other=sh -c '{command}'", timeout=4 * ringside.DEADLINE_S)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
                self.assertRegex(result.stdout, f'(?m)other +FAILED: .*{reason}')
                self.assertEqual(len(re.findall(r'(?m)^.* epoll +\d', result.stdout)), 2)

    @unittest.skipUnless(FORBID, 'not started by Meson')
    def test_without_io_uring_it_says_why_and_shows_epoll(self):
        table = self.bench(*SHORT, '-w', 'tcp-1', wrap=[FORBID, 'io_uring_setup', 'EPERM'])
        self.assertIn('io_uring is left out: ', table)
        self.assertRegex(table, r'TCP 1 x 64 B +epoll +\d')
        self.assertNotIn('uring/epoll', table)

    def test_an_unknown_workload_is_refused(self):
        result = ringside.run('bench', '-w', 'tcp-42')
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr.count('\n'), 1)
        self.assertIn('tcp-42', result.stderr)


if __name__ == '__main__':
    tap.main()
