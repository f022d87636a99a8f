"""serve sockperf+udp:// and sockperf+tcp:// with the client of sockperf, in each of its modes."""
import concurrent.futures
import functools
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

PONG = 2
LONGEST = (1 << 20) - 1

DURATIONS_S = (1, 5, 20)  # the next one where a busy machine has left too little time
RECEIVED_MIN = 10
TOTAL = re.compile(r'Total Run.*SentMessages=(\d+); ReceivedMessages=(\d+)')

COMMANDS = (
    ('ping-pong',),
    ('ping-pong', '-m', 1000, '-r', 500, '--data-integrity'),
    ('under-load', '--mps', 2000, '--reply-every', 10),
    ('throughput', '--mps', 2000, '-m', 700),
)


def message(sequence, flags, payload=b''):
    return (sequence.to_bytes(8, 'big') + flags.to_bytes(2, 'big') +
            (14 + len(payload)).to_bytes(4, 'big') + payload)


class TestClient(unittest.TestCase):
    def setUp(self):
        if not shutil.which('sockperf'):
            self.skipTest('there is no sockperf: ./dev setup test')

    @staticmethod
    def run_once(url, seconds, mode, *options):
        """What sockperf prints, with its colours taken out."""
        result = subprocess.run(
            ['sockperf', mode, '-i', url.host, '-p', str(url.port), '-t', str(seconds),
             *(['--tcp'] if url.transport == 'tcp' else []), *map(str, options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, timeout=ringside.DEADLINE_S)
        if result.returncode != 0:
            raise AssertionError(f'sockperf {mode} {url}: {result.stdout}')
        return re.sub('\x1b\\[[0-9;]*m', '', result.stdout)

    @classmethod
    def client(cls, url, mode, *options):
        """What it prints of a run in which it had time for some messages."""
        for seconds in DURATIONS_S:
            printed = cls.run_once(url, seconds, mode, *options)
            found = TOTAL.search(printed)
            if mode == 'throughput' or found and int(found[2]) > RECEIVED_MIN:
                break
        return printed

    @classmethod
    @functools.cache
    def all_printed(cls):
        """What each of COMMANDS prints with UDP and with TCP: all at the same time, since most of
        it is waiting."""
        urls = ('sockperf+udp://127.0.0.1:0', 'sockperf+tcp://127.0.0.1:0')
        with ringside.Server(*urls) as server, \
                concurrent.futures.ThreadPoolExecutor(2 * len(COMMANDS)) as pool:
            running = [[pool.submit(cls.client, url, *command) for url in server.urls]
                       for command in COMMANDS]
            return [[one.result() for one in both] for both in running]

    def printed(self, mode):
        return [text for command, both in zip(COMMANDS, self.all_printed()) for text in both
                if command[0] == mode]

    def counts(self, printed):
        """How many messages were sent, and how many came back."""
        found = TOTAL.search(printed)
        self.assertIsNotNone(found, printed)
        return int(found[1]), int(found[2])

    def test_ping_pong(self):
        for printed in self.printed('ping-pong'):
            sent, received = self.counts(printed)
            self.assertGreater(received, RECEIVED_MIN)
            self.assertIn(sent - received, (0, 1), printed)  # the last is on its way

    def test_under_load(self):
        for printed in self.printed('under-load'):
            sent, received = self.counts(printed)
            self.assertGreater(received, 0)
            self.assertLessEqual(received, sent // 10 + 1)
            self.assertIn('# duplicated messages = 0; # out-of-order messages = 0', printed)

    def test_throughput(self):
        for printed in self.printed('throughput'):
            self.assertRegex(printed, r'Summary: Message Rate is [1-9]')


class TestStream(unittest.TestCase):
    """Messages that one receive does not bring whole, and those that get no answer."""

    def test_of_any_transport(self):
        for url in ('sockperf+tcp://127.0.0.1:0', f'sockperf+unix:@{id(self)}'):
            with self.subTest(url=url), ringside.Server(url) as server, \
                    peers.connect(server.url) as asking:
                for length in (0, 1, 70000, LONGEST - 14):
                    payload = peers.pattern(length, length)
                    sending = threading.Thread(target=asking.sendall, args=[
                        message(length, 1, payload) + message(length, 5, b'warm') +
                        message(length, 3, payload)])
                    sending.start()
                    self.assertEqual(peers.receive(asking, 14 + length),
                                     message(length, PONG, payload))
                    sending.join()

    def test_a_length_that_there_is_not_ends_it(self):
        with ringside.Server('sockperf+tcp://127.0.0.1:0') as server, \
                peers.connect(server.url) as asking:
            asking.sendall(message(1, 3) + bytes(8) + b'\0\3\0\0\0\x0d')
            self.assertEqual(peers.receive_all(asking), message(1, PONG))

    def test_records_are_whole_messages(self):
        for transport in ('unixpacket', 'unixgram'):
            with self.subTest(transport=transport), \
                    ringside.Server(f'sockperf+{transport}:@{id(self)}') as server, \
                    peers.connect(server.url) as asking:
                asking.send(message(1, 1))
                asking.send(message(2, 3, b'x'))
                self.assertEqual(asking.recv(100), message(2, PONG, b'x'))


if __name__ == '__main__':
    tap.main()
