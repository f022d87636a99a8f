"""bench/compare-reference: loops written by hand beside the engine, and the time of a start."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import page  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

BUILD = os.environ.get('RINGSIDE_BUILD', '')


@unittest.skipUnless(BUILD, 'not started by Meson, or an instrumented build')
class TestCompareReference(unittest.TestCase):
    def setUp(self):
        if not ringside.run('probe').stdout.startswith('Backend: uring'):
            self.skipTest('a loop needs io_uring')

    def compare(self, *options):
        result = subprocess.run(
            [page.ROOT / 'bench' / 'compare-reference', '--rounds', '1', '-d', '300ms', '-w',
             'tcp-1', *options], env=os.environ | {'BUILD': BUILD}, stdin=subprocess.DEVNULL,
            text=True, timeout=4 * ringside.DEADLINE_S, check=True, capture_output=True)
        return result.stdout

    def test_a_row_for_each_loop_written_by_hand(self):
        table = self.compare()
        for name in ('epoll', 'by-hand-uring', 'by-hand-epoll'):
            self.assertRegex(table, rf'(?m)^.* {name} +\d')
        self.assertRegex(table, r'(?m)^ +epoll/by-hand-epoll +[\d.]+ ')

    @unittest.skipUnless(shutil.which('hyperfine'), 'hyperfine is not installed')
    def test_the_start_is_told_below_the_table(self):
        self.assertRegex(self.compare().splitlines()[-1],
                         r'^Start-up of ringside serve to its first answer: median [\d.]+ ms, ')

    def test_json_stands_alone_on_standard_output(self):
        self.assertEqual(self.compare('--json', '-')[0], '{')


if __name__ == '__main__':
    tap.main()
