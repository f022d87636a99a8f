"""./dev cross: what it runs and leaves out, what it says of wrong words, and the table it wrote."""
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tests' / 'lib'), str(ROOT / 'tests' / 'cross')]
import cross  # noqa: E402
import ringside  # noqa: E402
import table  # noqa: E402
import tap  # noqa: E402
import toolchain  # noqa: E402
from targets import TARGETS, Machine, Target  # noqa: E402

BUILD = pathlib.Path(ringside.BINARY).parent
MACHINE = Machine('folder', ['true'], ['lib'], ['no-such-compiler'], 'x86', emulator='no-such-qemu')


class TestTests(unittest.TestCase):
    def test_what_a_target_is_without_is_skipped_with_the_reason(self):
        target = Target('', 'gcc', ['unit-*', 'program-talk'],
                        without={'unit-sim-*': 'no such calls', 'suite::test': 'no such thing'})
        names = ['unit-a', 'unit-sim-b', 'program-talk', 'program-talk-uring']
        self.assertEqual(cross.choose(target, names), (
            ['unit-a', 'program-talk'], [('unit-sim-b', 'skipped', 'no such calls')]))

    def test_a_pattern_that_stands_for_no_test_is_a_failure(self):
        target = Target('', 'gcc', ['unit-*', 'contract-renamed'], without={
            'unit-sim-*': 'no such calls', 'a::*': 'no such thing', 'b::*': 'renamed'})
        verdicts = [('unit-a: 1 - a::first  (0.01s)', 'passed', ''),
                    ('unit-a: 2 - a::second', 'skipped', 'no such thing')]
        names = ['unit-a', 'unit-sim-b', 'contract-epoll']
        self.assertEqual([(name, verdict) for name, verdict, _ in
                          cross.unmatched(target, names, verdicts)],
                         [('contract-renamed', 'failed'), ('b::*', 'failed')])

    def test_nothing_to_run_is_a_failure_and_runs_nothing(self):
        with mock.patch.object(cross.subprocess, 'run') as run:
            [(_, verdict, _)] = cross.run_tests(Target('', 'gcc', []), pathlib.Path('none'), [])
        self.assertEqual((verdict, run.called), ('failed', False))

    def test_patterns_of_the_targets_stand_for_tests_of_this_build(self):
        names = cross.tests_of(BUILD)
        for name, target in TARGETS.items():
            known = target._replace(without={
                pattern: '' for pattern in target.without if '::' not in pattern})
            self.assertEqual(list(cross.unmatched(known, names, [])), [], name)

    def test_what_is_not_installed_is_told_and_skipped(self):
        [(_, verdict, reason)] = cross.run_target('none', Target('', '', [], machine=MACHINE))
        self.assertEqual(verdict, 'skipped')
        self.assertIn('./dev setup cross', reason)
        self.assertIn('no-such-compiler', reason)


class TestDescription(unittest.TestCase):
    def test_another_description_begins_anew(self):
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place, 'build')
            folder.mkdir()
            toolchain.describe(MACHINE, folder)
            built = folder / 'built'
            built.touch()
            toolchain.describe(MACHINE, folder)
            self.assertTrue(built.exists())
            path = toolchain.describe(MACHINE._replace(family='arm'), folder)
            self.assertFalse(built.exists())
            self.assertIn("cpu_family = 'arm'", path.read_text())


class TestTable(unittest.TestCase):
    def test_what_was_run_replaces_what_stood_there_and_nothing_else(self):
        with tempfile.TemporaryDirectory() as place:
            document = pathlib.Path(place, 'page.md')
            document.write_text(f'before\n{table.BEGIN}{table.END}after\n')
            with mock.patch.object(table, 'DOCUMENT', document):
                for name, counts in ('s390x', (9, 0, 2)), ('musl', (5, 1, 0)), ('musl', (6, 0, 0)):
                    table.write({name: table.row(name, TARGETS[name], counts)}, TARGETS)
                rows = table.read()
            text = document.read_text()
        self.assertEqual(list(rows), ['musl', 's390x'])
        self.assertEqual(rows['s390x'][-4:], ['qemu-s390x', '9', '0', '2'])
        self.assertEqual(rows['musl'][-4:], ['this processor', '6', '0', '0'])
        self.assertTrue(text.startswith('before\n') and text.endswith('after\n'), text)
        for reason in TARGETS['s390x'].without.values():
            self.assertIn(reason, ' '.join(text.split()))

    def test_the_committed_one_has_every_target_and_no_failure(self):
        rows = table.read()
        self.assertEqual(list(rows), list(TARGETS))
        for name, cells in rows.items():
            self.assertEqual(len(cells), len(table.TITLES))
            passed, failed, _ = map(int, cells[-3:])
            self.assertEqual((passed > 100, failed), (True, 0), name)


class TestCommand(unittest.TestCase):
    def assert_refused(self, *arguments):
        told = subprocess.run([sys.executable, ROOT / 'tests' / 'cross' / 'cross.py', *arguments],
                              capture_output=True, text=True, check=False)
        self.assertEqual((told.returncode, told.stdout), (2, ''))
        return told.stderr

    def test_a_wrong_option_is_told(self):
        self.assertIn('--onyl', self.assert_refused('--onyl', 'musl'))
        self.assertIn('--tab', self.assert_refused('--tab'))
        self.assertEqual(self.assert_refused('--only').count('\n'), 1)

    def test_a_target_that_is_none_is_told_with_those_there_are(self):
        told = self.assert_refused('--only', 'i386,sparc')
        self.assertEqual(told.count('\n'), 1)
        self.assertIn("'sparc'", told)
        for name in TARGETS:
            self.assertIn(name, told)
        self.assert_refused('--only', '')


if __name__ == '__main__':
    tap.main()
