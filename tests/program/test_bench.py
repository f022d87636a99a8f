"""ringside bench: it measures both backends in turn, and prints a table with a row a workload."""
import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import ringside  # noqa: E402
import tap  # noqa: E402

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
        for name in ('TCP 1 x 64 B', 'TCP 50 x 64 B', 'TCP 1000 x 64 B', 'UDP 1 ', 'UDP 64 ', 'UNIX'):
            self.assertIn(name, table)

    def test_json_holds_every_trial(self):
        document = json.loads(self.bench(*SHORT, '-w', 'tcp-50', '--json', '-'))
        text = json.dumps(document)
        for word in ('"uring"', '"epoll"', 'tcp-50'):
            self.assertIn(word, text)

    def test_an_unknown_workload_is_refused(self):
        result = ringside.run('bench', '-w', 'tcp-42')
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr.count('\n'), 1)
        self.assertIn('tcp-42', result.stderr)


if __name__ == '__main__':
    tap.main()
