"""bench/compare-generator: what the load generator costs, as a table."""
import os
import subprocess
import sys
import pathlib
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import page  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

BUILD = os.environ.get('RINGSIDE_BUILD', '')


@unittest.skipUnless(BUILD, 'not started by Meson, or an instrumented build')
class TestCompareGenerator(unittest.TestCase):
    def compare(self, *options):
        result = subprocess.run(
            [page.ROOT / 'bench' / 'compare-generator', '--rounds', '1', '--time', '1', *options],
            env=os.environ | {'BUILD': BUILD}, stdin=subprocess.DEVNULL, text=True,
            timeout=4 * ringside.DEADLINE_S, check=False, capture_output=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_each_generator_has_its_cost_and_its_ratio(self):
        table = self.compare('--only', 'udp')
        self.assertRegex(table, r'(?m)^  epoll +[\d.]+ us   [\d.]+ of uring \[[\d.]+, [\d.]+\]$')

    def test_recording_has_its_cost(self):
        self.assertRegex(self.compare('--only', 'recording'),
                         r'(?m)^Recording an answer: [\d.]+ ns ')

    def test_a_row_that_there_is_not_is_refused(self):
        result = subprocess.run([page.ROOT / 'bench' / 'compare-generator', '--only', 'nonsense'],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2)


if __name__ == '__main__':
    tap.main()
