"""ringside talk --request: what is asked, and what the answer is said to say. The servers are made
here, so that every figure but our own times is known."""
import pathlib
import re
import socket
import struct
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TO_1900 = 2_208_988_800
MS = (1 << 32) // 1000  # in fractions of 2^-32 s


def request(url, *options):
    return ringside.run('talk', '--request', '--timeout', '2s', *options, url)


def facts(text):
    """{name: what it is}."""
    return {line[2:16].strip(): line[17:] for line in text.splitlines()}


class Answers:
    """A UDP server that answers one datagram with what a function makes of it."""

    def __init__(self, make):
        self.make, self.asked = make, None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 0))
        self.socket.settimeout(20)
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.answer)

    def answer(self):
        self.asked, peer = self.socket.recvfrom(65536)
        self.socket.sendto(self.make(self.asked), peer)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()
        self.socket.close()


def stamp_answer(asked, error_estimate=0x9f80, hop_limit=64):
    """T2 is 5 s after T1, T3 is 250 ms after T2."""
    sequence, sent, estimate = struct.unpack('>IQH', asked[:14])
    received = sent + (5 << 32)
    return struct.pack('>IQHHQIQHHB3x', 7, received + 250 * MS, error_estimate, 0, received,
                       sequence, sent, estimate, 0, hop_limit)


def ntp_answer(asked, first=0x24, stratum=2, reference=b'\x0a\x01\x02\x03'):
    """Root delay 1/32 s and dispersion 1/64 s; 40 s behind, 1 ms of residence."""
    sent = struct.unpack('>Q', asked[40:48])[0]
    received = sent - (40 << 32)
    return struct.pack('>BBbbII4sQQQQ', first, stratum, 6, -20, 0x800, 0x400, reference, received,
                       sent, received, received + MS)


def irtt_params(**values):
    """Number and value of each parameter: ZigZag, seven bits an octet, the lowest first."""
    octets = b''
    for number, value in values.values():
        octets += bytes([number])
        value *= 2
        while value > 0x7f:
            octets += bytes([value & 0x7f | 0x80])
            value >>= 7
        octets += bytes([value])
    return octets


class TestRequests(unittest.TestCase):
    def told(self, service, make, *options):
        with Answers(make) as server:
            result = request(f'{service}+udp://127.0.0.1:{server.port}', *options)
        self.asked = server.asked
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        return facts(result.stdout)

    def assert_refused(self, service, answer, says):
        with Answers(lambda asked: answer(asked) if callable(answer) else answer) as server:
            result = request(f'{service}+udp://127.0.0.1:{server.port}')
        self.assertEqual((result.returncode, result.stdout), (1, ''))
        self.assertRegex(result.stderr, r'\Aringside talk: .*\n\Z')
        self.assertIn(f'this answers no request of {service}: {says}', result.stderr)

    def test_stamp(self):
        told = self.told('stamp', stamp_answer)
        self.assertEqual(len(self.asked), 44)
        self.assertEqual(self.asked[14:], bytes(30))
        self.assertEqual((told['residence'], told['sequence'], told['format'], told['hop limit']),
                         ('250 ms', '7, of ours 1', 'NTP', '64 there'))
        # 0x9f80: synchronised, 128 * 2^31 * 2^-32 s.
        self.assertEqual(told['clock there'], 'synchronised, error at most 64.0 s')
        self.assertRegex(told['clock offset'], r'^5\.\d\d s$')
        for name in ('sent', 'received', 'replied', 'returned'):
            self.assertRegex(told[name], r'^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9} UTC$')

    def test_stamp_without_claims(self):
        told = self.told('stamp', lambda asked: stamp_answer(asked, 0, 255))
        self.assertEqual(told['clock there'], 'not synchronised, error not told')
        self.assertNotIn('hop limit', told)

    def test_ntp(self):
        told = self.told('ntp', ntp_answer)
        self.assertEqual((len(self.asked), self.asked[0], self.asked[1:40]), (48, 0x23, bytes(39)))
        self.assertEqual((told['stratum'], told['reference'], told['residence']),
                         ('2', '10.1.2.3', '1.00 ms'))
        self.assertEqual(told['clock there'], 'synchronised, error at most 31.2 ms')
        self.assertRegex(told['clock offset'], r'^-(40\.0|39\.9\d?) s$')

    def test_ntp_that_is_not_synchronised(self):
        told = self.told('ntp', lambda asked: ntp_answer(asked, 0xe4, 16, b'INIT'))
        self.assertTrue(told['clock there'].startswith('not synchronised'))

    def test_ntp_that_refuses(self):
        told = self.told('ntp', lambda asked: ntp_answer(asked, 0xe4, 0, b'RA\x1b\x00'))
        self.assertEqual(told['refused'], 'RA?')
        self.assertNotIn('clock offset', told)

    def test_time(self):
        for offset, says in ((0, 'clocks'), (50, 'clock offset')):
            with Answers(lambda _: struct.pack('>I', int(
                    time.time() + offset + TO_1900) & 0xffffffff)) as server:
                result = request(f'time+udp://127.0.0.1:{server.port}')
            self.assertEqual(server.asked, b'')
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(says, facts(result.stdout))
        self.assertRegex(facts(result.stdout)['clock offset'],
                         r'^(49\.\d|50\.0) s to (50\.\d|51\.0) s$')

    def test_sockperf(self):
        told = self.told('sockperf',
                         lambda asked: asked[:9] + bytes([asked[9] & 0xfe]) + asked[10:])
        self.assertEqual(self.asked, struct.pack('>QHI', 1, 3, 14))
        self.assertEqual((told['sequence'], told['length']), ('1', '14, it says 14'))
        self.assert_refused('sockperf', lambda asked: asked, "it is marked as a client's")

    def test_irtt(self):
        magic = b'\x14\xa7\x5b'
        params = irtt_params(version=(1, 1), duration=(2, 30 * 10 ** 9),
                             interval=(3, 10 ** 7), length=(4, 1472), stats=(5, 3), at=(6, 3),
                             clock=(7, 3))
        told = self.told('irtt', lambda _: magic + b'\x07' + bytes(8) + params
                         + b'\x09\x04ra\x07d')
        self.assertEqual(self.asked[:6], magic + b'\x05\x01\x02')
        self.assertEqual({name: told[name] for name in (
            'version', 'duration', 'interval', 'length', 'received', 'stamps at', 'clocks',
            'server fill')}, {
                'version': '1', 'duration': '30.0 s at most', 'interval': '10.0 ms at least',
                'length': '1472 at most', 'received': 'both', 'stamps at': 'both',
                'clocks': 'both', 'server fill': 'ra?d'})
        self.assert_refused('irtt', magic + b'\x07' + bytes(8) + b'\x06\x7e',
                            'its parameters are malformed')
        self.assert_refused('irtt', magic + b'\x02' + bytes(20),
                            'it is no reply to an open request')

    def test_answers_of_something_else(self):
        self.assert_refused('stamp', b'abc', 'it has 3 bytes, not 44 or more')
        self.assert_refused('stamp', bytes(44), 'it repeats another sequence number and time')
        self.assert_refused('ntp', lambda asked: asked, "it is of mode 3, not of a server's, 4")
        self.assert_refused('ntp', b'\x24' + bytes(47), 'it repeats another time than ours')
        self.assert_refused('time', b'', 'it has 0 bytes, not 4')
        for service in ('stamp', 'ntp', 'sockperf', 'irtt'):
            self.assert_refused(service, b'', 'it ')

    def test_our_server(self):
        with peers.folder() as folder, ringside.Server(
                'stamp+udp://127.0.0.1:0', 'stamp+tcp://127.0.0.1:0', f'stamp+unix:{folder}/s',
                f'stamp+unixpacket:{folder}/p', 'time+tcp://127.0.0.1:0',
                'time+udp://127.0.0.1:0', 'ntp+udp://127.0.0.1:0', 'irtt+udp://127.0.0.1:0',
                'sockperf+udp://127.0.0.1:0', 'sockperf+tcp://127.0.0.1:0') as server:
            for url in server.urls:
                with self.subTest(url=url.text):
                    result = request(url.text)
                    self.assertEqual((result.returncode, result.stderr), (0, ''))
                    self.assertIn('round trip', facts(result.stdout))
            for url, more in ((server.urls[0], 43), (server.urls[4], 3)):
                result = request(url.text, '--hex')
                self.assertRegex(result.stdout,
                                 re.compile(rf'\A([0-9a-f]{{2}} ){{{more}}}[0-9a-f]{{2}}\n\Z'))

    def test_what_cannot_be_asked(self):
        for arguments, says in (
                (['udp://127.0.0.1:7'], 'no service with a request of its own'),
                (['echo+udp://127.0.0.1:7'], 'no service with a request of its own'),
                (['ntp+tcp://127.0.0.1'], 'there is no ntp over tcp'),
                (['ntp+udp://127.0.0.1', '--text-once', 'x'], 'either of them'),
                (['ntp+udp://127.0.0.1', '--newline'], 'as its protocol has it')):
            with self.subTest(arguments=arguments):
                result = ringside.run('talk', '--request', *arguments)
                self.assertEqual((result.returncode, result.stdout), (2, ''))
                self.assertIn(says, result.stderr)
                self.assertEqual(result.stderr.count('\n'), 1)


if __name__ == '__main__':
    tap.main()
