"""ringside serve --inject: the faults that clients see are those that the server has counted."""
import contextlib
import json
import pathlib
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import spending  # noqa: E402
import tap  # noqa: E402

UDP = 'echo+udp://127.0.0.1:0'
TCP = 'echo+tcp://127.0.0.1:0'
DELAY_NS = 3_000_000
NONE = dict.fromkeys(('spin', 'drop', 'close', 'corrupt', 'delay', 'duplicate', 'reorder',
                      'delay_overflow', 'delay_dropped'), 0)


class InjectTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.stats = pathlib.Path(folder.name) / 'stats.json'

    def server(self, rules, *arguments):
        return ringside.Server('--json-stats', self.stats, '--inject', rules, *arguments)

    def counted(self, listener=0):
        """What the server says it has done, once it has ended; that it lost nothing itself."""
        stats = json.loads(self.stats.read_text())
        self.assertEqual(stats['counters']['datagrams_dropped'], 0)
        return stats['listeners'][listener]['injected']

    def assert_counted(self, listener=0, **expected):
        self.assertEqual(self.counted(listener), NONE | expected)


def message(number):
    return number.to_bytes(4, 'big') + peers.pattern(number, 60)


def number_of(answer):
    return int.from_bytes(answer[:4], 'big')


def differences(one, other):
    return sum(a != b for a, b in zip(one, other, strict=True))


def await_read(port):
    """Wait until the server has read what its socket has: a longer queue would lose some."""
    deadline = time.monotonic() + ringside.DEADLINE_S
    while time.monotonic() < deadline:
        for line in pathlib.Path('/proc/net/udp').read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(f':{port:04X}') and fields[4].endswith(':00000000'):
                return
    raise AssertionError('the server does not read')


class TestDatagrams(InjectTest):
    COUNT = 3000

    def converse(self, rules, *options):
        """The answers to COUNT messages, and what the server has counted."""
        answers = []
        with self.server(rules, *options, UDP) as server, peers.connect(server.url) as connected:
            for number in range(self.COUNT):
                connected.send(message(number))
                if number % 32 == 31:
                    await_read(server.url.port)
                while answer := peers.pending(connected):
                    answers.append(answer)
            # It ends when all has left, and what has left has arrived.
            server.end()
            while answer := peers.pending(connected):
                answers.append(answer)
        listener = json.loads(self.stats.read_text())['listeners'][0]
        self.assertEqual(listener['messages'], self.COUNT)
        return answers, self.counted()

    def test_dropped_ones_do_not_come(self):
        answers, counted = self.converse('drop=10%')
        self.assertEqual(len(answers), self.COUNT - counted['drop'])
        self.assertEqual(counted, NONE | {'drop': counted['drop']})
        self.assertTrue(200 < counted['drop'] < 400, counted)
        for answer in answers:
            self.assertEqual(answer, message(number_of(answer)))

    def test_a_unix_socket_knows_them_too(self):
        with self.server('duplicate=100%,corrupt=100%', f'echo+unixgram:{self.folder}/d') as server:
            with peers.connect(server.url) as connected:
                for number in range(20):
                    answer = peers.ask(connected, message(number))
                    self.assertEqual(differences(answer, message(number)), 1)
                    self.assertEqual(connected.recv(100), answer)
        self.assert_counted(duplicate=20, corrupt=20)

    def test_duplicated_ones_come_twice(self):
        answers, counted = self.converse('duplicate=5%')
        times = [0] * self.COUNT
        for answer in answers:
            self.assertEqual(answer, message(number_of(answer)))
            times[number_of(answer)] += 1
        self.assertEqual(set(times), {1, 2})
        self.assertEqual(times.count(2), counted['duplicate'])
        self.assertGreater(counted['duplicate'], 80)

    def test_corrupt_ones_differ_in_one_byte(self):
        answers, counted = self.converse('corrupt=5%')
        wrong = [differences(answer, message(number_of(answer))) for answer in answers]
        self.assertEqual(len(answers), self.COUNT)
        self.assertEqual(set(wrong), {0, 1})
        self.assertEqual(wrong.count(1), counted['corrupt'])
        self.assertGreater(counted['corrupt'], 80)

    def test_reordered_ones_come_after_a_later_one(self):
        answers, counted = self.converse('reorder=5%')
        numbers = [number_of(answer) for answer in answers]
        self.assertEqual(sorted(numbers), list(range(self.COUNT)))
        highest, overtaken = -1, 0
        for number in numbers[:-1]:
            overtaken += number < highest
            highest = max(highest, number)
        last = numbers[-1] < highest or numbers[-1] == self.COUNT - 1
        self.assertTrue(last)
        # The last message of all has no next one, if it was to let one pass.
        self.assertIn(counted['reorder'] - overtaken - (numbers[-1] < highest), (0, 1))
        self.assertGreater(counted['reorder'], 80)

    def test_faults_come_together(self):
        answers, counted = self.converse('drop=10%,duplicate=10%,corrupt=10%,delay=100us:30%')
        self.assertEqual(len(answers), self.COUNT - counted['drop'] + counted['duplicate'])
        self.assertEqual((counted['delay_overflow'], counted['delay_dropped']), (0, 0))

    def test_the_seed_decides(self):
        def kept(seed):
            answers, _ = self.converse('drop=10%', '--inject-seed', seed)
            return sorted(map(number_of, answers))

        first = kept(5)
        self.assertEqual(first, kept(5))
        self.assertNotEqual(first, kept(6))


class TestDelay(InjectTest):
    def check(self, url, count=30):
        with self.server('delay=3ms', url) as server, peers.connect(server.url) as connected:
            waits = []
            for number in range(count):
                begin = time.monotonic_ns()
                self.assertEqual(peers.ask(connected, message(number)), message(number))
                waits.append(time.monotonic_ns() - begin)
        self.assertGreaterEqual(min(waits), DELAY_NS)
        self.assert_counted(delay=count)

    def test_no_answer_is_early(self):
        for url in (UDP, TCP, f'echo+unix:{self.folder}/s', f'echo+unixgram:{self.folder}/d',
                    f'echo+unixpacket:{self.folder}/p'):
            with self.subTest(url=url):
                self.check(url)

    def test_a_stream_keeps_its_order(self):
        """Some are delayed, and what is behind them waits as well."""
        sent = b''.join(message(number) for number in range(2000))
        with self.server('delay=2ms:5%', TCP) as server, peers.connect(server.url) as connected:
            received = b''
            for at in range(0, len(sent), 640):
                connected.sendall(sent[at:at + 640])
                # Two pieces are under way at most: else the server would read few long ones.
                received += peers.receive(connected, at - len(received))
            received += peers.receive(connected, len(sent) - len(received))
        self.assertEqual(received, sent)
        self.assertGreater(self.counted()['delay'], 0)

    def test_large_answers_are_whole(self):
        for url, size in ((TCP, 300_000), (UDP, 60_000), (f'echo+unixpacket:{self.folder}/p',
                                                          100_000)):
            with self.subTest(url=url), self.server('delay=1ms', url) as server:
                with peers.connect(server.url) as connected:
                    sent = peers.pattern(1, size)
                    self.assertEqual(peers.ask(connected, sent), sent)

    def test_the_peer_may_have_sent_its_last(self):
        with self.server('delay=50ms', TCP) as server, peers.connect(server.url) as connected:
            connected.sendall(b'one')
            connected.shutdown(socket.SHUT_WR)
            self.assertEqual(peers.receive_all(connected), b'one')
        self.assert_counted(delay=1)

    def test_the_next_owner_of_a_number_gets_nothing(self):
        """Each client is gone before its answer is due, and the next one has its number."""
        with self.server('delay=30ms', '-c', 1, TCP) as server:
            for number in range(20):
                with peers.connect(server.url) as gone:
                    gone.sendall(message(number))
                    peers.reset(gone)
            with peers.connect(server.url) as last:
                self.assertEqual(peers.ask(last, message(99)), message(99))
        counted = self.counted()
        # Of those that were reset before they were read, there is no message.
        self.assertEqual(counted['delay'], counted['delay_dropped'] + 1)

    def test_beyond_its_memory_answers_leave_early_and_whole(self):
        sent = peers.pattern(1, 32 << 20)
        with self.server('delay=1m', TCP) as server, peers.connect(server.url) as connected:
            sender = threading.Thread(target=send_all, args=(connected, sent))
            sender.start()
            self.assertEqual(peers.receive(connected, 8 << 20), sent[:8 << 20])
            server.signal(signal.SIGTERM)
            server.signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0)
            server.close()
            sender.join(ringside.DEADLINE_S)
        self.assertGreater(self.counted()['delay_overflow'], 0)


def send_all(connected, sent):
    """As far as the other end takes it."""
    with contextlib.suppress(OSError):
        connected.sendall(sent)


class TestClose(InjectTest):
    def test_it_hangs_up_instead_of_an_answer(self):
        answered = closed = 0
        with self.server('close=20%', TCP) as server:
            for number in range(200):
                with peers.connect(server.url) as connected:
                    connected.sendall(message(number))
                    answer = peers.receive(connected, 64)
                    self.assertIn(answer, (b'', message(number)))
                    answered += answer != b''
                    closed += answer == b''
        self.assert_counted(close=closed)
        self.assertGreater(closed, 10)

    def test_answers_before_it_are_given(self):
        with self.server('delay=20ms,close=50%', TCP) as server:
            with peers.connect(server.url) as connected:
                answers = b''
                for number in range(100):
                    connected.sendall(message(number))
                    answer = peers.receive(connected, 64)
                    if answer == b'':
                        break
                    self.assertEqual(answer, message(number))
                    answers += answer
        counted = self.counted()
        self.assertEqual((counted['close'], counted['delay']), (1, len(answers) // 64))


class TestDrain(InjectTest):
    def test_what_is_held_is_sent_before_the_end(self):
        for url in (UDP, TCP, f'echo+unixpacket:{self.folder}/p'):
            rules = ('delay=300ms', '--stats-interval', '10ms', url)
            with self.subTest(url=url), self.server(*rules) as server:
                with peers.connect(server.url) as connected:
                    begin = time.monotonic_ns()
                    connected.sendall(message(1))
                    self.await_message()
                    server.end()
                    self.assertEqual(connected.recv(100), message(1))
                    self.assertGreaterEqual(time.monotonic_ns() - begin, 300_000_000)
                self.assert_counted(delay=1)
            self.stats.unlink()

    def await_message(self):
        """Until the server reports one."""
        deadline = time.monotonic() + ringside.DEADLINE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                if json.loads(self.stats.read_text())['listeners'][0]['messages'] > 0:
                    return
        self.fail('the message is not read')

    def test_what_waits_for_a_next_one_is_sent(self):
        with self.server('reorder=100%', UDP) as server, peers.connect(server.url) as connected:
            connected.send(message(1))
            connected.send(message(2))
            connected.send(message(3))
            received = [number_of(connected.recv(100)) for _ in range(2)]
            server.end()
            received.append(number_of(connected.recv(100)))
        self.assertEqual(received, [2, 1, 3])
        self.assert_counted(reorder=2)

    def test_a_second_signal_ends_at_once_and_counts_what_was_held(self):
        with self.server('delay=1m', TCP, UDP) as server, peers.connect(server.url) as connected:
            with peers.connect(server.urls[1]) as other:
                connected.sendall(message(1))
                other.sendall(message(1))
                # Both have been read when the drain, which reads all, has closed the listener.
                server.signal(signal.SIGTERM)
                self.await_refusal(server.url)
                server.signal(signal.SIGTERM)
                self.assertEqual(server.wait(), 0)
                server.close()
        for listener in (0, 1):
            counted = self.counted(listener)
            self.assertEqual(counted['delay'], counted['delay_dropped'])

    def await_refusal(self, url):
        deadline = time.monotonic() + ringside.DEADLINE_S
        while time.monotonic() < deadline:
            try:
                peers.connect(url).close()
            except OSError:
                return
        self.fail('the listener does not close')


class TestLoad(InjectTest):
    """ringside load finds out exactly what was done to it."""
    COUNT = 4000

    def load(self, rules, url, *options):
        path = pathlib.Path(self.folder) / 'load.json'
        with self.server(rules, url) as server:
            result = ringside.run('load', *ringside.engine_options(), '-n', self.COUNT, '--json',
                                  path, *options, server.url)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return json.loads(path.read_text()), self.counted()

    def test_lost(self):
        result, counted = self.load('drop=1%', UDP, '-c', 4, '-p', 8)
        # What comes too late on a busy machine is told apart.
        self.assertEqual(result['lost'] - result['late'], counted['drop'])
        self.assertEqual((result['duplicated'], result['errors']['total']), (0, 0))
        self.assertGreater(counted['drop'], 10)

    def test_duplicated(self):
        result, counted = self.load('duplicate=1%', UDP, '-c', 1, '-p', 1)
        self.assertEqual((result['lost'], result['errors']['total']), (0, 0))
        self.assertEqual(result['duplicated'], counted['duplicate'])
        self.assertGreater(counted['duplicate'], 10)

    def test_corrupt(self):
        for url in (UDP, TCP):
            with self.subTest(url=url):
                result, counted = self.load('corrupt=1%', url, '-c', 4)
                self.assertEqual(result['errors']['corrupt'], counted['corrupt'])
                self.assertEqual((result['lost'], result['duplicated']), (0, 0))
                self.assertGreater(counted['corrupt'], 10)

    def test_all_at_once(self):
        rules = 'drop=1%,duplicate=1%,corrupt=1%,delay=200us:5%'
        result, counted = self.load(rules, UDP, '-c', 1, '-p', 1, '--timeout', '200ms')
        self.assertEqual(
            [result['lost'] - result['late'], result['duplicated'], result['errors']['corrupt']],
            [counted['drop'], counted['duplicate'], counted['corrupt']])

    def test_delayed(self):
        result, counted = self.load('delay=5ms:10%', TCP, '-c', 4)
        self.assertEqual(result['errors']['total'], 0)
        self.assertGreaterEqual(result['latency_ns']['p99'], 4_990_000)
        self.assertTrue(0.07 < counted['delay'] / self.COUNT < 0.13, counted)


class TestOptions(InjectTest):
    def test_it_is_said_at_the_start(self):
        with self.server('drop=1%:udp,delay=150us:10%', UDP) as server:
            errors = server.end()
        self.assertIn('injecting faults: drop=1%:udp,delay=150us:10%\n', errors)
        options = json.loads(self.stats.read_text())['options']
        self.assertEqual(options['inject_seed'], 1)
        self.assertEqual(options['inject'][0], {'kind': 'drop', 'time_ns': None, 'share': 0.01,
                                                'transports': ['udp']})

    def test_without_it_there_is_nothing(self):
        with ringside.Server('--json-stats', self.stats, UDP) as server:
            self.assertEqual(server.end(), '')
        stats = json.loads(self.stats.read_text())
        self.assertIsNone(stats['listeners'][0]['injected'])
        self.assertEqual(stats['options']['inject'], [])

    def test_a_rule_that_can_do_nothing_is_refused(self):
        for rules, url, text in (('drop=1%:tcp', TCP, 'a stream cannot lose a part'),
                                 ('drop=1%', TCP, 'can do nothing'),
                                 ('delay=10%', UDP, 'needs a time')):
            with self.subTest(rules=rules):
                result = ringside.run('serve', '--inject', rules, url)
                self.assertEqual((result.returncode, result.stdout), (2, ''))
                self.assertIn(text, result.stderr)
                self.assertEqual(result.stderr.count('\n'), 1)

    def test_each_listener_has_its_own_counts(self):
        with self.server('corrupt=100%:tcp,drop=100%:udp', TCP, UDP) as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(differences(peers.ask(connected, bytes(64)), bytes(64)), 1)
        self.assert_counted(0, corrupt=1)
        self.assert_counted(1)

    def test_spin_burns_cpu(self):
        with self.server('spin=2ms', UDP) as server, peers.connect(server.url) as connected:
            for number in range(20):
                peers.ask(connected, message(number))
            wanted_ns = spending.wanted_ns(server)
        self.assert_counted(spin=20)
        self.assertGreaterEqual(wanted_ns, 20_000_000)


if __name__ == '__main__':
    tap.main()
