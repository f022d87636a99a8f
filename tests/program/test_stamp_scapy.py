"""STAMP as others see it: scapy asks our reflector and reads every field of its answers,
Wireshark's dissector reads what passes, and a reflector written once more answers our
Session-Sender.
"""
import pathlib
import socket
import struct
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import capture  # noqa: E402
import namespace  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import scapy_stamp  # noqa: E402
import stamp  # noqa: E402
import tap  # noqa: E402
import timekeeping  # noqa: E402

PORT = 862
URL = f'stamp+udp://127.0.0.1:{PORT}'
KEY = b'not much of a secret'
T1 = 0x0123456789abcdef


def setUpModule():
    scapy_stamp.need()
    namespace.enter()


class ReflectorTest(unittest.TestCase):
    OPTIONS = ()
    ENVIRONMENT = staticmethod(lambda: None)  # ringside's own

    @classmethod
    def setUpClass(cls):
        cls.server = ringside.Server(*cls.OPTIONS, URL, env=cls.ENVIRONMENT())
        cls.addClassCleanup(cls.server.__exit__, None, None, None)

    def setUp(self):
        self.asking = self.socket()

    def socket(self, hop_limit=64, traffic_class=0):
        made = peers.connect(self.server.url)
        self.addCleanup(made.close)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hop_limit)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, traffic_class)
        return made

    def ask(self, octets, asking=None):
        answer = peers.ask(asking or self.asking, octets)
        self.assertEqual(len(answer), len(octets))
        return answer

    def assert_refused(self, octets):
        """Nothing comes, and the next question is answered."""
        self.asking.send(octets)
        self.assertEqual(self.ask(self.good(99))[:4], struct.pack('>I', 99))
        self.assertEqual(peers.pending(self.asking), b'')

    @staticmethod
    def good(sequence):
        return stamp.request(sequence)

    def extensions(self, *tlvs, asking=None):
        """What comes back of TLVs, as scapy reads it."""
        octets = scapy_stamp.request(T1, tlvs, seq=1)
        return scapy_stamp.reflector(self.ask(octets, asking)).tlv_objects


class TestFields(ReflectorTest):
    def test_every_octet_of_an_answer(self):
        asked = scapy_stamp.request(T1, seq=0xfedcba98, ssid=0x1234,
                                    err_estimate=scapy_stamp.estimate(1, 0, 5, 200))
        before = time.time_ns()
        octets = self.ask(asked, self.socket(hop_limit=37))
        after = time.time_ns()
        answer = scapy_stamp.reflector(octets)
        self.assertEqual(answer.seq, 0xfedcba98)
        self.assertEqual(answer.ssid, 0x1234)
        self.assertEqual(answer.seq_sender, 0xfedcba98)
        self.assertEqual(scapy_stamp.timestamp_of(answer, 'ts_sender'), T1)
        self.assertEqual(bytes(answer.err_estimate_sender), asked[12:14])
        self.assertEqual((answer.mbz1, answer.ttl_sender, answer.mbz2), (0, 37, 0))
        arrived, left = (stamp.wall_ns(scapy_stamp.timestamp_of(answer, name))
                         for name in ('ts_rx', 'ts'))
        self.assertLessEqual(before - 1, arrived)  # they are rounded down
        self.assertLessEqual(arrived, left)
        self.assertLessEqual(left, after)
        # Scapy would write the same octets.
        self.assertEqual(bytes(answer), octets)

    def test_the_error_estimate_claims_no_more_than_the_kernel(self):
        before = timekeeping.clock()
        estimate = scapy_stamp.reflector(self.ask(stamp.request(1))).err_estimate
        after = timekeeping.clock()
        self.assertIn(estimate.S, (before[0], after[0]))
        self.assertEqual(estimate.Z, 0)
        self.assertGreater(estimate.multiplier, 0)
        # It is read once a second, and grows by 500 us each.
        claimed_ns = estimate.multiplier * 2.0 ** (estimate.scale - 32) * stamp.NS_PER_S
        self.assertGreaterEqual(claimed_ns, min(before[1], after[1]) - 2_000_000)

    def test_a_timestamp_of_ptp_comes_back_as_it_was(self):
        asked = scapy_stamp.request(T1, seq=1, err_estimate=scapy_stamp.estimate(0, 1, 3, 9))
        answer = scapy_stamp.reflector(self.ask(asked))
        self.assertEqual(answer.err_estimate_sender.Z, 1)
        self.assertEqual(bytes(answer)[28:36], T1.to_bytes(8, 'big'))
        self.assertEqual(answer.err_estimate.Z, 0)  # ours is of NTP all the same

    def test_what_must_be_zero_is_ignored(self):
        """RFC 8762 section 4.1.1."""
        answer = self.ask(stamp.request(5)[:16] + bytes(range(1, 29)))
        self.assertEqual(scapy_stamp.reflector(answer).mbz1, 0)

    def test_what_is_too_short_is_refused(self):
        for length in (0, 1, 14, 43):
            with self.subTest(length=length):
                self.assert_refused(stamp.request(1)[:length])

    def test_the_number_is_the_senders(self):
        for sequence in (7, 7, 0, 2**32 - 1, 3):
            self.assertEqual(scapy_stamp.reflector(self.ask(stamp.request(sequence))).seq, sequence)


class TestExtensions(ReflectorTest):
    def test_flags_tell_what_is_known(self):
        padding, unknown = self.extensions((1, b'\x5a' * 20), (77, b'what is this?'))
        self.assertEqual((int(padding.flags), padding.type, padding.len), (0, 1, 20))
        self.assertEqual((int(unknown.flags), unknown.type), (scapy_stamp.UNKNOWN, 77))
        self.assertEqual(unknown.value, b'what is this?')

    def test_a_length_beyond_the_end_is_malformed(self):
        behind = stamp.tlv(1, b'good') + struct.pack('>BBH', 0x80, 1, 9) + b'x'
        cut = stamp.request(1, behind=behind)
        answer = self.ask(cut)
        self.assertEqual(answer[44:52], stamp.tlv(1, b'good', flags=0))
        self.assertTrue(answer[52] & scapy_stamp.MALFORMED)
        self.assertEqual(answer[53:], cut[53:])

    def test_a_length_too_short_for_its_type_is_malformed(self):
        for kind in (3, 4, 5, 7):
            with self.subTest(type=kind):
                answer, = self.extensions((kind, b''))
                self.assertTrue(int(answer.flags) & scapy_stamp.MALFORMED)

    def test_class_of_service(self):
        """The answer has the DSCP that was asked for, and tells the one that arrived."""
        asking = self.socket(traffic_class=10 << 2)
        wanted = 46
        with capture.Capture() as seen:
            answer, = self.extensions((4, struct.pack('>I', wanted << 26)), asking=asking)
            packets = [packet for packet in seen.take() if capture.udp(packet)[0] == PORT]
        first, second = struct.unpack('>HH', answer.value)
        self.assertEqual(int(answer.flags), 0)
        self.assertEqual((first >> 10, first >> 4 & 63), (wanted, 10))
        self.assertEqual([packet[1] >> 2 for packet in packets], [wanted])

    def test_the_time_until_the_program_had_it(self):
        """Of type 251, ours."""
        octets = self.ask(scapy_stamp.request(T1, [(251, bytes(8))], seq=1))
        answer = scapy_stamp.reflector(octets)
        wake_ns = int.from_bytes(answer.tlv_objects[0].value, 'big')
        arrived, left = (stamp.wall_ns(scapy_stamp.timestamp_of(answer, name))
                         for name in ('ts_rx', 'ts'))
        self.assertEqual(int(answer.tlv_objects[0].flags), 0)
        self.assertLessEqual(wake_ns, left - arrived + 1)
        self.assertGreater(wake_ns, 0)


class TestSynchronised(ReflectorTest):
    ENVIRONMENT = staticmethod(timekeeping.synchronised)

    def test_a_clock_that_is_kept_is_told_with_its_error(self):
        estimate = scapy_stamp.reflector(self.ask(stamp.request(1))).err_estimate
        claimed_ns = estimate.multiplier * 2.0 ** (estimate.scale - 32) * stamp.NS_PER_S
        self.assertEqual((estimate.S, estimate.Z), (1, 0))
        self.assertGreaterEqual(claimed_ns, timekeeping.ERROR_NS)
        self.assertLess(claimed_ns, 1.02 * timekeeping.ERROR_NS)


class TestPtp(ReflectorTest):
    """Times of TAI, where the kernel knows how far that is off."""
    OPTIONS = ('--stamp-format', 'ptp')
    ENVIRONMENT = staticmethod(timekeeping.synchronised)

    def test_seconds_and_nanoseconds_of_tai(self):
        before = time.time_ns()
        answer = scapy_stamp.reflector(self.ask(stamp.request(1)))
        after = time.time_ns()
        self.assertEqual((answer.err_estimate.S, answer.err_estimate.Z), (1, 1))
        times = [self.wall_ns(bytes(answer)[at:at + 8]) for at in (16, 4)]
        self.assertEqual([before, *times, after], sorted([before, *times, after]))
        self.assertEqual(answer.err_estimate_sender.Z, 0)  # of NTP, as it came

    @staticmethod
    def wall_ns(octets):
        seconds, nanoseconds = struct.unpack('>II', octets)
        return (seconds - timekeeping.TAI_OFFSET_S) * stamp.NS_PER_S + nanoseconds


class TestPtpRefused(unittest.TestCase):
    def test_where_the_kernel_does_not_know_tai(self):
        if timekeeping.clock()[2] != 0:
            self.skipTest('this kernel knows it')
        result = ringside.run('serve', '--stamp-format', 'ptp', URL)
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r'\Aringside serve: .*TAI.*\n\Z')


class TestStateful(ReflectorTest):
    OPTIONS = ('--stamp-mode', 'stateful')

    def test_each_session_has_its_numbers(self):
        """A session is a sender with its SSID."""
        for ssid, sequence, expected in ((1, 10, 0), (1, 20, 1), (2, 30, 0), (1, 21, 2), (2, 5, 1)):
            answer = scapy_stamp.reflector(self.ask(stamp.request(sequence, ssid=ssid)))
            self.assertEqual((answer.seq, answer.seq_sender), (expected, sequence))


class TestTwampLight(ReflectorTest):
    OPTIONS = ('--twamp-light',)

    def test_a_short_question_has_an_answer_of_44(self):
        for length in (14, 20, 43):
            with self.subTest(length=length):
                answer = peers.ask(self.asking, stamp.request(6, error=0x8102, ssid=0)[:length])
                parsed = scapy_stamp.reflector(answer)
                self.assertEqual(len(answer), 44)
                self.assertEqual((parsed.seq, parsed.seq_sender, parsed.ssid), (6, 6, 0))
                self.assertEqual(bytes(parsed.err_estimate_sender), b'\x81\x02')

    def test_13_are_no_question(self):
        self.assert_refused(stamp.request(1)[:13])


class TestAuthenticated(ReflectorTest):
    """Scapy has no such packets: RFC 8762 figures 4 and 6, and Python's HMAC."""

    @classmethod
    def setUpClass(cls):
        folder = peers.folder()
        cls.addClassCleanup(folder.cleanup)
        key = pathlib.Path(folder.name, 'key')
        key.write_bytes(KEY + b'\n')
        cls.OPTIONS = ('--key-file', key)
        super().setUpClass()

    @staticmethod
    def good(sequence):
        return stamp.signed_request(sequence, KEY)

    def test_every_octet_of_an_answer(self):
        asked = stamp.signed_request(0xfedcba98, KEY, T1, 0x85c8, 0x1234)
        before = time.time_ns()
        octets = self.ask(asked, self.socket(hop_limit=37))
        after = time.time_ns()
        sequence, left, error, ssid, arrived, number, sent, estimate, hop_limit, code = \
            struct.unpack('>I12xQHH4xQ8xI12xQH6xB15x16s', octets)
        self.assertEqual((sequence, ssid, number), (0xfedcba98, 0x1234, 0xfedcba98))
        self.assertEqual((sent, estimate, hop_limit), (T1, 0x85c8, 37))
        self.assertEqual(bool(error >> 15), timekeeping.clock()[0])
        self.assertLessEqual(before - 1, stamp.wall_ns(arrived))
        self.assertLessEqual(arrived, left)
        self.assertLessEqual(stamp.wall_ns(left), after)
        self.assertEqual(code, stamp.sign(octets[:96], KEY))
        for first, last in ((4, 16), (28, 32), (40, 48), (52, 64), (74, 80), (81, 96)):
            self.assertEqual(octets[first:last], bytes(last - first), f'octets from {first} on')

    def test_what_is_not_signed_is_refused(self):
        good = self.good(1)
        for name, octets in (('plain', stamp.request(1)), ('another key',
                             stamp.signed_request(1, b'another')), ('too short', good[:111]),
                             ('no code', good[:96] + bytes(16)),
                             ('changed', good[:3] + b'\2' + good[4:])):
            with self.subTest(name):
                self.assert_refused(octets)

    def test_extensions_are_signed_too(self):
        """RFC 8972 section 4.8: over the number and what stands before."""
        padding, known = stamp.tlv(1, bytes(8)), stamp.tlv(251, bytes(8))
        behind = padding + known
        asked = stamp.signed_request(3, KEY, behind=behind)
        asked += stamp.tlv(8, stamp.sign(asked[:4] + behind, KEY))
        answer = self.ask(asked)
        self.assertEqual([answer[112], answer[124], answer[136]], [0, 0, 0])
        self.assertEqual(answer[140:], stamp.sign(answer[:4] + answer[112:136], KEY))

    def test_extensions_with_another_code_lose_their_integrity(self):
        behind = stamp.tlv(1, bytes(8))
        answer = self.ask(stamp.signed_request(3, KEY, behind=behind) + stamp.tlv(8, bytes(16)))
        self.assertTrue(answer[112] & answer[124] & scapy_stamp.INTEGRITY)


class TestDissector(ReflectorTest):
    """Wireshark's, of TWAMP-Test, whose layout STAMP has."""

    def test_both_ways(self):
        asked = scapy_stamp.request(stamp.ntp(time.time_ns()), [(1, bytes(6))], seq=77, ssid=99,
                                    err_estimate=scapy_stamp.estimate(1, 0, 5, 200))
        with capture.Capture() as seen:
            answer = scapy_stamp.reflector(self.ask(asked, self.socket(hop_limit=37)))
            question, reply = capture.tshark(seen.take(), PORT, 'twamp.test')
        for packet in (question, reply):
            self.assertEqual(packet['twamp.test.seq_number'], '77')
            self.assertEqual(packet['twamp.test.mbz1'], '99')  # the SSID's place
        for there, here in (('timestamp', 'sender_timestamp'),
                            ('seq_number', 'sender_seq_number'),
                            ('error_estimate_tree', 'sender_error_estimate_tree')):
            self.assertEqual(question[f'twamp.test.{there}'], reply[f'twamp.test.{here}'])
        self.assertEqual(reply['twamp.test.sender_ttl'], '37')
        for name, field in (('timestamp', 'ts'), ('receive_timestamp', 'ts_rx')):
            told_ns = stamp.wall_ns(scapy_stamp.timestamp_of(answer, field))
            self.assertIn(f'.{told_ns % stamp.NS_PER_S:09}', reply[f'twamp.test.{name}'])


class TestSender(unittest.TestCase):
    """Our Session-Sender, before a reflector of others."""
    COUNT = 20
    GREETING_MIN = 0xffffff00  # numbers of packets that ask what the reflector can do

    def load(self, *options, key=None):
        """What passed, but for greetings; each datagram by itself, since one that is sent as
        several is captured as one."""
        with stamp.Reflector(port=PORT, key=key) as reflector, capture.Capture() as seen:
            result = ringside.run('load', *ringside.engine_options(), '--features=-gso', '-c', 1,
                                  '-n', self.COUNT, '-O', 0, *options, URL)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertGreaterEqual(reflector.answered, self.COUNT)
            return [packet for packet in seen.take() if self.is_measured(packet)]

    def is_measured(self, packet):
        """Load also sends to itself, to find out what the kernel can do."""
        source, destination, octets = capture.udp(packet)
        return PORT in (source, destination) and \
            int.from_bytes(octets[:4], 'big') < self.GREETING_MIN

    @staticmethod
    def questions(packets):
        return [capture.udp(packet)[2] for packet in packets if capture.udp(packet)[1] == PORT]

    def test_every_octet_of_a_question(self):
        before = time.time_ns()
        sent = self.questions(self.load())
        after = time.time_ns()
        read = [scapy_stamp.sender(octets) for octets in sent]
        self.assertEqual([question.seq for question in read], list(range(self.COUNT)))
        times = [stamp.wall_ns(scapy_stamp.timestamp_of(one, 'ts')) for one in read]
        self.assertEqual([before - 1, *times, after], sorted([before - 1, *times, after]))
        for question, octets in zip(read, sent):
            self.assertEqual((question.mbz, question.tlv_objects), (0, []))
            self.assertEqual(question.err_estimate.S, timekeeping.clock()[0])
            self.assertGreater(question.err_estimate.multiplier, 0)
            self.assertEqual(bytes(question), octets)

    def test_extra_octets_are_extensions(self):
        for octets in self.questions(self.load('-s', 100)):
            self.assertEqual(len(octets), 100)
            extensions = scapy_stamp.sender(octets).tlv_objects
            self.assertEqual(sum(4 + one.len for one in extensions), 56)
            self.assertEqual({int(one.flags) for one in extensions}, {scapy_stamp.UNKNOWN})
            self.assertEqual(extensions[-1].type, 1)

    def test_signed_questions(self):
        """The reflector has another HMAC than ours, and answers none but right ones."""
        with peers.folder() as folder:
            path = pathlib.Path(folder, 'key')
            path.write_bytes(KEY)
            sent = self.questions(self.load('--key-file', path, key=KEY))
        for number, octets in enumerate(sent):
            self.assertEqual(len(octets), 112)
            sequence, _, _, error, _ = struct.unpack_from('>I12sQHH', octets)
            self.assertEqual((sequence, bool(error >> 15)), (number, timekeeping.clock()[0]))
            self.assertEqual(octets[4:16] + octets[28:96], bytes(80))

    def test_wireshark_reads_both_ways(self):
        read = capture.tshark(self.load(), PORT, 'twamp.test')
        sent = {one['twamp.test.seq_number']: one['twamp.test.timestamp'] for one in read[::2]}
        told = {one['twamp.test.sender_seq_number']: one['twamp.test.sender_timestamp']
                for one in read[1::2]}
        self.assertEqual(len(sent), self.COUNT)
        self.assertEqual(sent, told)


if __name__ == '__main__':
    tap.main()
