"""The recipes of docs/many-hosts.md, as they stand there: one load from two hosts.

The hosts are network namespaces, and ssh is a stand-in that enters them (lib/hosts.py). Values of
the first block (hosts, url, load, start) are the test's own.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import hosts  # noqa: E402
import page  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

PAGE = page.ROOT / 'docs' / 'many-hosts.md'
NAMES = ['one', 'two']
RATE, REQUESTS = 1000, 501
OVERLAP_SHARE = 0.95  # what merge demands
LEADS_S = [2, 4, 8, 16]  # the next one where a busy machine has taken longer to connect


def recipe(title, language='bash'):
    """The block below a heading of the page."""
    section = PAGE.read_text().split(f'\n### {title}\n')[1].split('\n##')[0]
    return re.search(rf'(?ms)^```{language}\n(.*?)^```$', section)[1]


def can_merge():
    return ringside.run('merge', '--help').returncode == 0


class TestRecipes(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.net = self.enter(hosts.Hosts(*NAMES))
        self.server = self.enter(
            ringside.Server(f'echo+tcp://{hosts.SERVER}:0', wrap=self.net.wrap()))

    def enter(self, context):
        entered = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return entered

    def run_recipe(self, text):
        """Run it where the server is; the merge apart from it, which may not be there yet."""
        merges = [line for line in text.splitlines() if line.startswith('ringside merge ')]
        text = ''.join(f'{line}\n' for line in text.splitlines() if line not in merges)
        values = {'hosts': ' '.join(NAMES), 'url': str(self.server.url),
                  'load': f'-R {RATE} -n {REQUESTS} -c 4'}
        for lead_s in LEADS_S:
            self.start = int(time.time()) + lead_s
            result = self.bash(text, values | {'start': str(self.start)})
            told = result.stdout + result.stderr
            if '--start-at' not in told:
                break
        self.assertEqual(result.returncode, 0, told)
        return merges

    def bash(self, text, values):
        environment = self.net.environment() | values
        return subprocess.run([*self.net.wrap(), 'bash', '-eu', '-c', text], cwd=self.folder,
                              env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, timeout=2 * ringside.DEADLINE_S)

    def check_window(self, documents):
        """None began before it was to, and merge would take them."""
        begins = [document['started_unix_ns'] for document in documents]
        ends = [begin + document['duration_ns'] for begin, document in zip(begins, documents)]
        self.assertGreaterEqual(min(begins), self.start * 10**9)
        self.common_share = (min(ends) - max(begins)) / max(
            document['duration_ns'] for document in documents)
        self.assertGreater(self.common_share, 0, 'the windows do not overlap at all')

    def check_merge(self, commands):
        if not can_merge():
            self.skipTest('the load was right; there is no ringside merge to go on with')
        command, = commands
        result = self.bash(command, {'hosts': ' '.join(NAMES)})
        if self.common_share < OVERLAP_SHARE:
            self.assertEqual(result.returncode, 2, 'merge takes windows that do not overlap')
            self.skipTest(f'this machine was too busy: windows overlap for {self.common_share}')
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        merged = json.loads((self.folder / 'all.json').read_text())
        self.assertEqual(merged['requests'], REQUESTS)
        self.assertEqual(sorted(row['name'] for row in merged['hosts']), NAMES)

    def check(self, title, files):
        merges = self.run_recipe(recipe(title))
        documents = [json.loads((self.folder / file).read_text()) for file in files]
        self.assertEqual([document['host']['name'] for document in documents], NAMES)
        self.assertEqual([document['options']['share'] for document in documents], ['1/2', '2/2'])
        self.assertEqual([document['requests'] for document in documents], [251, 250])
        for document in documents:
            self.assertEqual(document['verdict']['evidence']['rate_wanted_per_s'], RATE / 2)
        self.check_window(documents)
        self.check_merge(merges)

    def need(self, program, package):
        if not shutil.which(program):
            self.skipTest(f'{program} is not installed ({package})')

    def test_loop_around_ssh(self):
        self.check('A loop around ssh', ['one.json', 'two.json'])

    def test_pdsh(self):
        self.need('pdsh', 'pdsh')
        self.check('pdsh', ['one.json', 'two.json'])

    def test_clush(self):
        self.need('clush', 'clustershell')
        self.check('clush', ['one', 'two'])

    def test_ansible(self):
        self.need('ansible-playbook', 'ansible-core')
        remote = self.folder / 'remote'
        remote.mkdir()
        (self.folder / 'load.yml').write_text(
            recipe('Ansible', 'yaml').replace('/tmp', str(remote)))
        self.check('Ansible', ['one.json', 'two.json'])

    def test_mpirun(self):
        self.need('mpirun', 'openmpi-bin')
        if not os.environ.get('RINGSIDE_MPI'):
            self.skipTest('built without ringside-mpi (-Dmpi=enabled), or with TSan')
        self.assertEqual(self.run_recipe(recipe('mpirun')), [])
        document = json.loads((self.folder / 'all.json').read_text())
        self.assertEqual([row['name'] for row in document['hosts']], NAMES)
        self.assertEqual([run['requests'] for run in document['runs']], [251, 250])
        self.assertEqual(document['requests'], REQUESTS)


class TestPage(unittest.TestCase):
    def test_each_recipe_is_run_here(self):
        titles = re.findall(r'(?m)^### (.*)$', PAGE.read_text())
        methods = [name for name in dir(TestRecipes) if name.startswith('test_')]
        self.assertEqual(sorted('test_' + title.removeprefix('A ').lower().replace(' ', '_')
                                for title in titles), methods)


if __name__ == '__main__':
    tap.main()
