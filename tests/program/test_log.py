"""Lines of ringside serve on standard error: for people, as key=value, as JSON; never a flood."""
import datetime
import json
import pathlib
import re
import shlex
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TCP = 'echo+tcp://127.0.0.1:0'
LIMIT = 100  # LOG_LIMIT of serve_command.c


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def logfmt_lines(text):
    """shlex takes the quotes and what is escaped in them as logfmt does."""
    return [dict(part.split('=', 1) for part in shlex.split(line)) for line in text.splitlines()]


FORMATS = {'json': json_lines, 'logfmt': logfmt_lines}


class TestFormats(unittest.TestCase):
    def test_text_is_as_it_was(self):
        with ringside.Server(TCP) as server:
            self.assertEqual(server.stderr(), '')

    def test_the_start_is_told_in_events(self):
        for name, read in FORMATS.items():
            with self.subTest(format=name):
                with ringside.Server('--log-format', name, '-t', 2, TCP,
                                     'echo+udp://127.0.0.1:0') as server:
                    text = server.end()
                    lines = {}
                    for line in read(text):
                        lines.setdefault(line['message'], []).append(line)
                    self.assertEqual([line['url'] for line in lines['listening']],
                                     [url.text for url in server.urls])
                    self.assertEqual(str(lines['serving'][0]['threads']), '2')
                    self.assertIn(lines['serving'][0]['backend'], ('uring', 'epoll'))

    def test_every_line_has_a_time_and_a_level(self):
        for name, read in FORMATS.items():
            with self.subTest(format=name):
                with ringside.Server('--log-format', name, '-v', '--stats-interval', '20ms',
                                     '--inject', 'spin=1us', TCP) as server:
                    with peers.connect(server.url) as connected:
                        peers.ask(connected, b'hello')
                    lines = read(server.end())
                for line in lines:
                    datetime.datetime.strptime(line['time'], '%Y-%m-%dT%H:%M:%S.%fZ')
                    self.assertEqual(line['name'], 'ringside serve')
                levels = {line['level'] for line in lines}
                self.assertEqual(levels, {'info', 'warning'})
                self.assertTrue(any('connected from' in line['message'] for line in lines))

    def test_the_reason_of_the_end_is_an_error(self):
        result = ringside.run('serve', '--log-format', 'json', 'echo+tcp://192.0.2.1:0')
        self.assertEqual(result.returncode, 2)
        last = json_lines(result.stderr)[-1]
        self.assertEqual(last['level'], 'error')
        self.assertIn('192.0.2.1', last['message'])

    def test_what_came_from_outside_stays_a_value(self):
        with peers.folder() as folder:
            path = f'{folder}/a "b" \\c=d'
            for name, read in FORMATS.items():
                with ringside.Server('--log-format', name, f'echo+unix:{path}') as server:
                    lines = read(server.end())
                    url = next(line['url'] for line in lines if line['message'] == 'listening')
                    self.assertEqual(url, f'echo+unix:{path}')


class TestFlood(unittest.TestCase):
    def check(self, text, count):
        said = len(re.findall(': connected from', text))
        left_out = sum(map(int, re.findall(r'suppressed (\d+) line', text)))
        # Connects and disconnects are two kinds; of each some are left out.
        self.assertGreater(left_out, 0)
        gone = len(re.findall(r': disconnected from', text))
        mentioned = len(re.findall(r'the last of which: \S+ connected from', text))
        quoted = len(re.findall(r'the last of which: \S+ disconnected from', text))
        self.assertEqual(said - mentioned + gone - quoted + left_out, 2 * count)

    def test_no_more_than_some_lines_of_a_kind_and_none_is_lost_uncounted(self):
        """More connects at once than a second may tell of, all counted in the end."""
        count = 12 * LIMIT
        ringside.raise_descriptor_limit(count + 100)
        with ringside.Server('-v', '-c', count, TCP) as server:
            clients = [peers.connect(server.url) for _ in range(count)]
            for connected in clients:
                connected.send(b'x')
            for connected in clients:
                self.assertEqual(connected.recv(1), b'x')
            for connected in clients:
                connected.close()
            text = server.end()
        self.check(text, count)


if __name__ == '__main__':
    tap.main()
