"""What meson install leaves is enough to build and run a program of one's own."""
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import page  # noqa: E402
import peers  # noqa: E402
import tap  # noqa: E402

BUILD = os.environ.get('RINGSIDE_BUILD', '')  # the build directory
TOOLS = ('meson', 'pkg-config', 'cc')


@unittest.skipUnless(BUILD and all(map(shutil.which, TOOLS)),
                     f'needs {", ".join(TOOLS)} and a build that is not instrumented')
class TestInstalled(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', folder.name],
                       capture_output=True, check=True)

    def one(self, pattern):
        """The path of the one installed file whose name is like that."""
        found = list(self.root.rglob(pattern))
        self.assertEqual(len(found), 1, f'{pattern}: {found}')
        return found[0]

    def flags(self, *options):
        environment = os.environ | {'PKG_CONFIG_PATH': str(self.one('ringside.pc').parent),
                                    'PKG_CONFIG_SYSROOT_DIR': str(self.root)}
        printed = subprocess.run(['pkg-config', *options, 'ringside'], env=environment, text=True,
                                 stdout=subprocess.PIPE, check=True).stdout
        return shlex.split(printed)

    def assert_echoes(self, flags, environment):
        program = f'{self.root}/example'
        self.assertEqual(page.compile_c(page.example(), program, *flags), '')
        with page.running(program, env=environment) as wrap:
            answer = page.ask_example(wrap)
        self.assertEqual((answer.returncode, answer.stdout), (0, 'hello\n'), answer.stderr)

    def test_the_example_runs_with_the_shared_library(self):
        library = self.one('libringside.so')
        self.assert_echoes(self.flags('--cflags', '--libs'),
                           os.environ | {'LD_LIBRARY_PATH': str(library.parent)})

    def test_the_example_runs_with_the_static_library(self):
        archive = str(self.one('libringside.a'))
        flags = [archive if flag == '-lringside' else flag
                 for flag in self.flags('--static', '--cflags', '--libs')]
        environment = dict(os.environ)
        environment.pop('LD_LIBRARY_PATH', None)
        self.assertIn(archive, flags)
        self.assertNotIn('-ljansson', flags)
        self.assert_echoes(flags, environment)

    def test_the_program_and_its_pages_are_there(self):
        version = subprocess.run([self.one('bin/ringside'), '--version'], text=True,
                                 stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(self.flags('--modversion'), [version.split()[1]])
        for unit in ('ringside.service', 'ringside.socket'):
            self.assertIn('lib/systemd/system', str(self.one(unit).parent))
        program = pathlib.Path('/') / self.one('bin/ringside').relative_to(self.root)
        self.assertIn(f'ExecStart={program} serve', self.one('ringside.service').read_text())
        self.assertGreater(self.one('serve.conf').stat().st_size, 0)
        for command in ('', '-serve', '-talk', '-load', '-bench', '-probe'):
            self.assertGreater(self.one(f'man1/ringside{command}.1').stat().st_size, 0)


if __name__ == '__main__':
    tap.main()
