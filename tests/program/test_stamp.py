"""ringside serve stamp+...: times by the system's clock, every transport, and its options."""
import ctypes
import hashlib
import hmac
import json
import pathlib
import socket
import struct
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

UDP = 'stamp+udp://127.0.0.1:0'
EPOCH_S = 2_208_988_800  # from 1900 to 1970
KEY = b'a secret'


def ntp(wall_ns):
    seconds, rest = divmod(wall_ns, 10**9)
    return (seconds + EPOCH_S) % 2**32 << 32 | (rest << 32) // 10**9


def wall(stamp):
    """Nanoseconds since 1970, of the era that ends in 2036, or the one after it."""
    seconds, fraction = stamp >> 32, stamp & 0xffffffff
    if seconds < EPOCH_S:
        seconds += 2**32
    return (seconds - EPOCH_S) * 10**9 + (fraction * 10**9 + 2**31 >> 32)


def request(sequence, ssid=0):
    return struct.pack('>IQHH28x', sequence, ntp(time.time_ns()), 0x8001, ssid)


class Answer:
    def __init__(self, octets):
        (self.sequence, left, self.error, self.ssid, arrived, self.sender_sequence, sent,
         self.sender_error, high, self.hop_limit, low) = struct.unpack('>IQHHQIQHHB3s', octets[:44])
        self.sent_ns, self.arrived_ns, self.left_ns = wall(sent), wall(arrived), wall(left)
        self.wake_ns = high << 24 | int.from_bytes(low, 'big')


def clock():
    """Is the clock synchronised, and what is TAI - UTC, by adjtimex(2)?"""
    buffer = ctypes.create_string_buffer(512)
    libc = ctypes.CDLL(None)
    state = libc.adjtimex(buffer)
    status = ctypes.c_int.from_buffer(buffer, 40).value
    return state not in (-1, 5) and not status & 0x40, struct.unpack_from('i', buffer, 160)[0]


class StampTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def ask(self, connected, sequence=0, ssid=0):
        """The answer, and that its times are those of this host, in their order."""
        sent = request(sequence, ssid)
        answer = Answer(peers.ask(connected, sent))
        now_ns = time.time_ns()
        self.assertEqual(answer.sent_ns, wall(int.from_bytes(sent[4:12], 'big')))
        self.assertLessEqual(answer.sent_ns, answer.arrived_ns + 1)
        self.assertLessEqual(answer.arrived_ns, answer.left_ns)
        self.assertLessEqual(answer.left_ns, now_ns)
        self.assertEqual((answer.sender_sequence, answer.ssid), (sequence, ssid))
        return answer


class TestTransports(StampTest):
    def test_every_transport(self):
        for url in (UDP, 'stamp+tcp://127.0.0.1:0', f'stamp+unix:{self.folder}/s',
                    f'stamp+unixgram:{self.folder}/g', f'stamp+unixpacket:{self.folder}/p'):
            with self.subTest(url=url), ringside.Server(url) as server, \
                    peers.connect(server.url) as connected:
                for sequence in range(5):
                    answer = self.ask(connected, sequence, 9)
                    self.assertEqual(answer.sequence, sequence)
                    self.assertLessEqual(answer.wake_ns, answer.left_ns - answer.arrived_ns)
                    # The first record may come before its socket is asked to stamp.
                    if sequence > 0:
                        self.assertEqual(answer.wake_ns > 0, server.url.transport in
                                         ('tcp', 'unixgram', 'unixpacket'))

    def test_the_kernels_time_is_that_of_arrival(self):
        """While the server stands still a request waits; only the kernel knows for how long."""
        for source in ('kernel', 'user'):
            with self.subTest(source=source), ringside.Server('--stamps', source, UDP) as server, \
                    peers.connect(server.url) as connected:
                self.ask(connected)
                server.stop()
                connected.send(request(1))
                stopped_ns = time.time_ns()
                server.signal(18)
                answer = Answer(connected.recv(100))
                if source == 'kernel':
                    self.assertLessEqual(answer.arrived_ns, stopped_ns)
                else:
                    self.assertGreaterEqual(answer.arrived_ns, stopped_ns)
                self.assertGreaterEqual(answer.left_ns, stopped_ns)

    def test_a_stream_is_cut_wherever(self):
        with ringside.Server('stamp+tcp://127.0.0.1:0') as server, \
                peers.connect(server.url) as connected:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            octets = b''.join(map(request, range(300)))
            for at in range(0, len(octets), 77):
                connected.sendall(octets[at:at + 77])
            answers = peers.receive(connected, len(octets))
            for sequence in range(300):
                answer = Answer(answers[44 * sequence:])
                self.assertEqual(answer.sequence, sequence)


class TestResidence(StampTest):
    DELAY_NS = 20_000_000

    def test_an_answer_that_is_held_says_when_it_leaves(self):
        delay = f'delay={self.DELAY_NS}ns'
        for url in (UDP, 'stamp+tcp://127.0.0.1:0', f'stamp+unixgram:{self.folder}/g'):
            for clock_read in ('message', 'batch'):
                with self.subTest(url=url, clock=clock_read), \
                        ringside.Server('--inject', delay, '--stamp-clock', clock_read, url) \
                        as server, peers.connect(server.url) as connected:
                    answer = self.ask(connected)
                    self.assertGreaterEqual(answer.left_ns - answer.arrived_ns, self.DELAY_NS)
                    # It waits after it has been read; times on the wire are rounded.
                    self.assertLessEqual(answer.wake_ns + self.DELAY_NS,
                                         answer.left_ns - answer.arrived_ns + 2)

    def test_time_that_is_spent_is_told(self):
        with ringside.Server('--inject', 'spin=3ms', UDP) as server, \
                peers.connect(server.url) as connected:
            answer = self.ask(connected)
            self.assertGreaterEqual(answer.left_ns - answer.arrived_ns, 3_000_000)

    def test_a_copy_leaves_later(self):
        with ringside.Server('--inject', 'duplicate', UDP) as server, \
                peers.connect(server.url) as connected:
            first, second = self.ask(connected, 5), Answer(connected.recv(100))
            self.assertEqual((first.sequence, second.sequence), (5, 5))
            self.assertEqual(first.arrived_ns, second.arrived_ns)
            self.assertLess(first.left_ns, second.left_ns)


class TestKey(StampTest):
    def sign(self, key, octets):
        return octets + hmac.new(key, octets, hashlib.sha256).digest()[:16]

    def request(self, key):
        return self.sign(key, struct.pack('>I12xQHH68x', 3, ntp(time.time_ns()), 0x8001, 0))

    def server(self, *options):
        file = self.folder / 'key'
        file.write_bytes(KEY + b'\n')
        return ringside.Server('--key-file', file, '--json-stats', self.folder / 'stats',
                               *options, UDP)

    def test_only_the_key_gets_an_answer(self):
        for options in ((), ('--inject', 'delay=1ms')):
            with self.subTest(options=options), self.server(*options) as server, \
                    peers.connect(server.url) as connected:
                connected.send(self.request(b'another'))
                connected.send(request(1))
                answer = peers.ask(connected, self.request(KEY))
                self.assertEqual(answer, self.sign(KEY, answer[:96]))
                self.assertEqual(len(answer), 112)
                server.end()
                stats = json.loads((self.folder / 'stats').read_text())
                refused = stats['listeners'][0]['refused']
                self.assertEqual((refused['key'], refused['size']), (1, 1))
                self.assertNotIn(KEY.decode(), json.dumps(stats))

    def test_a_fault_is_not_mended_by_signing(self):
        for more in ('', ',delay=1ms'):
            with self.subTest(more=more), self.server('--inject', 'corrupt' + more) as server, \
                    peers.connect(server.url) as connected:
                answer = peers.ask(connected, self.request(KEY))
                self.assertNotEqual(answer, self.sign(KEY, answer[:96]))


class TestOptions(StampTest):
    def test_stateful_sessions_are_numbered(self):
        with ringside.Server('--stamp-mode', 'stateful', '--stamp-sessions', 2, UDP) as server, \
                peers.connect(server.url) as connected:
            numbers = [self.ask(connected, 40, ssid).sequence for ssid in (1, 2, 1, 3, 1)]
            self.assertEqual(numbers, [0, 0, 1, 40, 2])

    def need_departures(self):
        """Or skip the test where answers are not told to have left."""
        with ringside.Server('--stamp-mode', 'stateful', '--json-stats', self.folder / 'stats',
                             UDP):
            pass
        stats = json.loads((self.folder / 'stats').read_text())
        feature = stats['features']['departures']
        if stats['backend']['effective'] == 'uring' and not feature['effective']:
            self.skipTest(f'without the feature departures: {feature["reason"]}')

    def test_an_earlier_answer_is_followed_up(self):
        """Its departure is told with the first answer after that has been heard of."""
        self.need_departures()
        extension = bytes((0x80, 7, 0, 16)) + bytes(16)
        with ringside.Server('--stamp-mode', 'stateful', UDP) as server, \
                peers.connect(server.url) as connected:
            answers, told = [], 0
            deadline = time.monotonic() + ringside.DEADLINE_S
            while not told and time.monotonic() < deadline:
                octets = peers.ask(connected, request(len(answers)) + extension)
                answers.append(Answer(octets))
                flags, number, told, method = struct.unpack('>BxxxIQB3x', octets[44:])
                self.assertEqual(flags, 0)
            self.assertLess(number, len(answers) - 1)
            self.assertEqual(method, 2)
            self.assertLessEqual(answers[number].left_ns, wall(told))
            self.assertLessEqual(wall(told), answers[number + 1].arrived_ns)

    def test_nothing_is_followed_up_by_users_times(self):
        extension = bytes((0x80, 7, 0, 16)) + bytes(16)
        with ringside.Server('--stamp-mode', 'stateful', '--stamps', 'user', UDP) as server, \
                peers.connect(server.url) as connected:
            for sequence in range(5):
                octets = peers.ask(connected, request(sequence) + extension)
                self.assertEqual(octets[44:], bytes((0, 7, 0, 16)) + bytes(16))

    def test_twamp_light(self):
        with ringside.Server('--twamp-light', UDP) as server, \
                peers.connect(server.url) as connected:
            connected.send(request(8)[:13])
            connected.send(request(9)[:14])
            self.assertEqual(Answer(connected.recv(100)).sender_sequence, 9)

    def test_require_sync(self):
        synchronised, _ = clock()
        with ringside.Server('--require-sync', '--json-stats', self.folder / 'stats',
                             'time+tcp://127.0.0.1:0', 'time+udp://127.0.0.1:0', UDP) as server:
            with peers.connect(server.urls[0]) as connected:
                self.assertEqual(len(peers.receive_all(connected)), 4 if synchronised else 0)
            with peers.connect(server.urls[1]) as connected:
                connected.send(b'')
                if synchronised:
                    self.assertEqual(len(connected.recv(100)), 4)
            with peers.connect(server.urls[2]) as connected:
                self.assertEqual(self.ask(connected).error >> 15, synchronised)
            server.end()
        stats = json.loads((self.folder / 'stats').read_text())
        self.assertEqual(stats['listeners'][1]['refused']['clock'], 0 if synchronised else 1)
        self.assertEqual(stats['clock']['synchronised'], synchronised)


class TestContradictions(StampTest):
    def assert_refused(self, *arguments, says):
        with self.subTest(arguments=arguments):
            result = ringside.run('serve', *arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ''))
            self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
            self.assertIn(says, result.stderr)

    def test_key_files(self):
        file = self.folder / 'key'
        self.assert_refused('--key-file', file, UDP, says=f"'{file}': No such file")
        self.assert_refused('--key-file', self.folder, UDP, says='Is a directory')
        for content, says in ((b'', 'empty'), (b'\n', 'empty'), (b'x' * 1025, 'than 1024 bytes')):
            file.write_bytes(content)
            self.assert_refused('--key-file', file, UDP, says=says)
        file.write_bytes(b'x' * 1024 + b'\n')
        with ringside.Server('--key-file', file, UDP):
            pass
        self.assert_refused('--key-file', file, '--twamp-light', UDP, says='--twamp-light')
        self.assert_refused('--key-file', file, 'stamp+tcp://127.0.0.1:0', says='is a stream')
        self.assert_refused('--key-file', file, 'echo+udp://127.0.0.1:0', says='neither stamp nor')

    def test_a_time_of_arrival_needs_room(self):
        url = 'stamp+tcp://127.0.0.1:0'
        self.assert_refused('--buffer-size', 255, url, says='--buffer-size 255 is too small')
        for more in (('--buffer-size', 256), ('--buffer-size', 64, '--stamps', 'user')):
            with self.subTest(more=more), ringside.Server(*more, url) as server, \
                    peers.connect(server.url) as connected:
                octets = b''.join(map(request, range(100)))
                connected.sendall(octets)
                answers = peers.receive(connected, len(octets))
                self.assertEqual([Answer(answers[44 * i:]).sequence for i in range(100)],
                                 list(range(100)))

    def test_sessions_of_irtt_are_of_one_thread(self):
        self.assert_refused('--threads', 2, f'irtt+unixgram:{self.folder}/g',
                            says='a session of irtt is known to one of them')

    def test_a_card_has_a_clock_of_its_own(self):
        self.assert_refused('--stamps', 'hardware', UDP, says='user or kernel')

    def test_an_interval_that_outlasts_the_session(self):
        for timeout in ('1s', '2s'):
            self.assert_refused('--irtt-min-interval', '2s', '--irtt-timeout', timeout, UDP,
                                says=f'forgotten after --irtt-timeout {timeout}')
        with ringside.Server('--irtt-min-interval', '2s', '--irtt-timeout', 0, UDP):
            pass

    def test_ptp_without_tai(self):
        _, tai_offset_s = clock()
        if tai_offset_s != 0:
            self.skipTest(f'the kernel knows TAI: {tai_offset_s} s')
        self.assert_refused('--stamp-format', 'ptp', UDP, says='does not know TAI')


if __name__ == '__main__':
    tap.main()
