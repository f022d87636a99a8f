"""Torture: every fallible call of a command fails once in turn, and each time it ends with exit
code 0 (it could do without) or 2 (and one line that says why): it does not crash, hang, leak or
leave anything behind.

A call that is made from one place many times fails there the first time and the last; with
RINGSIDE_TORTURE_ALL in the environment, as ./dev torture has it, every time.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import operation  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

PROGRAM = os.environ['RINGSIDE_TORTURE_PROGRAM']
ALL = 'RINGSIDE_TORTURE_ALL' in os.environ
DEADLINE_S = 60
CALLS_MAX = 20000  # more would be an endless loop around a call that fails


# What is told of a run that goes on.
REMARK = re.compile(r'^ringside \w+: (warning: |serving with epoll|metrics at |'
                    r'the sandbox is without|sandbox: )')


class Ending:
    """How one run ended, and the call that failed in it."""

    def __init__(self, exit_code, complaint, calls):
        self.exit_code = exit_code
        self.complaint = complaint
        self.calls = calls


def finish(process, serves):
    """Let a command come to its end: a server once it listens, by a signal."""
    if serves:
        for line in process.stdout:
            if line.startswith('listening'):
                process.send_signal(signal.SIGTERM)
                break
    try:
        _, complaint = process.communicate(timeout=DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        _, complaint = process.communicate()
        complaint += f'\nstill running after {DEADLINE_S} s'
    return process.returncode, complaint


class Torture(unittest.TestCase):
    """Each test gives a command; what it must not leave behind is looked for in self.folder."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.log = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / 'calls'
        self.standard_input = os.devnull

    def run_once(self, arguments, serves, number=None):
        environment = os.environ | {'RINGSIDE_TORTURE_LOG': str(self.log)}
        if number:
            environment['RINGSIDE_TORTURE'] = str(number)
        self.log.unlink(missing_ok=True)
        # A server that cannot say that it listens is not heard: its end is that of the pipe.
        with open(self.standard_input, 'rb') as lines, \
                subprocess.Popen([PROGRAM, *arguments], env=environment, text=True, stdin=lines,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            exit_code, complaint = finish(process, serves)
        calls = [line.split() for line in self.log.read_text().splitlines()]
        return Ending(exit_code, complaint, calls)

    def numbers(self, calls):
        """The calls that are to fail, by number: of each place the first and the last."""
        self.assertLess(len(calls), CALLS_MAX)
        if ALL:
            return range(1, len(calls) + 1)
        first, last = {}, {}
        for number, name, place in calls:
            first.setdefault((name, place), int(number))
            last[(name, place)] = int(number)
        return sorted({*first.values(), *last.values()})

    def forget_unseen(self, ending):
        """A server that ends and cannot see whether a socket file is still its own leaves it."""
        if ending.exit_code == 0 and ending.calls and ending.calls[0][1] == 'lstat64':
            for path in self.folder.iterdir():
                if path.is_socket():
                    path.unlink()

    def check_remains(self, before, results):
        """Nothing but the results is left, and those are whole."""
        for path in set(self.folder.iterdir()) - before:
            self.assertIn(path, results, 'was left behind')
        for path in results:
            if path.suffix == '.json' and path.exists():
                json.loads(path.read_text())
            path.unlink(missing_ok=True)

    def check_complaint(self, complaint):
        lines = [line for line in complaint.splitlines() if not REMARK.match(line)]
        self.assertEqual(len(lines), 1, complaint)
        self.assertRegex(lines[0], r'^ringside \w+: \S')

    def torture(self, *arguments, serves=False, results=(), exit_codes=(0, 2)):
        arguments = [str(argument) for argument in arguments]
        before = set(self.folder.iterdir())
        whole = self.run_once(arguments, serves)
        self.assertEqual(whole.exit_code, 0, whole.complaint)
        self.check_remains(before, results)
        numbers = self.numbers(whole.calls)
        self.assertGreater(len(numbers), 10)
        for number in numbers:
            ending = self.run_once(arguments, serves, number)
            with self.subTest(number=number, call=ending.calls):
                self.assertIn(ending.exit_code, exit_codes, ending.complaint)
                if ending.exit_code:
                    self.check_complaint(ending.complaint)
                self.forget_unseen(ending)
                self.check_remains(before, results)


class TestServe(Torture):
    def serve(self, *options):
        stats = self.folder / 'stats.json'
        self.torture('serve', *options, '--json-stats', stats, 'echo+tcp://127.0.0.1:0',
                     'stamp+udp://127.0.0.1:0', f'daytime+unix:{self.folder}/socket',
                     f'echo+unixpacket:{self.folder}/packet', serves=True, results=[stats])

    def test_uring(self):
        self.serve('--backend', 'auto')

    def test_epoll_on_two_threads(self):
        self.serve('--backend', 'epoll', '-t', '2')

    @unittest.skipUnless(os.geteuid() == 0, 'only root can become another user')
    def test_as_another_user(self):
        os.chown(self.folder, 65534, 65534)
        self.serve('--backend', 'epoll', '--user', '65534:65534')

    def test_operation(self):
        config = self.folder / 'serve.conf'
        config.write_text(f'[serve]\nlisten = echo+tcp://127.0.0.1:0\n'
                          f'metrics = unix:{self.folder}/metrics\nbackend = epoll\n')
        with operation.Manager() as manager:
            os.environ.update(NOTIFY_SOCKET=manager.path, WATCHDOG_USEC='60000000')
            self.addCleanup(os.environ.pop, 'NOTIFY_SOCKET')
            self.addCleanup(os.environ.pop, 'WATCHDOG_USEC')
            manager.forget()
            self.torture('serve', '--config', config, serves=True)

    def test_configuration(self):
        config = self.folder / 'serve.conf'
        config.write_text('[serve]\nlisten = echo+tcp://127.0.0.1:0\n')
        for option in ('--print-config', '--check-config'):
            self.torture('serve', '--config', config, option)

    def test_faults_on_purpose_and_limits(self):
        self.serve('--backend', 'epoll', '--inject', 'delay=1ms', '--verbose',
                   '--rate-limit', '1000', 'echo+udp://0.0.0.0:0')


class TestClients(Torture):
    """Against a server to which nothing happens. A connection that cannot be made is a failure of
    the test (1) for those who count them."""

    def setUp(self):
        super().setUp()
        self.key = self.folder / 'key'
        self.key.write_text('a key of tests\n')
        server = ringside.Server('echo+tcp://127.0.0.1:0', 'stamp+udp://127.0.0.1:0',
                                 '--key-file', self.key)
        self.enterContext(server)
        self.echo, self.stamp = server.urls[:2]

    def test_load(self):
        result = self.folder / 'load.json'
        self.torture('load', '-d', '20ms', '-c', '2', '--json', result, self.echo, results=[result],
                     exit_codes=(0, 1, 2))

    def test_load_on_epoll(self):
        self.torture('load', '--backend', 'epoll', '-d', '20ms', '-R', '500', '-t', '2', '-c', '2',
                     '--key-file', self.key, self.stamp, exit_codes=(0, 1, 2))

    def test_talk(self):
        self.torture('talk', '--text-once', 'hello', self.echo, exit_codes=(0, 1, 2))

    def test_talk_of_standard_input(self):
        self.standard_input = self.folder / 'lines'
        self.standard_input.write_text('hello\nand again\n')
        self.torture('talk', self.echo, exit_codes=(0, 1, 2))


class TestDocuments(Torture):
    """Commands that read results and write others."""

    @classmethod
    def setUpClass(cls):
        cls.results = tempfile.TemporaryDirectory()
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            for name in ('a', 'b'):
                done = ringside.run('load', '-d', '50ms', '--runs', '3', '--json',
                                    f'{cls.results.name}/{name}.json', server.urls[0])
                assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.results.cleanup()

    def paths(self):
        return [f'{self.results.name}/{name}.json' for name in ('a', 'b')]

    def test_merge(self):
        result = self.folder / 'merged.json'
        self.torture('merge', '--allow-different-windows', '--json', result, *self.paths(),
                     results=[result])

    def convert(self, path):
        result = self.folder / 'result.csv'
        self.torture('convert', '--output', f'csv={result}', path, results=[result])

    def test_convert(self):
        self.convert(self.paths()[0])

    def test_convert_what_others_measured(self):
        made = self.folder / 'made'
        made.write_text(json.dumps({'results': [
            {'command': 'work', 'parameters': {'size': '3'}, 'mean': 0.15, 'times': [0.1, 0.2],
             'user': 0.05, 'exit_codes': [0, 1]}]}))
        self.convert(made)
        made.write_text('goos: linux\nUnit steps assume=exact\n'
                        'pkg: example.org/a\nBenchmarkSum-8 100 12.5 ns/op 3 steps\n'
                        'pkg: example.org/b\nBenchmarkSum-8 100 13.5 ns/op 3 steps\n')
        self.convert(made)

    def test_report(self):
        """Figures are drawn by another program, and Markdown can do without."""
        page = self.folder / 'page.md'
        self.torture('report', '--markdown', page, *self.paths(), self.paths()[0], results=[page])

    def test_compare(self):
        result = self.folder / 'comparison.json'
        self.torture('compare', '--inconclusive=pass', '--json', result, self.paths()[0],
                     self.paths()[0], results=[result])

    def test_probe(self):
        self.torture('probe', '--json')


if __name__ == '__main__':
    tap.main()
