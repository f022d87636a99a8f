"""bench/command-times: whole commands by hyperfine, whose file convert and compare take."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import page  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

BUILD = os.environ.get('RINGSIDE_BUILD', '')
COMMANDS = ['version', 'probe', 'serve to its first answer', 'bench of 10 ms', 'convert']


@unittest.skipUnless(BUILD, 'not started by Meson, or an instrumented build')
class TestCommandTimes(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def times(self, *arguments, **environment):
        return subprocess.run([page.ROOT / 'bench' / 'command-times', *arguments], cwd=self.folder,
                              env=os.environ | {'BUILD': BUILD} | environment,
                              stdin=subprocess.DEVNULL, text=True, capture_output=True,
                              check=False, timeout=8 * ringside.DEADLINE_S)

    @unittest.skipUnless(shutil.which('hyperfine'), 'hyperfine is not installed')
    def test_a_row_a_command_and_a_file_that_others_read(self):
        result = self.times('--json', 'times.json', '2')
        self.assertEqual((result.returncode, result.stderr), (0, ''), result.stdout)
        head, *rows = result.stdout.splitlines()
        self.assertEqual(head.split(), ['median', 'least', 'most'])
        self.assertEqual([row[:28].rstrip() for row in rows], COMMANDS)
        for row in rows:
            self.assertRegex(row[28:], r'^( +\d+\.\d ms){3}$')
        written = json.loads((self.folder / 'times.json').read_text())['results']
        self.assertEqual([row['command'] for row in written], COMMANDS)
        self.assertEqual([len(row['times']) for row in written], [2] * len(COMMANDS))
        converted = ringside.run('convert', '-o', 'gobench=-', 'times.json', cwd=self.folder)
        self.assertEqual(converted.returncode, 0, converted.stderr)
        self.assertEqual(converted.stdout.count('BenchmarkVersion\t'), 2)
        compared = ringside.run('compare', 'times.json', 'times.json', '--inconclusive', 'pass',
                                cwd=self.folder)
        self.assertEqual(compared.returncode, 0, compared.stderr)

    @unittest.skipUnless(shutil.which('hyperfine'), 'hyperfine is not installed')
    def test_json_stands_alone_on_standard_output_and_nothing_is_left(self):
        result = self.times('--json=-', '2', TMPDIR=str(self.folder))
        self.assertEqual((result.returncode, result.stderr), (0, ''), result.stdout)
        self.assertEqual(len(json.loads(result.stdout)['results']), len(COMMANDS))
        self.assertEqual(list(self.folder.iterdir()), [])

    @unittest.skipUnless(shutil.which('hyperfine'), 'hyperfine is not installed')
    def test_what_fails_is_told(self):
        result = self.times('--json', 'no/where.json', '2')
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertIn('no/where.json', result.stderr)

    def test_the_command_line(self):
        for arguments in (('x',), ('0',), ('--json',), ('',), ('-5',)):
            with self.subTest(arguments=arguments):
                result = self.times(*arguments)
                self.assertEqual((result.returncode, result.stdout), (2, ''))
                self.assertTrue(result.stderr.startswith('Usage: bench/command-times'))
        result = self.times('--help')
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        self.assertTrue(result.stdout.startswith('Usage: bench/command-times'))


if __name__ == '__main__':
    tap.main()
