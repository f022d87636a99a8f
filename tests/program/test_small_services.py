"""The services that tell the time, asked by programs that set clocks: rdate and chronyd -Q. They
believe who is synchronised, and nobody else; the kernel of a test says that it is (timekeeping.py),
or what it says anyway.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import stamp  # noqa: E402
import tap  # noqa: E402
import timekeeping  # noqa: E402

NTP_UNSYNCHRONISED = 16


def run(*command):
    """Both outputs of a client, and its exit code."""
    result = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                            timeout=2 * ringside.DEADLINE_S, env=ringside.TRACEABLE |
                            {'TZ': 'UTC', 'LC_ALL': 'C'})
    return result.stdout, result.returncode


class ServiceTest(unittest.TestCase):
    def serve(self, *arguments, synchronised=False):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.stats = pathlib.Path(folder.name, 'stats')
        keywords = {'env': timekeeping.synchronised()} if synchronised else {}
        return ringside.Server('--json-stats', self.stats, *arguments, **keywords)

    def connect(self, url):
        connected = peers.connect(url)
        self.addCleanup(connected.close)
        return connected

    def listeners(self):
        return json.loads(self.stats.read_text())['listeners']

    def need(self, program):
        if not shutil.which(program):
            self.skipTest(f'there is no {program}: ./dev setup test')

    def need_unsynchronised(self):
        if timekeeping.clock()[0]:
            self.skipTest('the clock of this machine is synchronised')


class TestRdate(ServiceTest):
    def setUp(self):
        self.need('rdate')

    def ask(self, url, *options):
        printed, code = run('rdate', '-p', '-o', url.port, *options, url.host)
        self.assertEqual(code, 0, printed)
        told = time.strptime(printed.strip(), '%a %b %d %H:%M:%S UTC %Y')
        self.assertLess(abs(time.time() - time.mktime(told) + time.timezone), ringside.DEADLINE_S)

    def test_ntp(self):
        with self.serve('ntp+udp://127.0.0.1:0', synchronised=True) as server:
            self.ask(server.url, '-n')

    def test_ntp_of_a_clock_that_nobody_keeps_is_rejected(self):
        self.need_unsynchronised()
        with self.serve('ntp+udp://127.0.0.1:0') as server:
            printed, code = run('rdate', '-n', '-p', '-o', server.url.port, '127.0.0.1')
        self.assertIn('Invalid stratum received', printed)
        self.assertEqual(code, 1)
        self.assertGreater(self.listeners()[0]['answers'], 0)


class TestChronyd(ServiceTest):
    """It measures the clock, and says what it would do."""

    def setUp(self):
        self.need('chronyd')

    def ask(self, url, seconds):
        with peers.folder() as folder:
            return run('chronyd', '-Q', '-u', 'root', '-x', '-t', seconds,
                       f'server {url.host} port {url.port} iburst maxsamples 1',
                       f'pidfile {folder}/pid', 'cmdport 0', 'bindcmdaddress /')

    def test_it_finds_our_clock_right(self):
        with self.serve('ntp+udp://127.0.0.1:0', synchronised=True) as server:
            printed, code = self.ask(server.url, ringside.DEADLINE_S)
        self.assertEqual(code, 0, printed)
        offset = printed.partition('System clock wrong by ')[2].split()[0]
        self.assertLess(abs(float(offset)), 1, printed)  # it is the same clock

    def test_it_does_not_believe_a_clock_that_nobody_keeps(self):
        self.need_unsynchronised()
        with self.serve('ntp+udp://127.0.0.1:0') as server:
            printed, code = self.ask(server.url, 2)
        self.assertEqual(code, 1, printed)
        self.assertNotIn('System clock wrong', printed)
        self.assertGreater(self.listeners()[0]['answers'], 0)


class TestRequireSync(ServiceTest):
    URLS = ('time+udp://127.0.0.1:0', 'ntp+udp://127.0.0.1:0', 'time+tcp://127.0.0.1:0')
    QUESTIONS = (b'', bytes([4 << 3 | 3]) + bytes(47))

    def test_no_answer_while_nobody_keeps_the_clock(self):
        self.need_unsynchronised()
        with self.serve('--require-sync', *self.URLS, 'echo+udp://127.0.0.1:0') as server:
            askers = [self.connect(url) for url in server.urls]
            for asking, question in zip(askers, self.QUESTIONS):
                asking.send(question)
            self.assertEqual(peers.receive_all(askers[2]), b'')  # closed, as RFC 868 has it
        # Those that waited have been dealt with before the server ended.
        for asking in askers[:2]:
            self.assertEqual(self.nothing(asking), b'')
        self.assertEqual([one['answers'] for one in self.listeners()], [0, 0, 0, 0])
        self.assertEqual([one['messages'] for one in self.listeners()[:2]], [1, 1])

    @staticmethod
    def nothing(asking):
        """What has come; a port that nobody has any more is none of it."""
        try:
            return peers.pending(asking)
        except ConnectionRefusedError:
            return b''

    def test_an_answer_when_somebody_does(self):
        with self.serve('--require-sync', *self.URLS, synchronised=True) as server:
            askers = [self.connect(url) for url in server.urls]
            answers = [peers.ask(asking, question)
                       for asking, question in zip(askers, self.QUESTIONS)]
            answers.append(peers.receive_all(askers[2]))
        self.assertEqual([len(answer) for answer in answers], [4, 48, 4])
        for answer in (answers[0], answers[2]):
            told = int.from_bytes(answer, 'big') - stamp.SECONDS_1900_TO_1970
            self.assertLess(abs(time.time() - told), ringside.DEADLINE_S)
        self.assertLess(answers[1][1], NTP_UNSYNCHRONISED)


if __name__ == '__main__':
    tap.main()
