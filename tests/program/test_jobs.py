"""Job files: the sections run as the command lines that --showcmd prints, one after another."""
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import page  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

ECHO = 'echo+tcp://127.0.0.1:0'


class JobTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / 'jobs.ini'

    def write(self, text):
        self.path.write_text(text)

    def run_jobs(self, *options, **keywords):
        return ringside.run('load', '--job', self.path, *options, cwd=self.folder, **keywords)

    def result(self, name):
        return json.loads((self.folder / name).read_text())

    def assert_refused(self, says, *options, line=None):
        """One line of error, nothing run, nothing printed."""
        result = self.run_jobs(*options)
        self.assertEqual((result.returncode, result.stdout), (2, ''), result.stderr)
        where = '' if line is None else f'{self.path}:{line}: '
        self.assertTrue(result.stderr.startswith(f'ringside load: {where}'), result.stderr)
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn(says, result.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir()],
                         ['jobs.ini'] if self.path.is_file() else [])


class TestRun(JobTest):
    def setUp(self):
        super().setUp()
        server = ringside.Server(ECHO)
        self.addCleanup(server.end)
        self.url = server.url.target

    def write_two(self):
        self.write(f'''
            [global]
            url = {self.url}
            requests = 200
            connections = 2
            [small]
            size = 16
            json = small.json
            [large]
            size = 4Ki
            connections = 3
            depth = 2
            json = large.json
            ''')

    def test_each_section_runs_with_its_values(self):
        self.write_two()
        run = self.run_jobs()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(re.findall(r'(?m)^\[(\w+)\]$', run.stdout), ['small', 'large'])
        expected = {'small.json': (16, 2, 1), 'large.json': (4096, 3, 2)}
        for name, values in expected.items():
            result = self.result(name)
            options = result['options']
            self.assertEqual((options['size'], options['connections'], options['depth']), values)
            self.assertEqual(result['requests'], 200)

    def test_the_command_line_overrides_the_file(self):
        self.write_two()
        with ringside.Server(ECHO) as other:
            run = self.run_jobs('-s', 100, '--req', 50, other.url.target)
            self.assertEqual(run.returncode, 0, run.stderr)
            for name in ('small.json', 'large.json'):
                options = self.result(name)['options']
                self.assertEqual((options['size'], options['requests']), (100, 50))
                self.assertEqual(options['arguments'], [other.url.target])

    def test_sections_are_picked_in_the_order_of_their_naming(self):
        self.write_two()
        run = self.run_jobs('--section', 'large')
        self.assertEqual(re.findall(r'(?m)^\[(\w+)\]$', run.stdout), ['large'])
        self.assertFalse((self.folder / 'small.json').exists())
        run = self.run_jobs('--section=large', '--section=small')
        self.assertEqual(re.findall(r'(?m)^\[(\w+)\]$', run.stdout), ['large', 'small'])

    def test_the_line_that_is_shown_does_what_the_job_does(self):
        self.write(f"[a]\nurl = {self.url}\nrequests = 20\njson = it's $HOME; \"a\" *.json\n"
                   'features = -zero_copy\nsockopt = nodelay=on\nsockopt = keepalive=off\n'
                   'no-verify\n')
        self.assertEqual(self.run_jobs().returncode, 0)
        name = 'it\'s $HOME; "a" *.json'
        by_job = self.result(name)['options']
        (self.folder / name).unlink()
        shown = self.run_jobs('--showcmd').stdout
        self.assertFalse((self.folder / name).exists())
        words = shlex.split(shown, comments=True)
        self.assertEqual(words[:2], ['ringside', 'load'])
        self.assertIn(f'--json={name}', words)
        environment = os.environ | {
            'PATH': f'{pathlib.Path(ringside.BINARY).parent}:{os.environ["PATH"]}'}
        subprocess.run(['sh', '-e', '-c', shown], cwd=self.folder, env=environment, check=True,
                       stdout=subprocess.DEVNULL, timeout=ringside.DEADLINE_S)
        self.assertEqual(self.result(name)['options'], by_job)

    def test_lines_of_all_sections_are_shown_in_order(self):
        self.write_two()
        lines = self.run_jobs('--showcmd', '-c9').stdout.splitlines()
        self.assertEqual(lines[0::2], ['# small', '# large'])
        for line, size in zip(lines[1::2], ('16', '4Ki')):
            words = shlex.split(line)
            self.assertIn(f'--size={size}', words)
            self.assertEqual(words[-2:], ['--connections=9', self.url])
            self.assertFalse([word for word in words if word.startswith(('--job', '--show'))])

    def test_json_on_standard_output_stands_alone(self):
        self.write(f'[a]\nurl = {self.url}\nrequests = 10\njson = -\n')
        run = self.run_jobs()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(json.loads(run.stdout)['requests'], 10)

    def test_the_gravest_exit_code_is_that_of_all(self):
        """And a job that fails keeps none from running."""
        refusing = f'unix:{self.folder}/nobody'
        self.write(f'[global]\nrequests = 10\n[bad]\nurl = {refusing}\n'
                   f'[good]\nurl = {self.url}\njson = good.json\n')
        run = self.run_jobs()
        self.assertEqual(run.returncode, 2)
        self.assertIn('the job bad has ended with 2', run.stderr)
        self.assertNotIn('job good', run.stderr)
        self.assertEqual(self.result('good.json')['requests'], 10)
        self.assertEqual(self.run_jobs('--section', 'good').returncode, 0)

    def test_lost_answers_are_less_grave_than_no_connection(self):
        with ringside.Server('discard+udp://127.0.0.1:0') as silent:
            self.write(f'[lost]\nurl = echo+{silent.url.target}\nconnections = 1\nrequests = 1\n'
                       f'timeout = 10ms\n[good]\nurl = {self.url}\nrequests = 1\n'
                       f'connections = 1\n[bad]\nurl = unix:{self.folder}/nobody\n')
            self.assertEqual(self.run_jobs('--section=lost', '--section=good').returncode, 1)
            self.assertEqual(self.run_jobs().returncode, 2)

    def test_a_signal_ends_the_sequence(self):
        self.write(f'[global]\nurl = {self.url}\n[first]\nduration = 1h\n'
                   '[second]\nrequests = 1\njson = second.json\n')
        process = subprocess.Popen([ringside.BINARY, 'load', '--job', str(self.path)],
                                   cwd=self.folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        try:
            self.assertEqual(process.stdout.readline(), '[first]\n')
            self.await_caught(process.pid, signal.SIGINT)
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=ringside.DEADLINE_S)
        finally:
            process.kill()
            process.wait()
        self.assertEqual(process.returncode, 130, errors)
        self.assertNotIn('[second]', output)
        self.assertFalse((self.folder / 'second.json').exists())

    def await_caught(self, pid, number):
        """The heading comes before the handler: until then a signal would end the process."""
        deadline = time.monotonic() + ringside.DEADLINE_S
        while time.monotonic() < deadline:
            status = pathlib.Path(f'/proc/{pid}/status').read_text()
            if int(re.search(r'SigCgt:\s*(\w+)', status)[1], 16) >> (number - 1) & 1:
                return
            time.sleep(0.001)
        self.fail('the signal is not caught')

    def test_the_example_of_the_page_is_a_job_file(self):
        _, text = next(page.blocks(page.ROOT / 'docs' / 'jobs.md', 'ini'))
        self.write(text)
        lines = self.run_jobs('--showcmd').stdout.splitlines()
        _, shown = next(page.blocks(page.ROOT / 'docs' / 'jobs.md', 'console'))
        self.assertEqual(lines, shown.splitlines()[1:])
        run = self.run_jobs('--requests=100', '--duration=auto', '--omit=0s', self.url)
        self.assertEqual(run.returncode, 0, run.stderr)


class TestRefused(JobTest):
    URL = 'url = tcp://127.0.0.1:1\n'

    def test_an_unknown_option_with_its_line(self):
        self.write(f'[a]\n{self.URL}\nconections = 4\n')
        self.assert_refused("no option 'conections'; did you mean 'connections'?", line=4)

    def test_a_bad_value_with_its_line(self):
        self.write(f'[a]\n{self.URL}[b]\n{self.URL}size = big\n')
        self.assert_refused("--size: 'big' is not a size", line=5)
        self.write(f'[a]\n{self.URL}sockopt = warp=9\n')
        self.assert_refused("--sockopt: there is no socket option 'warp'", line=3)
        self.write(f'[a]\n{self.URL}verify = maybe\n')
        self.assert_refused("'verify' is true or false, not 'maybe'", line=3)

    def test_a_bad_value_of_the_command_line_once(self):
        self.write(f'[a]\n{self.URL}[b]\n{self.URL}')
        self.assert_refused("--size: 'big' is not a size", '--size', 'big')
        self.assert_refused("no option '--sizee'", '--sizee=1')

    def test_an_unknown_section_lists_those_there_are(self):
        self.write(f'[global]\n{self.URL}[steady]\n[burst]\n')
        self.assert_refused('no such section; there are steady, burst', '--section', 'x')
        self.assert_refused('there are steady, burst', '--section', 'global')

    def test_options_of_jobs_inside_a_file(self):
        for name in ('job', 'section', 'showcmd', 'help', 'usage', 'version'):
            self.write(f'[a]\n{self.URL}{name} = x\n')
            self.assert_refused('belongs on the command line', line=3)

    def test_a_job_without_a_target(self):
        self.write(f'[a]\n{self.URL}[b]\nsize = 64\n')
        self.assert_refused('the job b lacks a line: url = URL', line=3)

    def test_files_that_cannot_be_read(self):
        self.assert_refused('No such file or directory')
        self.path.mkdir()
        result = self.run_jobs()
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertIn(f'{self.path}: Is a directory', result.stderr)

    def test_files_without_a_job(self):
        for text in ('', '\n; nothing\n', f'[global]\n{self.URL}'):
            self.write(text)
            self.assert_refused('there is no job in it; a job is a section: [NAME]')
        self.write(self.URL)
        self.assert_refused('stands in no section; begin with [global] or [NAME]', line=1)

    def test_two_jobs_that_would_write_one_file(self):
        self.write(f'[a]\n{self.URL}json = x.json\n[b]\n{self.URL}json = x.json\n')
        self.assert_refused('--json: the jobs a and b would both write x.json')
        self.write(f'[a]\n{self.URL}[b]\n{self.URL}json = x.json\n')
        self.assert_refused('--json: the jobs a and b would both write y.json', '--json', 'y.json')
        self.assert_refused('the jobs b and b', '--section=b', '--section=b')

    def test_options_of_jobs_without_a_file(self):
        for option in ('--section=a', '--showcmd'):
            result = ringside.run('load', option, 'tcp://127.0.0.1:1')
            self.assertEqual((result.returncode, result.stdout), (2, ''))
            self.assertIn(f'{option.partition("=")[0]} is about a job file: --job FILE',
                          result.stderr)


if __name__ == '__main__':
    tap.main()
