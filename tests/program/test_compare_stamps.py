"""bench/compare-stamps: what stamps cost, as ratios beside what they are to be."""
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import page  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

BUILD = os.environ.get('RINGSIDE_BUILD', '')


@unittest.skipUnless(BUILD, 'not started by Meson, or an instrumented build')
class TestCompareStamps(unittest.TestCase):
    def setUp(self):
        if not ringside.run('probe').stdout.startswith('Backend: uring'):
            self.skipTest('half of it needs io_uring')

    def check(self, row, goal):
        result = subprocess.run(
            [page.ROOT / 'bench' / 'compare-stamps', '--rounds', '1', '--time', '1', '--only', row],
            env=os.environ | {'BUILD': BUILD}, stdin=subprocess.DEVNULL, text=True,
            timeout=4 * ringside.DEADLINE_S, check=False, capture_output=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        for backend in ('uring', 'epoll'):
            self.assertRegex(result.stdout,
                             rf'(?m)^  {backend} +[\d.]+ \[[\d.]+, [\d.]+\] +wanted: {goal} ')

    def test_receive_stamps(self):
        self.check('receive', '<= 1.06')

    def test_stamps_of_the_generator(self):
        self.check('transmit', '<= 1.15')

    def test_the_reflector(self):
        self.check('reflector', '>= 0.90')


if __name__ == '__main__':
    tap.main()
