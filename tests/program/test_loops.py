"""Two servers that face each other: one datagram with a forged sender makes two answers at most.

All pairs of services are tried but those with echo, which has no shape to tell an answer by: an
echo on a high port that faces another one goes on, and only the rule on source ports is against it.
Two greetings with different texts have a limit of their own (test_udp_safety.py).
"""
import contextlib
import pathlib
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import capture  # noqa: E402
import namespace  # noqa: E402
import peers  # noqa: E402
import questions  # noqa: E402
import ringside  # noqa: E402
import stamp  # noqa: E402
import tap  # noqa: E402
import timekeeping  # noqa: E402

SERVICES = [service for service in questions.ASK if service != 'echo']
DAY_NS = 86400 * stamp.NS_PER_S
STAMP_URL = 'stamp+udp://127.0.0.1:0'
KEY = b'a key of no importance'


def setUpModule():
    namespace.enter()


class LoopTest(unittest.TestCase):
    def setUp(self):
        self.asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.asking.settimeout(ringside.DEADLINE_S)
        self.addCleanup(self.asking.close)
        # One for all: the kernel takes 20 ms to end one.
        self.seen = capture.Capture()
        self.addCleanup(self.seen.close)

    def settle(self, url, question=None):
        """Answered, when what waited before this question has been dealt with."""
        self.asking.sendto(question or questions.ASK[url.service](), peers.address(url))
        self.assertEqual(self.asking.recvfrom(65535)[1], peers.address(url))

    def answers(self, one, other, first, settle):
        """How many there are once one has been asked, as it seems by other. Each of settle() lets
        a datagram under way be answered, so that the third would be seen."""
        self.seen.take().clear()
        peers.spoof(other, one, first)
        for _ in range(2):
            settle()
        datagrams = [capture.udp(packet) for packet in self.seen.take()]
        between = {(one[1], other[1]), (other[1], one[1])}
        return sum(bool(datagram) and datagram[:2] in between for datagram in datagrams) - 1


class TestServices(LoopTest):
    def test_each_with_each(self):
        urls = [f'{service}+udp://127.0.0.1:0' for service in SERVICES]
        counts = {}
        with ringside.Server(*urls) as one, ringside.Server(*urls) as other:
            for asked in one.urls:
                for facing in other.urls:
                    counts[asked.service, facing.service] = self.check_pair(asked, facing)
        self.assertEqual({pair for pair, count in counts.items() if count > 2}, set())
        # Each does answer a question, whoever seems to have asked it.
        self.assertEqual({pair for pair, count in counts.items() if count == 0}, set())
        print(f'# {len(counts)} pairs, {max(counts.values())} answers at most')

    def check_pair(self, asked, facing):
        """The most answers that any first datagram makes."""
        def settle():
            self.settle(asked)
            self.settle(facing)

        firsts = {b'', b'?', bytes(44), bytes(1000), questions.ASK[asked.service](),
                  questions.ASK[facing.service]()}
        return max(self.answers(peers.address(asked), peers.address(facing), first, settle)
                   for first in firsts)

    def test_a_server_that_seems_to_ask_itself(self):
        """Its own port is refused, whatever it says."""
        urls = [f'{service}+udp://127.0.0.1:0' for service in SERVICES]
        with ringside.Server(*urls) as server:
            for asked in server.urls:
                with self.subTest(service=asked.service):
                    address = peers.address(asked)
                    self.assertEqual(self.answers(address, address,
                                                  questions.ASK[asked.service](),
                                                  lambda url=asked: self.settle(url)), 0)


class KeyTest(LoopTest):
    """With a key at hand."""

    def setUp(self):
        super().setUp()
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name, 'key')
        path.write_bytes(KEY)
        self.signed = ('--key-file', path)


class TestStamp(KeyTest):
    """Two of ours, however they write their times."""

    def check(self, options, facing, question, **keywords):
        with ringside.Server(*options, STAMP_URL, **keywords) as one, \
                ringside.Server(*facing, STAMP_URL, **keywords) as other:
            def settle():
                self.settle(one.url, question)
                self.settle(other.url, question)

            count = self.answers(peers.address(one.url), peers.address(other.url), question, settle)
            self.assertIn(count, (1, 2))

    def test_with_a_key(self):
        self.check(self.signed, self.signed, stamp.signed_request(1, KEY))

    def test_stateful_and_stateless(self):
        self.check(('--stamp-mode', 'stateful'), (), stamp.request(1))

    def test_times_of_ptp(self):
        kept = timekeeping.synchronised()
        ptp = ('--stamp-format', 'ptp')
        for options, facing in ((ptp, ptp), (ptp, ()), ((), ptp)):
            with self.subTest(options=options, facing=facing):
                self.check(options, facing, stamp.request(1), env=kept)


class TestReflectors(KeyTest):
    """Of others, which answer whatever they get, whatever their clock shows."""

    def check(self, *options, first, shift_ns=0, key=None):
        question = stamp.signed_request(1, key) if key else stamp.request(1)
        with ringside.Server(*options, STAMP_URL) as server, \
                stamp.Reflector(shift_ns=shift_ns, key=key) as other:
            ours = peers.address(server.url)

            def settle():
                self.settle(server.url, question)
                self.asking.sendto(question, other.address)
                self.asking.recv(65535)

            for one, facing in ((ours, other.address), (other.address, ours)):
                count = self.answers(one, facing, first, settle)
                self.assertIn(count, (1, 2), f'{one} asked first')

    def test_theirs_and_ours(self):
        for name, shift_ns in (('same time', 0), ('a day ahead', DAY_NS), ('a day late', -DAY_NS)):
            for options in ((), ('--stamp-mode', 'stateful'), ('--twamp-light',)):
                with self.subTest(clock=name, options=options):
                    self.check(*options, first=stamp.request(7), shift_ns=shift_ns)

    def test_with_extensions(self):
        behind = stamp.tlv(1, bytes(20)) + stamp.tlv(251, bytes(8))
        self.check(first=stamp.request(7, behind=behind))

    def test_with_a_key(self):
        self.check(*self.signed, first=stamp.signed_request(7, KEY), key=KEY)

    def test_twamp_light(self):
        self.check('--twamp-light', first=stamp.request(7)[:14])
        self.check('--twamp-light', first=stamp.request(7)[:14] + b'\xa5' * 30)

    def test_two_of_theirs_go_on(self):
        """So what the others show is ours to thank."""
        with stamp.Reflector() as one, stamp.Reflector() as other:
            peers.spoof(other.address, one.address, stamp.request(7))
            deadline = time.monotonic() + ringside.DEADLINE_S
            while one.answered + other.answered < 100:
                self.assertLess(time.monotonic(), deadline, 'they have stopped')


if __name__ == '__main__':
    tap.main()
