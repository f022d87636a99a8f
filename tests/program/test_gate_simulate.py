"""bench/gate: how often the decision of ringside compare is wrong, simulated and recorded."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import page  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

SIMULATE = os.environ.get('RINGSIDE_SIMULATE', '')
BUILD = os.environ.get('RINGSIDE_BUILD', '')
RECORDED = page.ROOT / 'bench' / 'gate' / 'residuals.txt'
ROW = re.compile(r'^(?P<rule>\S.*?) {2,}(?P<pairs>\d+) +(?P<alarms>[\d.]+) % +(?P<found>[\d.]+) %'
                 r' +(?P<half>[\d.]+) % +(?P<taken>[\d.]+)$')


def simulate(*options, residuals=RECORDED):
    return subprocess.run([SIMULATE, '--residuals', residuals, *options], check=False, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=4 * ringside.DEADLINE_S)


def worlds(text):
    """What each world is called: its rows."""
    found = {}
    for part in text.split('\n\n')[1:]:
        title, _, *lines = part.strip().splitlines()
        found[title] = [ROW.match(line) for line in lines]
    return found


@unittest.skipUnless(SIMULATE, 'not started by Meson')
class TestSimulate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.result = simulate('--trials', '500')

    def test_each_world_has_each_rule(self):
        self.assertEqual(self.result.returncode, 0, self.result.stderr)
        found = worlds(self.result.stdout)
        self.assertEqual(len(found), 6, self.result.stdout)
        for title, rows in found.items():
            self.assertEqual([(row['rule'], int(row['pairs'])) for row in rows],
                             [('one run each, 10 %', 1)] +
                             [(rule, pairs) for rule in ('AAAA BBBB, Mann-Whitney',
                                                         'ringside compare')
                              for pairs in (12, 20, 40)], title)

    def test_the_decision_raises_few_false_alarms(self):
        """1 % of 500 are 5, and by chance up to 11 (p < 0.01); but for runs as recorded, where
        there are no more comparisons than places to begin at."""
        for title, rows in worlds(self.result.stdout).items():
            for row in rows:
                if row['rule'] == 'ringside compare' and 'order' not in title:
                    self.assertLessEqual(float(row['alarms']), 2.2, f'{title}: {row[0]}')
                    self.assertLessEqual(float(row['taken']), int(row['pairs']))

    def test_the_same_seed_gives_the_same_table(self):
        first, again, other = (simulate('--trials', '100', '--pairs', '12', '--seed', seed)
                               for seed in ('7', '7', '8'))
        self.assertEqual(first.stdout, again.stdout)
        self.assertNotEqual(worlds(first.stdout).values(), worlds(other.stdout).values())

    def test_a_change_is_found_where_runs_scatter_little(self):
        with tempfile.NamedTemporaryFile('w', suffix='.txt') as file:
            file.write('# made up\nrate\n' + ''.join(f'{1000 + i % 7}\n' for i in range(40)))
            file.flush()
            result = simulate('--trials', '100', '--column', 'rate', '--wide', '0%', '--drift',
                              '0.1%', residuals=file.name)
        self.assertEqual(result.returncode, 0, result.stderr)
        for title, rows in worlds(result.stdout).items():
            for row in rows[4:]:
                self.assertEqual(float(row['alarms']), 0, title)
                self.assertEqual(float(row['found']), 100, title)

    def test_a_table_that_cannot_be_read_is_told(self):
        for content, sentence in (('', 'has no column "requests_per_s"'),
                                  ('requests_per_s\n' + '5\n' * 3, '12 runs or more'),
                                  ('requests_per_s\n5\nfive\n', 'line 3: a number above 0')):
            with tempfile.NamedTemporaryFile('w', suffix='.txt') as file:
                file.write(content)
                file.flush()
                result = simulate('--trials', '1', residuals=file.name)
            self.assertEqual(result.returncode, 2)
            self.assertIn(sentence, result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_shares_are_percents(self):
        for option in ('--effect=10', '--wide=x%', '--confidence=100%', '--drift=-1%'):
            self.assertEqual(simulate(option).returncode, 2, option)


@unittest.skipUnless(BUILD, 'not started by Meson, or an instrumented build')
class TestRecord(unittest.TestCase):
    def test_a_recording_can_be_replayed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'residuals.txt'
            result = subprocess.run(
                [page.ROOT / 'bench' / 'gate' / 'record', '--runs', '12', '--time', '0.05',
                 '--omit', '0', '-o', path], env=os.environ | {'BUILD': BUILD}, check=False,
                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=4 * ringside.DEADLINE_S)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(path.read_text('utf-8'), '^# Made by: bench/gate/record --runs 12 ')
            for column in ('requests_per_s', 'server_cpu_ns_per_request'):
                result = simulate('--trials', '2', '--column', column, residuals=path)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(f'{column} of 12 runs, ', result.stdout)


if __name__ == '__main__':
    tap.main()
