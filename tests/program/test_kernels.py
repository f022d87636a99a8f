"""./dev kernels: which kernels it takes, what it says of one that hangs, and the table it wrote."""
import contextlib
import io
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tests' / 'lib'), str(ROOT / 'tests' / 'kernels'),
                str(ROOT / 'tests' / 'kernels' / 'inside')]
import archive  # noqa: E402
import init  # noqa: E402
import kernel  # noqa: E402
import kernels  # noqa: E402
import machine  # noqa: E402
import mirror  # noqa: E402
import output  # noqa: E402
import plan  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402
import test_denied  # noqa: E402
import test_trial  # noqa: E402
import verdict  # noqa: E402

PACKAGES = ['linux-image-5.10.0-9-amd64', 'linux-image-5.10.0-35-amd64',
            'linux-image-5.10.0-35-amd64-dbg', 'linux-image-6.12.57+deb13-cloud-amd64',
            'linux-image-6.12.57+deb13-amd64-unsigned', 'linux-image-6.12.57+deb13-amd64',
            'linux-image-7.1-rc5-amd64', 'linux-image-7.1.2+deb14-amd64-unsigned',
            'linux-binary-7.1.2+deb14-cloud-amd64', 'linux-image-7.1.2+deb14-cloud-amd64',
            'linux-binary-unsigned-7.1.2+deb14-cloud-amd64',
            'linux-image-6.12.57+deb13-rt-amd64-unsigned', 'linux-image-amd64']

# A machine that says something, and then ends or hangs, computing or not.
FAKE = '''#!{python}
import sys, time
console, report = (value[5:] for value in sys.argv if value.startswith('file:'))
open(console, 'w').write({console!r})
open(report, 'w').write({report!r})
while {hangs}:
    time.sleep(0 if {computes} else 1)
'''


class TestChoice(unittest.TestCase):
    def test_the_latest_of_each_series_and_flavour(self):
        chosen = [(one.name, one.package) for one in kernel.choose(PACKAGES)]
        self.assertEqual(chosen, [
            ('5.10', 'linux-image-5.10.0-35-amd64'),
            ('6.12', 'linux-image-6.12.57+deb13-amd64'),
            ('6.12-cloud', 'linux-image-6.12.57+deb13-cloud-amd64'),
            ('6.12-rt', 'linux-image-6.12.57+deb13-rt-amd64-unsigned'),
            ('7.1', 'linux-image-7.1.2+deb14-amd64-unsigned'),
            ('7.1-cloud', 'linux-binary-7.1.2+deb14-cloud-amd64')])

    def test_some_of_them_by_name(self):
        chosen = kernel.select(kernel.choose(PACKAGES), 'oldest,6.12-rt,newest,7.1')
        self.assertEqual([one.name for one in chosen], ['5.10', '6.12-rt', '7.1'])

    def test_a_name_of_none_is_told(self):
        with self.assertRaisesRegex(LookupError, '^6.2$'):
            kernel.select(kernel.choose(PACKAGES), '6.12,6.2')


class TestArchive(unittest.TestCase):
    def test_members_are_aligned_and_stand_below_their_folders(self):
        stream = io.BytesIO()
        with archive.Archive(stream) as made:
            made.file('/a/b/c', b'12345', 0o755)
            made.file('/a/d', b'')
        self.assertEqual(list(self.read(stream.getvalue())),
                         [('a', 0o40755, b''), ('a/b', 0o40755, b''), ('a/b/c', 0o100755, b'12345'),
                          ('a/d', 0o100644, b''), ('TRAILER!!!', 0, b'')])

    def read(self, data):
        at = 0
        while at < len(data):
            fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
            mode, size, length = fields[1], fields[6], fields[11]
            name = data[at + 110:at + 110 + length - 1].decode()
            at += -(-(110 + length) // 4) * 4
            yield name, mode, data[at:at + size]
            at += -(-size // 4) * 4


class TestBoot(unittest.TestCase):
    def boot(self, console='', report='', hangs=False, computes=False, limits=(60, 60, 60)):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / 'fake'
            program.write_text(FAKE.format(python=sys.executable, console=console, report=report,
                                           hangs=hangs, computes=computes))
            program.chmod(0o755)
            return machine.boot('image', 'initramfs', pathlib.Path(folder), 'x',
                                program=str(program), limits=limits)

    def test_one_that_hangs_is_ended_and_its_last_words_are_told(self):
        console = ''.join(f'line {i}\r\n' for i in range(100))
        boot = self.boot(console, hangs=True, computes=True, limits=(1, 1, 600))
        self.assertEqual(boot.trouble, 'it said nothing for 1 s of CPU time while it booted')
        self.assertTrue(boot.console.endswith('line 98\nline 99'), boot.console)
        self.assertEqual(len(boot.console.splitlines()), machine.CONSOLE_LINES)

    def test_one_that_hangs_in_a_job_tells_which(self):
        report = '{"release": "6.1"}\r\n{"job": "serving", "begins": true}\r\n'
        boot = self.boot(report=report, hangs=True, computes=True, limits=(600, 1, 600))
        self.assertEqual(boot.trouble, 'it said nothing for 1 s of CPU time in serving')

    def test_one_that_does_nothing_at_all_is_ended(self):
        boot = self.boot(hangs=True, limits=(60, 60, 2))
        self.assertEqual(boot.trouble, 'it was not done after 2 s, and was ended while it booted')

    def test_one_that_panics_is_no_success(self):
        boot = self.boot('Kernel panic', '{"release": "6.1"}\n')
        self.assertEqual(boot.trouble, 'it ended before its first job')
        result = verdict.judge(kernel.choose(PACKAGES)[0], boot, [])
        self.assertEqual(result.count(verdict.FAILED), 1)

    def test_a_qemu_that_dies_without_a_word_is_no_success(self):
        for command, how in ('kill -9 $$', 'by SIGKILL'), ('exit 1', 'with exit code 1'):
            with self.subTest(command=command), tempfile.TemporaryDirectory() as folder:
                program = pathlib.Path(folder) / 'fake'
                program.write_text(f'#!/bin/sh\n{command}\n')
                program.chmod(0o755)
                boot = machine.boot('image', 'initramfs', pathlib.Path(folder), 'x',
                                    program=str(program))
                self.assertEqual(boot.trouble, f'it ended while it booted {how}')
                result = verdict.judge(kernel.choose(PACKAGES)[0], boot, ['serving'])
                self.assertTrue(result.failed('boot') and result.failed('serving'))

    def test_one_that_comes_to_its_end_has_no_trouble(self):
        self.assertEqual(self.boot(report='{"release": "6.1"}\n{"end": true}\n').trouble, '')


class TestAlive(unittest.TestCase):
    """The first process, of which no line is read but what it tells."""

    def told(self, alive_until):
        with tempfile.NamedTemporaryFile('r') as told:
            report = init.Report(told.name)
            report.alive_until = alive_until
            with mock.patch.object(init.time, 'sleep', side_effect=[None, InterruptedError]):
                self.assertRaises(InterruptedError, report.stay_alive)
            report.stream.close()
            return told.read()

    def test_it_is_told_while_a_job_may_run_and_no_longer(self):
        self.assertEqual(self.told(math.inf), '{"alive": true}\n')
        self.assertEqual(self.told(time.monotonic() - 1), '')


class TestJudgement(unittest.TestCase):
    """What the records of a whole boot come to."""

    def judge(self, *records, jobs=('serving',)):
        boot = machine.Boot([*records, {'end': True}], '', '', 1)
        return [(point.job, point.verdict, point.note) for point in
                verdict.judge(kernel.choose(PACKAGES)[0], boot, jobs).points]

    def test_a_job_that_ended_is_what_it_said(self):
        self.assertEqual(self.judge({'job': 'serving', 'line': 'ok 1 - a'},
                                    {'job': 'serving', 'code': 0}), [('serving', 'passed', '')])

    def test_a_job_that_vanished_has_failed(self):
        self.assertEqual(self.judge(), [('serving', 'failed', 'it did not come to its end')])
        self.assertEqual(self.judge({'job': 'serving', 'line': 'ok 1 - a'}), [
            ('serving', 'failed', 'ok 1 - a\nit did not come to its end')])

    def test_a_record_that_cannot_be_read_is_a_failure(self):
        self.assertEqual(self.judge({'garbled': '{"jo'}, jobs=()),
                         [('boot', 'failed', 'these are no JSON:\n{"jo')])


class TestVerdict(unittest.TestCase):
    def verdicts(self, lines, code=0):
        return [(point.name, point.verdict) for point in verdict.read_job('job', lines, code)]

    def test_points(self):
        lines = ['1..4', 'ok - a::b  (0.02s)', 'why', 'not ok 2 - c', 'and where',
                 'ok - d::e # SKIP no such thing', 'ok 4 - f # SKIP no such thing']
        self.assertEqual(self.verdicts(lines, 1), [('a::b', 'passed'), ('c', 'failed'),
                                                   ('d::e', 'skipped'), ('f', 'skipped')])
        self.assertEqual(verdict.read_job('job', lines, 1)[1].note, 'why\nand where')

    def test_what_is_skipped_as_a_whole(self):
        self.assertEqual(self.verdicts(['1..0 # SKIP no io_uring']), [('job', 'skipped')])

    def test_what_breaks_off_has_failed(self):
        self.assertEqual(self.verdicts(['ok 1 - a'], 139), [('a', 'passed'), ('job', 'failed')])
        self.assertEqual(self.verdicts([]), [('job', 'failed')])


class TestTable(unittest.TestCase):
    """The committed table is whole, and agrees with what the features are said to need."""

    def setUp(self):
        self.table = output.read_table()

    def test_every_feature_has_a_row(self):
        probed = json.loads(ringside.run('probe', '--json').stdout)['features']
        self.assertEqual({name for name, _, _ in plan.features()}, set(probed))
        self.assertTrue(self.table)
        for name, column in self.table.items():
            self.assertLessEqual({f'`{feature}`' for feature in probed}, set(column), name)

    def test_every_row_has_a_cell_for_each_kernel(self):
        for name, column in self.table.items():
            self.assertTrue(all(column.values()), f'{name}: {column}')

    def test_features_are_where_they_are_said_to_be(self):
        for name, _, since in plan.features():
            if name in verdict.NOT_BY_VERSION:
                continue
            for series, column in self.table.items():
                there = verdict.expected(name, since, series.partition('-')[0])
                self.assertEqual(column[f'`{name}`'], 'yes' if there else '-', f'{name}, {series}')

    def test_nothing_failed(self):
        self.assertNotIn('failed', str(self.table))


class FolderTest(unittest.TestCase):
    """With a folder, and with parts of the program that are played."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def patch(self, place, name, **what):
        patch = mock.patch.object(place, name, **what)
        self.addCleanup(patch.stop)
        return patch.start()


class TestImage(FolderTest):
    """The one image in a package, or one sentence on why there is none."""

    def setUp(self):
        super().setUp()
        self.package = self.folder / 'package.deb'

    def build(self, *images):
        if not shutil.which('dpkg-deb'):
            self.skipTest('needs dpkg-deb')
        control = self.folder / 'made' / 'DEBIAN' / 'control'
        control.parent.mkdir(parents=True)
        control.write_text('Package: a\nVersion: 1\nArchitecture: all\nDescription: a\n'
                           'Maintainer: a <a@example.org>\n')
        for name in images:
            place = self.folder / 'made' / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(name)
        subprocess.run(['dpkg-deb', '-b', self.folder / 'made', self.package], check=True,
                       capture_output=True)

    def test_it_is_taken_out_of_the_package(self):
        self.build('boot/vmlinuz-1', 'lib/other')
        kernel._extract(self.package, self.folder / 'image')
        self.assertEqual((self.folder / 'image').read_text(), 'boot/vmlinuz-1')

    def test_what_is_no_package_or_has_no_image_is_told(self):
        self.build('lib/other')
        with self.assertRaisesRegex(mirror.Unreachable, '^package.deb cannot be unpacked: '):
            kernel._extract(self.package, self.folder / 'image')
        self.package.write_text('no package')
        with self.assertRaisesRegex(mirror.Unreachable, '^package.deb cannot be unpacked: '):
            kernel._extract(self.package, self.folder / 'image')


class TestMirror(FolderTest):
    """apt is played: what it says decides whether the lists at hand count as fresh."""

    def setUp(self):
        super().setUp()
        self.patch(mirror, 'own_source', return_value=('http://example.org/debian', ''))
        self.patch(mirror.shutil, 'which', return_value='/usr/bin/apt-get')
        self.apt = self.patch(mirror, 'run')

    def open(self, code, lists=True):
        self.apt.return_value = subprocess.CompletedProcess([], code, '', 'no network')
        if lists:
            (self.folder / 'lists').mkdir(exist_ok=True)
            (self.folder / 'lists' / 'a_Packages').touch()
        return mirror.Mirror(self.folder)

    def test_lists_that_were_not_fetched_are_fetched_again_next_time(self):
        self.open(100)
        self.open(0)
        self.assertEqual(self.apt.call_count, 2)
        self.open(0)
        self.assertEqual(self.apt.call_count, 2)

    def test_what_is_installed_here_does_not_count(self):
        self.open(0)
        arguments = self.apt.call_args.args
        self.assertIn(f'Dir::State::status={self.folder}/status', arguments)
        self.assertEqual((self.folder / 'status').read_text(), '')

    def test_without_any_lists_it_cannot_be_reached(self):
        with self.assertRaisesRegex(mirror.Unreachable, 'no network'):
            self.open(100, lists=False)

    def test_what_apt_cannot_read_or_fetch_is_told(self):
        source = self.open(0)
        self.apt.return_value = subprocess.CompletedProcess([], 100, '', 'broken')
        with self.assertRaisesRegex(mirror.Unreachable, 'broken'):
            source.names('linux')
        with self.assertRaisesRegex(mirror.Unreachable, 'linux did not arrive: broken'):
            source.fetch('linux', self.folder)


class TestTrouble(FolderTest):
    """What goes wrong around one kernel is a failure of that one; and what is missing altogether
    is one where the continuous integration relies on it."""

    def setUp(self):
        super().setUp()
        self.kernels = kernel.select(kernel.choose(PACKAGES), '5.10,6.12,7.1')
        for place, name, value in ((kernels.plan, 'jobs', []), (kernels.plan, 'programs', []),
                                   (kernels.initramfs, 'write', None)):
            self.patch(place, name, return_value=value)

    def main(self, *arguments, ci=''):
        self.patch(sys, 'argv', new=['kernels.py', f'--build={self.folder}', *arguments])
        said = io.StringIO()
        with mock.patch.dict('os.environ', {'CI': ci}), contextlib.redirect_stdout(said):
            return kernels.main(), said.getvalue()

    def find_image(self, one, _):
        if one.name == '5.10':
            raise mirror.Unreachable('it did not arrive')
        return one.name

    def boot(self, image, _, folder, name):
        if image == '6.12':
            raise RuntimeError('an error of ours')
        for suffix in 'console', 'jsonl':
            (folder / f'{name}.{suffix}').touch()
        return machine.Boot([{'release': '7.1'}, {'end': True}], '', '', 1)

    def test_one_without_an_image_and_one_that_breaks_leave_the_results_of_others(self):
        self.patch(kernels, 'at_hand', return_value=(None, self.kernels))
        self.patch(kernel, 'image', side_effect=self.find_image)
        self.patch(machine, 'boot', side_effect=self.boot)
        code, said = self.main()
        self.assertEqual((code, said.splitlines()[-1]), (1, '0 passed, 2 failed, 0 skipped'))
        self.assertIn('failed: 5.10: image: image\n    it did not arrive\n', said)
        self.assertRegex(said, '(?s)failed: 6.12: boot: boot\n.*RuntimeError: an error of ours')
        junit = (self.folder / 'kernels' / 'junit.xml').read_text()
        for name in 'kernel-5.10', 'kernel-6.12', 'kernel-7.1':
            self.assertIn(name, junit)

    def test_without_qemu_or_mirror_all_is_skipped_but_for_ci(self):
        self.patch(kernels, 'at_hand', side_effect=mirror.Unreachable('no network'))
        self.assertEqual(self.main(), (
            0, 'skipped: kernels (no network)\n0 passed, 0 failed, 1 skipped\n'))
        self.assertEqual(self.main(ci='true'), (
            1, 'failed: kernels (no network)\n0 passed, 1 failed, 0 skipped\n'))

    def test_without_a_mirror_the_images_at_hand_are_tried_but_for_ci(self):
        self.patch(kernels, 'missing', return_value='')
        source = self.patch(mirror, 'Mirror')
        source.return_value.names.return_value = []  # it has none
        kept = self.patch(kernel, 'kept', return_value=[one.package for one in self.kernels])
        with contextlib.redirect_stdout(io.StringIO()):
            with mock.patch.dict('os.environ', {'CI': ''}):
                self.assertEqual(kernels.at_hand(), (None, self.kernels))
            with mock.patch.dict('os.environ', {'CI': 'true'}):
                self.assertRaises(mirror.Unreachable, kernels.at_hand)
            kept.return_value = []
            source.side_effect = mirror.Unreachable('no network')
            with mock.patch.dict('os.environ', {'CI': ''}):
                self.assertRaises(mirror.Unreachable, kernels.at_hand)


class TestTrial(unittest.TestCase):
    """The probe held against the kernel itself."""

    def agree(self, probed, trial):
        case = test_trial.TestProbe()
        case.probed = {'x': {'present': probed, 'reason': 'of the probe'}}
        try:
            with mock.patch.dict(test_trial.trial.TRIALS, x=trial):
                case.agree('x')
        finally:
            case.doCleanups()

    def test_the_probe_may_neither_say_too_much_nor_too_little(self):
        absent = mock.Mock(side_effect=OSError(22, 'Invalid argument'))
        self.agree(True, lambda: True)
        self.agree(False, lambda: False)
        self.agree(False, absent)
        for probed, trial in (True, lambda: False), (True, absent), (False, lambda: True):
            self.assertRaisesRegex(AssertionError, 'the kernel itself says', self.agree, probed,
                                   trial)

    def test_what_is_tried_are_features(self):
        self.assertLess(set(test_trial.trial.TRIALS), {name for name, _, _ in plan.features()})


class TestDenied(unittest.TestCase):
    def test_it_refuses_to_set_the_sysctls_of_this_machine(self):
        self.assertRaisesRegex(RuntimeError, 'only for a machine', test_denied.setUpModule)


class TestCommand(unittest.TestCase):
    """A wrong command line is told in one line, before anything is installed or built."""

    def assert_refused(self, says, *arguments):
        told = subprocess.run([ROOT / 'dev', 'kernels', *arguments], capture_output=True, text=True,
                              check=False)
        self.assertEqual((told.returncode, told.stdout, told.stderr.count('\n')), (2, '', 1), told)
        self.assertIn(says, told.stderr)
        self.assertNotIn('BUILD-FOLDER', told.stderr)

    def test_what_is_no_option_is_told(self):
        self.assert_refused('--onyl', '--onyl', '5.10')
        self.assert_refused('--tab', '--tab')
        self.assert_refused('5.10', '5.10')

    def test_what_names_no_kernel_is_told_with_what_would(self):
        self.assert_refused('--only', '--only')
        for value in '', 'nosuch', '6.1,', '6.12-fast':
            self.assert_refused('such are 5.10, 6.12-cloud', '--only', value)


if __name__ == '__main__':
    tap.main()
