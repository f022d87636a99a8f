"""The gate of docs/ci.md lets through what is no slower and stops what is; its pages are YAML."""
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
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

GATE = page.ROOT / 'docs' / 'ci' / 'gate.sh'
PAGE = page.ROOT / 'docs' / 'ci.md'

# The program of the project: the one that is built, measured and made slower.
SERVER = '#!/bin/sh\nexec "$RINGSIDE" serve --backend epoll {} "echo+tcp://127.0.0.1:$1"\n'
# Far more than a message costs, wherever it runs: no noise decides here.
SLOWER = '--inject spin=500us'

TRIAL = ('"$RINGSIDE" bench --rounds 1 --backend epoll -w tcp-1 -d 100ms -O 20ms '
         '--server-cmd "mine=$TREE/built {port}" --json -')
OPTIONS = ('--min-effect', '50%', '--max-pairs', '10')


class TestGate(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.git('init', '--quiet', '--initial-branch=main')
        self.commit('base', SERVER.format(''))

    def git(self, *arguments):
        identity = ('-c', 'user.name=x', '-c', 'user.email=x', '-c', 'commit.gpgsign=false')
        subprocess.run(['git', *identity, *arguments], cwd=self.folder, check=True,
                       env=os.environ | {'GIT_CONFIG_GLOBAL': '/dev/null'})

    def commit(self, tag, text):
        (self.folder / 'server').write_text(text)
        self.git('add', 'server')
        self.git('commit', '--quiet', '--allow-empty', '--message', tag)
        self.git('tag', tag)

    def gate(self, *arguments, **environment):
        environment = {'RINGSIDE': ringside.BINARY, 'GATE_RINGSIDE': ringside.BINARY,
                       'GATE_BUILD': 'cp server built; chmod +x built',
                       'GATE_TRIAL': TRIAL} | environment
        return subprocess.run([GATE, *arguments], cwd=self.folder, env=os.environ | environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=8 * ringside.DEADLINE_S)

    def document(self):
        return json.loads((self.folder / 'gate' / 'comparison.json').read_text())

    def test_the_same_passes(self):
        self.commit('same', SERVER.format(''))
        result = self.gate('base', 'same', *OPTIONS)
        self.assertIn(result.returncode, (0, 3), result.stdout + result.stderr)
        self.assertNotEqual(self.document()['verdict'], 'regressed')

    def test_a_slower_one_is_stopped(self):
        self.commit('slow', SERVER.format(SLOWER))
        result = self.gate('base', 'slow', *OPTIONS)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        regressed = {m['benchmark'] for m in self.document()['metrics']
                     if m['judged'] and m['verdict'] == 'regressed'}
        self.assertEqual(regressed, {'tcp-1/mine'})
        folder = self.folder / 'gate'
        self.assertTrue((folder / 'comparison.md').read_text().startswith(
            '### ringside compare: regressed'))
        self.assertEqual(readers.xmllint_errors((folder / 'junit.xml').read_text()), '')
        self.assertFalse((folder / 'base').exists() or (folder / 'head').exists())

    def test_a_folder_is_taken_as_it_is(self):
        (self.folder / 'server').write_text(SERVER.format(SLOWER))
        result = self.gate('HEAD', '.', '-m', 'time:90%', '--max-pairs', '1', '--inconclusive',
                           'pass', GATE_TRIAL='cat "$TREE/built" >>seen')
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        seen = (self.folder / 'seen').read_text()
        self.assertEqual((seen.count('exec'), seen.count(SLOWER)), (4, 2))
        self.assertTrue((self.folder / 'server').exists())

    def test_a_folder_with_any_name_does(self):
        result = self.gate('base', 'base', '-m', 'time', '--max-pairs', '1', '--inconclusive',
                           'pass', GATE_TRIAL='test -x "$TREE/built"', GATE_FOLDER="it's a 'gate'")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_ringside_itself_has_one(self):
        known = subprocess.run(['git', 'rev-parse', 'HEAD'], cwd=page.ROOT, capture_output=True,
                               check=False)
        if known.returncode != 0:
            self.skipTest('this tree is not in a repository')
        environment = {'GATE_RINGSIDE': ringside.BINARY, 'GATE_FOLDER': str(self.folder / 'own'),
                       'GATE_BUILD': 'test -f dev', 'GATE_TRIAL': 'echo "$TREE" >>"$SEEN"',
                       'SEEN': str(self.folder / 'seen')}
        result = subprocess.run([page.ROOT / 'bench' / 'gate' / 'last-commit', '-m', 'time',
                                 '--max-pairs', '1', '--inconclusive', 'pass'],
                                env=os.environ | environment, stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, check=False,
                                timeout=8 * ringside.DEADLINE_S)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(set((self.folder / 'seen').read_text().split()),
                         {str(page.ROOT), str(self.folder / 'own' / 'base')})

    def test_what_an_earlier_run_has_left_does_no_harm(self):
        gate = self.folder / 'gate'
        self.git('worktree', 'add', '--quiet', '--detach', str(gate / 'base'), 'base')
        self.git('worktree', 'add', '--quiet', '--detach', str(gate / 'head'), 'base')
        shutil.rmtree(gate / 'head')
        (gate / 'comparison.md').write_text('of yesterday')
        result = self.gate('base', 'base', GATE_TRIAL='exit 7')
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertIn('exit code 7', result.stderr)
        self.assertFalse((gate / 'comparison.md').exists() or (gate / 'base').exists() or
                         (gate / 'head').exists())

    def test_a_folder_that_is_no_tree_of_ours_is_left_alone(self):
        kept = self.folder / 'gate' / 'head' / 'kept'
        kept.parent.mkdir(parents=True)
        kept.write_text('')
        result = self.gate('base', 'base', GATE_TRIAL='true')
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertIn('in the way', result.stderr)
        self.assertTrue(kept.exists())

    def test_a_shallow_clone_is_told_of(self):
        self.commit('later', SERVER.format(''))
        self.git('clone', '--quiet', '--depth', '1', f'file://{self.folder}', 'clone')
        self.folder = self.folder / 'clone'
        result = self.gate('HEAD^1', 'HEAD', GATE_TRIAL='true')
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertIn('shallow', result.stderr)

    def test_what_cannot_be_compared_is_told(self):
        for arguments, environment, says in (
                (('base',), {}, 'usage'), (('base', 'none'), {}, 'no commit none'),
                (('base', './none'), {}, 'no folder ./none'),
                (('base', 'base'), {'GATE_BUILD': 'echo oh no; exit 1'}, 'oh no\n.*not be built'),
                (('base', 'base'), {'GATE_TRIAL': 'exit 7'}, 'exit code 7'),
                (('base', 'base'), {'GATE_RINGSIDE': './none'}, 'no program ./none'),
                (('base', 'base', '--max-pair', '0'), {}, 'max-pairs')):
            with self.subTest(arguments=arguments, **environment):
                result = self.gate(*arguments, **environment)
                self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
                self.assertRegex(result.stderr, f'(?s){says}')
                self.assertFalse((self.folder / 'gate' / 'base').exists())


class TestPages(unittest.TestCase):
    def blocks(self):
        blocks = [text for _, text in page.blocks(PAGE, 'yaml')]
        self.assertEqual(len(blocks), 2)
        return blocks

    def test_the_workflows_are_yaml(self):
        github, gitlab = map(readers.yaml, self.blocks())
        steps = github['jobs']['compare']['steps']
        self.assertEqual(steps[0]['with']['fetch-depth'], 0)
        self.assertTrue(all(set(step) & {'run', 'uses'} for step in steps))
        gate = next(step['run'] for step in steps if 'docs/ci/gate.sh' in step.get('run', ''))
        self.check_codes(gate)
        self.assertEqual(gitlab['compare']['variables']['GIT_DEPTH'], 0)
        self.assertIn('docs/ci/gate.sh', '\n'.join(gitlab['compare']['script']))
        self.assertEqual(gitlab['compare']['artifacts']['when'], 'always')

    def check_codes(self, step):
        """What cannot be told passes; every other code is that of the step."""
        with peers.folder() as folder:
            gate = pathlib.Path(folder) / 'docs' / 'ci' / 'gate.sh'
            gate.parent.mkdir(parents=True)
            gate.write_text('#!/bin/sh\nexit "$CODE"\n')
            gate.chmod(0o755)
            for code in range(4):
                result = subprocess.run(['bash', '-e', '-c', step], cwd=folder, check=False,
                                        env=os.environ | {'CODE': str(code)}, capture_output=True,
                                        text=True, timeout=ringside.DEADLINE_S)
                self.assertEqual(result.returncode, code % 3, result.stdout + result.stderr)
                self.assertEqual('::warning::' in result.stdout, code == 3, result.stdout)

    def test_the_workflows_are_indented_by_blanks_and_name_what_exists(self):
        for text in self.blocks():
            self.assertNotIn('\t', text)
            for line in text.splitlines():
                self.assertEqual((len(line) - len(line.lstrip(' '))) % 2, 0, line)
            for word in text.split():
                if word.startswith('docs/'):
                    self.assertTrue((page.ROOT / word).exists(), word)

    def test_what_a_stranger_can_name_is_no_part_of_a_command(self):
        for text in self.blocks():
            for line in text.splitlines():
                if '${{' in line:
                    self.assertRegex(line, r'^ +[A-Z_]+: |^ +if: |^ +GH_TOKEN: ')


if __name__ == '__main__':
    tap.main()
