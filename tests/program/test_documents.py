"""The commands of README.md and docs/*.md are run, so that they stay true.

A fenced block marked sh is run by itself, with sh -e in an empty folder, ringside on the path; it
must end well within the deadline and may leave nothing running. Blocks marked console (and others)
are not run. A block marked c that has a main() is compiled against the library.
"""
import contextlib
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import page  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

LINK = os.environ.get('RINGSIDE_LINK', '')  # the library, for the linker


@contextlib.contextmanager
def network():
    """What to put before a command so that fixed ports are free, where that can be had."""
    with contextlib.ExitStack() as stack:
        try:
            wrap = stack.enter_context(namespace.Namespace()).wrap()
        except unittest.SkipTest:
            wrap = []
        yield wrap


def run_group(command, folder):
    """Run a command with all it starts; returns exit code, output, and whether any was left."""
    environment = os.environ | {
        'PATH': f'{pathlib.Path(ringside.BINARY).parent}:{os.environ["PATH"]}'}
    with open(pathlib.Path(folder) / '.output', 'w+') as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = process.wait(2 * ringside.DEADLINE_S)
        except subprocess.TimeoutExpired:
            code = None
        left = True
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            left = False
        process.wait()
        output.seek(0)
        return code, output.read(), left


class TestCommands(unittest.TestCase):
    def test_every_block_runs(self):
        count = 0
        for path in page.documents():
            for line, text in page.blocks(path, 'sh'):
                with self.subTest(document=path.name, line=line):
                    self.check(text)
                count += 1
        self.assertGreater(count, 0)

    def check(self, text):
        with peers.folder() as folder, network() as wrap:
            code, output, left = run_group([*wrap, 'sh', '-e', '-c', text], folder)
        self.assertEqual(code, 0, output)
        self.assertFalse(left, 'something is left running')


@unittest.skipUnless(LINK and shutil.which('cc'), 'no compiler, or an instrumented build')
class TestExamples(unittest.TestCase):
    def test_every_program_compiles(self):
        count = 0
        for path in page.documents():
            for line, text in page.blocks(path, 'c'):
                if 'int main(' not in text:
                    continue
                with self.subTest(document=path.name, line=line), peers.folder() as folder:
                    self.build(text, folder)
                count += 1
        self.assertGreater(count, 0)

    def test_the_echo_server_of_the_engine_page_echoes(self):
        with peers.folder() as folder:
            with page.running(self.build(page.example(), folder)) as wrap:
                answer = page.ask_example(wrap)
        self.assertEqual((answer.returncode, answer.stdout), (0, 'hello\n'), answer.stderr)

    def build(self, text, folder):
        program = f'{folder}/example'
        errors = page.compile_c(text, program, f'-I{page.ROOT}/include', *shlex.split(LINK))
        self.assertEqual(errors, '')
        return program


if __name__ == '__main__':
    tap.main()
