"""What ringside load tells people and programs, while it runs and after it."""
import errno
import json
import os
import pathlib
import pty
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

COLUMNS = 80
SCREEN = 40  # lines
ESCAPE = '\x1b'
LIVE_HEAD = r'(?m)^ +time +requests/s +p50 +p99 +errors +lost +done$'
LIVE_LINE = r'(?m)^ *[\d.]+ [mu]?s +[\d.]+[kM]?/s +\S+ [mu]?s +\S+ [mu]?s +0 +0 +\d+ %$'


def rows(text):
    """The rows of a report: label to what it says, lines that go on joined."""
    found, label = {}, None
    for line in text.splitlines():
        row = re.match(r'  (.{11}) (.*)$', line)
        if not row:
            continue
        label = row[1].strip() or label
        found[label] = (found[label] + ' ' if label in found else '') + row[2].strip()
    return found


def environment(**changes):
    """This process's, with changes; None takes a variable away."""
    changed = {'TERM': 'xterm', 'NO_COLOR': None, 'LC_ALL': 'C.UTF-8'} | changes
    kept = {name: value for name, value in os.environ.items() if name not in changed}
    return kept | {name: value for name, value in changed.items() if value is not None}


def at_terminal(*arguments, **changes):
    """Run ringside with a terminal for its output: exit code, and what it shows."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(ringside.BINARY, [ringside.BINARY, *map(str, arguments)],
                  environment(**changes))
    shown, deadline = b'', time.monotonic() + ringside.DEADLINE_S
    while True:
        if not select.select([fd], [], [], max(0, deadline - time.monotonic()))[0]:
            os.kill(pid, signal.SIGKILL)
        try:
            piece = os.read(fd, 65536)
        except OSError:  # the other side of the terminal has gone
            piece = b''
        if not piece:
            break
        shown += piece
    os.close(fd)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, shown.decode().replace('\r\n', '\n')


class OutputTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def serve(self, url='echo+tcp://127.0.0.1:0'):
        server = ringside.Server(url)
        self.addCleanup(server.__exit__, None, None, None)
        return server.url

    def load(self, *arguments, code=0, **keywords):
        """What a load that ends with code prints."""
        keywords.setdefault('env', environment())
        result = ringside.run('load', *arguments, **keywords)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout

    def silent_listener(self):
        """The URL of somebody who is connected to, and never answers."""
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)
        return listener, f'tcp://127.0.0.1:{listener.getsockname()[1]}'

    def check_page(self, text):
        self.assertNotIn(ESCAPE, text)
        self.assertLessEqual(max(map(len, text.splitlines())), COLUMNS, text)
        self.assertLessEqual(len(text.splitlines()), SCREEN, text)


class TestReport(OutputTest):
    def test_a_closed_loop_fits_a_screen(self):
        url = self.serve()
        text = self.load('-n', 2000, url)
        self.check_page(text)
        self.assertTrue(text.startswith(f'{url}, ringside '), text)
        self.assertNotRegex(text, LIVE_HEAD)
        found = rows(text)
        self.assertRegex(found['load'], r'^50 connections, 1 deep, 64 B, verified; 1 thread on ')
        self.assertRegex(found['loop'], '^closed: ')
        self.assertRegex(found['requests'], r'^[\d.]+k?/s: 2000 in [\d.]+ [um]?s$')
        self.assertRegex(found['latency'], r'^mean [\d.]+ [um]?s, deviation [\d.]+ [um]?s, since '
                         'sent')
        self.assertEqual(found['errors'], 'none')
        self.assertIn('server', found)
        self.assertRegex(found['bottleneck'], '^(neither|generator|server): ')
        self.assertNotIn('sent late', found)
        self.assertNotIn('datagrams', found)

    def test_an_open_loop_says_how_late_it_sent(self):
        text = self.load('-R', 1000, '-d', '300ms', '-s', '64-128', self.serve())
        self.check_page(text)
        found = rows(text)
        self.assertRegex(found['loop'], r'^open: 1\.00k/s fixed, ')
        self.assertRegex(found['sent late'], 'p50 .* p99 .* max .* own fault p99 ')
        self.assertRegex(found['latency'], 'since due')

    def test_the_ladder_has_what_was_asked_for_too(self):
        found = rows(self.load('-n', 500, '--percentiles', '99.5,25', self.serve()))
        names = [name for name in found if re.match(r'min$|max$|p\d', name)]
        self.assertEqual(names, ['min', 'p25', 'p50', 'p75', 'p90', 'p95', 'p99', 'p99.5',
                                 'p99.9', 'p99.99', 'max'])
        for name in names:
            self.assertRegex(found[name], r'^[\d.]+ [mun]?s( |$)')

    def test_bars_are_of_what_the_locale_has(self):
        url = self.serve()
        for locale, there, missing in (('C.UTF-8', '█', '#'), ('C', '#', '█')):
            with self.subTest(locale=locale):
                text = self.load('-n', 500, url, env=environment(LC_ALL=locale))
                self.assertIn(there * 40, text)
                self.assertNotIn(missing, text)

    def test_datagrams_have_every_fate_counted(self):
        text = self.load('-n', 500, '-c', 2, self.serve('echo+udp://127.0.0.1:0'))
        self.check_page(text)
        self.assertEqual(rows(text)['datagrams'],
                         '0 lost of 500, 0 late, 0 duplicated, 0 reordered, 0 corrupt')

    def test_connections_are_timed_apart(self):
        text = self.load('-n', 200, '-c', 4, '--mode', 'connect', self.serve())
        self.check_page(text)
        found = rows(text)
        self.assertRegex(found['connections'], r'^[\d.]+k?/s, of 1 request each; ')
        self.assertRegex(found['connecting'], '^mean .* p50 .* p90 .* p99 .* max ')

    def test_what_is_not_answered_has_no_latency(self):
        text = self.load('-n', 500, '-c', 2, self.serve('discard+tcp://127.0.0.1:0'))
        self.check_page(text)
        found = rows(text)
        self.assertRegex(found['requests'], 'nothing is answered')
        self.assertRegex(found['data'], r'^[\d.]+ .?i?B/s sent \(31.2 KiB\)$')
        self.assertNotIn('latency', found)
        self.assertNotIn('p50', found)

    def test_of_what_is_not_answered_nobody_knows_the_loss(self):
        found = rows(self.load('-n', 500, '-c', 2, self.serve('discard+udp://127.0.0.1:0')))
        self.assertRegex(found['datagrams'], 'lost is not known')

    def test_answers_of_other_services_may_have_any_size(self):
        for url in ('greeting+tcp://127.0.0.1:0', 'ctime+udp://127.0.0.1:0'):
            with self.subTest(url=url):
                found = rows(self.load('-n', 50, '-c', 2, self.serve(url)))
                self.assertIn('answers of any size', found['load'])
                self.assertEqual(found['errors'], 'none')

    def test_what_comes_unasked_is_received(self):
        text = self.load('-d', '100ms', '-c', 2, self.serve('chargen+tcp://127.0.0.1:0'))
        self.check_page(text)
        found = rows(text)
        self.assertNotIn('requests', found)
        self.assertRegex(found['data'], r'^[\d.]+ .iB/s received \([\d.]+ .iB\)$')

    def test_each_run_has_a_line_and_all_a_median(self):
        text = self.load('-n', 300, '-x', 3, self.serve())
        self.check_page(text)
        found = rows(text)
        for number in (1, 2, 3):
            self.assertRegex(found[f'run {number}'], r'/s +p50 .* p99 .* 0 errors or lost')
        self.assertRegex(found['median'], r'/s, between .* and .* \(75.0 % sure\); spread ')

    def test_thresholds_are_kept_or_broken(self):
        text = self.load('-n', 300, '--threshold', 'rate>1', '--threshold', 'p(99)<1ns',
                         self.serve(), code=1)
        self.assertRegex(text, r'(?m)^  threshold   rate>1 kept: ')
        self.assertRegex(text, r'(?m)^  threshold   p\(99\)<1ns BROKEN: ')

    def test_a_rate_that_was_never_steady_says_so(self):
        found = rows(self.load('-d', '200ms', '--steady', 'slope:0.000001%/100ms', self.serve()))
        self.assertRegex(found['steady'], '^NEVER: ')

    def test_a_rate_that_was_not_held_is_the_first_line(self):
        _, url = self.silent_listener()
        text = self.load('-R', '10k', '-c', 1, '-d', '200ms', '--timeout', '300ms', url, code=1)
        first = text.splitlines()[0]
        self.assertRegex(first, r"^THE RATE WAS NOT HELD: [\d.]+/s of 10\.0k/s, [\d.]+ % missing: "
                         r"the (server|generator)'s fault$")
        self.assertLessEqual(len(first), COLUMNS)

    def test_the_server_of_a_known_process_has_its_cost(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            found = rows(self.load('-n', 500, '--server-pid', server.pid, server.url))
        self.assertRegex(found['server CPU'], r'^[\d.]+ [mun]?s a request, busiest thread \d+ %')

    def test_a_signal_ends_it_with_its_report(self):
        process = subprocess.Popen(
            [ringside.BINARY, 'load', '-d', '1h', '-i', '50ms', str(self.serve())],
            stdout=subprocess.PIPE, text=True, env=environment())
        lines = [process.stdout.readline() for _ in range(3)]
        self.assertRegex(lines[2], LIVE_LINE)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        process.stdout.close()
        self.assertEqual(process.wait(ringside.DEADLINE_S), 130)
        self.assertEqual(rows(rest)['ended'], 'early, by a signal')

    def test_a_signal_does_not_wait_for_who_keeps_silent(self):
        _, url = self.silent_listener()
        process = subprocess.Popen(
            [ringside.BINARY, 'load', '-d', '1h', '-c', '2', '--timeout', '1h', '-i', '50ms', url],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment())
        lines = [process.stdout.readline() for _ in range(3)]
        self.assertRegex(lines[2], ' 0 %$')
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        process.stdout.close()
        self.assertEqual(process.wait(ringside.DEADLINE_S), 130)
        self.assertEqual(rows(rest)['unanswered'], '2 of 2 requests (100 %)')


class TestLiveLines(OutputTest):
    def test_each_interval_has_a_line_where_it_is_asked_for(self):
        text = self.load('-d', '1s', '-i', '100ms', self.serve())
        self.assertRegex(text, LIVE_HEAD)
        self.assertGreaterEqual(len(re.findall(LIVE_LINE, text)), 2, text)
        self.assertNotIn(ESCAPE, text)
        self.assertLessEqual(max(map(len, text.splitlines())), COLUMNS)

    def test_progress_is_that_of_the_requests_where_they_end_it(self):
        text = self.load('-n', 1000, '-i', '10s', '-O', '10ms', self.serve())
        self.assertRegex(text, ': 10ms of warm-up, then 1k requests\n')
        self.assertEqual(re.findall(r'(?m) (\d+) %$', text.split('\n\n')[0]), ['100'])

    def test_runs_are_told_apart(self):
        text = self.load('-n', 100, '-x', 2, '-i', '10s', self.serve())
        self.assertEqual(re.findall(r', run (\d) of 2: ', text), ['1', '2'])

    def test_a_document_on_standard_output_is_alone(self):
        for option in ('--json', '--json-stream'):
            with self.subTest(option=option):
                text = self.load('-n', 100, '-i', '10ms', option, '-', self.serve())
                for document in text.splitlines() if option == '--json-stream' else [text]:
                    json.loads(document)


class TestTerminal(OutputTest):
    def show(self, *arguments, **changes):
        code, shown = at_terminal('load', *arguments, **changes)
        self.assertEqual(code, 0, shown)
        return shown

    def test_it_has_colours_and_live_lines(self):
        shown = self.show('-n', 1000, '-d', '1s', self.serve())
        self.assertIn(f'{ESCAPE}[1m', shown)
        self.assertIn(f'{ESCAPE}[0m', shown)
        plain = re.sub(r'\x1b\[[\d;]*m', '', shown)
        self.assertRegex(plain, LIVE_HEAD)
        self.assertNotIn(ESCAPE, plain)
        self.assertLessEqual(max(map(len, plain.splitlines())), COLUMNS)
        self.assertEqual(rows(plain)['errors'], 'none')

    def test_colours_can_be_refused(self):
        url = self.serve()
        for changes in ({'NO_COLOR': '1'}, {'TERM': 'dumb'}, {'TERM': None}):
            with self.subTest(changes=changes):
                shown = self.show('-n', 100, url, **changes)
                self.assertNotIn(ESCAPE, shown)
                self.assertRegex(shown, LIVE_HEAD)

    def test_an_empty_no_color_refuses_nothing(self):
        self.assertIn(ESCAPE, self.show('-n', 100, self.serve(), NO_COLOR=''))


class TestEvents(OutputTest):
    def events(self, text):
        events = [json.loads(line) for line in text.splitlines()]
        for event in events:
            self.assertEqual(list(event), ['event', 'data'])
        return [event['event'] for event in events], [event['data'] for event in events]

    def test_a_load_is_told_from_start_to_end(self):
        path, document = self.folder / 'events', self.folder / 'document'
        text = self.load('-n', 200, '-x', 2, '--json-stream', path, '--json', document,
                         self.serve())
        self.assertTrue(text)
        names, data = self.events(path.read_text())
        self.assertRegex(' '.join(names), r'^start( run( interval)+){2} end$')
        self.assertEqual(data[-1], json.loads(document.read_text()))
        self.assertEqual(data[0], {name: data[-1][name] for name in data[0]})
        runs = [one for name, one in zip(names, data) if name == 'run']
        self.assertEqual(runs, [{'index': 1, 'of': 2}, {'index': 2, 'of': 2}])
        for run in data[-1]['runs']:
            told = [one for name, one in zip(names, data)
                    if name == 'interval' and one['run'] == run['index']]
            self.assertEqual([interval | {'run': run['index']} for interval in run['intervals']],
                             told)

    def test_an_event_is_written_when_it_happens(self):
        process = subprocess.Popen([ringside.BINARY, 'load', '-d', '1h', '-i', '20ms',
                                    '--json-stream', '-', str(self.serve())],
                                   stdout=subprocess.PIPE, text=True)
        names = [json.loads(process.stdout.readline())['event'] for _ in range(4)]
        self.assertEqual(names, ['start', 'run', 'interval', 'interval'])
        process.send_signal(signal.SIGTERM)
        last = json.loads(process.stdout.read().splitlines()[-1])
        process.stdout.close()
        self.assertEqual(process.wait(ringside.DEADLINE_S), 128 + signal.SIGTERM)
        self.assertEqual((last['event'], last['data']['interrupted']), ('end', True))

    def test_a_load_that_goes_wrong_has_its_sentence(self):
        listener, url = self.silent_listener()
        listener.close()
        result = ringside.run('load', '--json-stream', '-', url)
        names, data = self.events(result.stdout)
        self.assertEqual((result.returncode, names), (2, ['start', 'run', 'error', 'end']))
        self.assertEqual(data[2]['exit_code'], 2)
        self.assertIn('cannot reach', data[2]['message'])
        self.assertEqual(result.stderr, f'ringside load: {data[2]["message"]}\n')

    def test_a_load_that_never_begins_has_its_sentence(self):
        result = ringside.run('load', '--json-stream', '-', f'unix:{self.folder}/{"x" * 20}',
                              '--backend', 'auto', '-n', 1)
        names, _ = self.events(result.stdout)
        self.assertEqual((result.returncode, names[-2:]), (2, ['error', 'end']))
        result = ringside.run('load', '--json-stream', '-', 'tcp://no.such.host.invalid:1')
        names, data = self.events(result.stdout)
        self.assertEqual((result.returncode, names), (2, ['error']))
        self.assertEqual(result.stderr, f'ringside load: {data[0]["message"]}\n')

    def test_a_broken_threshold_is_an_error(self):
        text = self.load('-n', 100, '--threshold', 'p(50)<1ns', '--json-stream', '-', self.serve(),
                         code=1)
        names, data = self.events(text)
        self.assertEqual(names[-2:], ['error', 'end'])
        self.assertEqual(data[-2]['exit_code'], 1)

    def test_a_fifo_is_a_stream_too(self):
        path, heard = self.folder / 'fifo', []
        os.mkfifo(path)
        reader = threading.Thread(target=lambda: heard.append(path.read_text()))
        reader.start()
        self.load('-n', 100, '--json-stream', path, self.serve())
        reader.join()
        names, _ = self.events(heard[0])
        self.assertEqual((names[0], names[-1]), ('start', 'end'))

    def check_told_once(self, result, what, number):
        self.assertEqual((result.returncode, result.stderr), (
            2, f'ringside load: --json-stream: cannot write {what}: {os.strerror(number)}\n'))

    def test_a_full_disk_is_told_once(self):
        url = self.serve()
        self.check_told_once(ringside.run('load', '-n', 100, '--json-stream', '/dev/full', url),
                             '/dev/full', errno.ENOSPC)
        with open('/dev/full', 'w') as full:
            result = subprocess.run([ringside.BINARY, 'load', '-n', '100', '--json-stream', '-',
                                     str(url)], stdout=full, stderr=subprocess.PIPE, text=True,
                                    check=False, timeout=ringside.DEADLINE_S)
        self.check_told_once(result, 'standard output', errno.ENOSPC)

    def test_a_closed_pipe_is_told_once(self):
        reading, writing = os.pipe()
        os.close(reading)
        result = subprocess.run([ringside.BINARY, 'load', '-n', '100', '-x', '3', '--json-stream',
                                 '-', str(self.serve())], stdout=writing, stderr=subprocess.PIPE,
                                text=True, check=False, timeout=ringside.DEADLINE_S)
        os.close(writing)
        self.check_told_once(result, 'standard output', errno.EPIPE)

    def test_a_file_that_cannot_be_opened_is_told_at_once(self):
        path = self.folder / 'nowhere' / 'events'
        self.check_told_once(ringside.run('load', '-n', 1, '--json-stream', path, self.serve()),
                             path, errno.ENOENT)


class TestDryRun(OutputTest):
    def test_it_prints_the_plan_and_connects_nowhere(self):
        listener, url = self.silent_listener()
        result, events = self.folder / 'result', self.folder / 'events'
        text = self.load('--dry-run', '-c', 5, '-t', 2, '-n', 101, '-R', 1000, '-O', '1s', '-d',
                         '5s', '-x', 3, '--json', result, '--json-stream', events, url)
        self.check_page(text)
        listener.setblocking(False)
        with self.assertRaises(BlockingIOError):
            listener.accept()
        self.assertEqual(list(self.folder.iterdir()), [])
        found = rows(text)
        self.assertEqual(found['address'], url.removeprefix('tcp://'))
        self.assertRegex(found['thread 1'], r'^any CPU, 3 connections, 51 requests, 500/s$')
        self.assertRegex(found['thread 2'], r'^any CPU, 2 connections, 50 requests, 500/s$')
        self.assertRegex(found['time'], r'^3 runs of 5s or 101 requests after 1s of warm-up$')
        self.assertRegex(found['start'], r'at most 18s in all')
        self.assertRegex(found['open files'], r'^\d+ needed, \d+ allowed$')
        self.assertRegex(found['engine'], r'^(uring|epoll) ')
        self.assertRegex(found['memory'], r'^[\d.]+ MiB, [\d.]+ MiB a thread, ')

    def test_nobody_has_to_be_there(self):
        found = rows(self.load('--dry-run', f'unix:{self.folder}/none'))
        self.assertEqual(found['address'], f'unix:{self.folder}/none')
        self.assertRegex(found['thread 1'], '^any CPU, 50 connections$')

    def test_cpus_are_named(self):
        cpu = min(os.sched_getaffinity(0))
        found = rows(self.load('--dry-run', '--cpus', cpu, 'udp://127.0.0.1:7'))
        self.assertRegex(found['thread 1'], rf'^CPU {cpu}, ')

    def test_what_could_not_be_is_told_as_it_would_be(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))

        result = ringside.run('load', '--dry-run', '-c', 1000, 'tcp://127.0.0.1:7',
                              preexec_fn=few_files)
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertRegex(result.stderr, '--connections 1000 needs [0-9]+ open files')

    def test_a_wrong_command_line_is_wrong_all_the_same(self):
        result = ringside.run('load', '--dry-run', '-c', 0, 'tcp://127.0.0.1:7')
        self.assertEqual((result.returncode, result.stdout), (2, ''))


if __name__ == '__main__':
    tap.main()
