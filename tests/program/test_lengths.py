"""Every length of a datagram, from 0 to 65,507, against each UDP service: what is answered, and
that nobody gets more than was asked for but where that is meant to be.

Each datagram comes from a port of its own, in windows that the server's receive buffer takes;
behind each window stand two questions that are answered when all before them has been dealt with.
"""
import json
import pathlib
import random
import socket
import struct
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import peers  # noqa: E402
import questions  # noqa: E402
import ringside  # noqa: E402
import stamp  # noqa: E402
import tap  # noqa: E402

LENGTH_MAX = 65507
WINDOW = 64
# Of contents that no service understands: all of a network's, and some of the rest.
SOME = [*range(1501), *range(1501, LENGTH_MAX - 100, 509), *range(LENGTH_MAX - 100, LENGTH_MAX + 1)]
NOISE = random.Random(5).randbytes(2 * LENGTH_MAX)
KEY = b'a key of no importance'
RECEIVE_BUFFER = int(pathlib.Path('/proc/sys/net/core/rmem_max').read_text())


def setUpModule():
    namespace.enter()


def zeroes(length):
    return bytes(length)


def noise(length):
    return NOISE[length:2 * length]


def behind(question):
    """What begins with a question, and goes on with zeroes or noise by turns."""
    def question_first(length):
        rest = max(length - len(question), 0)
        return (question + (noise(rest) if length % 2 else bytes(rest)))[:length]
    return question_first


def windows(lengths):
    """As many at a time as the server's receive buffer takes, if it has to."""
    window, size = [], 0
    for length in lengths:
        if len(window) == WINDOW or size + length > RECEIVE_BUFFER // 2:
            yield window
            window, size = [], 0
        window.append(length)
        size += length + 1024
    yield window


class Asker:
    """Sends datagrams from WINDOW ports; tells of each length how long the answer was, or None."""

    def __init__(self, url, barrier):
        self.address = peers.address(url)
        self.barrier = barrier
        self.sockets = [self._socket() for _ in range(WINDOW)]
        self.control = self._socket()
        self.control.settimeout(ringside.DEADLINE_S)
        self.into = bytearray(1)
        self.sent = 0

    def _socket(self):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.connect(self.address)
        made.setblocking(False)
        return made

    def _settle(self):
        for _ in range(2):
            self.control.send(self.barrier)
            self.control.recv(LENGTH_MAX)
        self.sent += 2

    def _answer(self, asking):
        """The length of the one answer, without a copy of it."""
        try:
            length = asking.recv_into(self.into, 1, socket.MSG_TRUNC)
        except BlockingIOError:
            return None
        try:
            asking.recv_into(self.into, 1, socket.MSG_TRUNC)
        except BlockingIOError:
            return length
        raise AssertionError('two answers to one datagram')

    def _window(self, lengths, make):
        for asking, length in zip(self.sockets, lengths):
            asking.send(make(length))
        self._settle()
        self.sent += len(lengths)
        return [self._answer(asking) for asking, _ in zip(self.sockets, lengths)]

    def ask(self, lengths, make):
        answers = {}
        for window in windows(lengths):
            answers.update(zip(window, self._window(window, make)))
        return answers

    def close(self):
        for one in [*self.sockets, self.control]:
            one.close()


def queued(port):
    """Bytes that wait in the receive buffer of a UDP port."""
    for line in pathlib.Path('/proc/net/udp').read_text().splitlines()[1:]:
        _, local, _, _, queues, *_ = line.split()
        if int(local.rpartition(':')[2], 16) == port:
            return int(queues.partition(':')[2], 16)
    raise AssertionError(f'nobody has port {port}')


class TestLengths(unittest.TestCase):
    def check_each(self, service, allowed):
        """Of services that need not answer: which lengths answers may have."""
        with peers.folder() as folder:
            stats = pathlib.Path(folder, 'stats')
            with ringside.Server('--json-stats', stats, '--sockopt', f'rcvbuf={RECEIVE_BUFFER}',
                                 f'{service}+udp://127.0.0.1:0') as server:
                with peers.connect(server.url) as asking:
                    lengths = set()
                    for length in range(LENGTH_MAX + 1):
                        asking.send((noise if length % 2 else zeroes)(length))
                        if length % 16 == 0:
                            self.await_empty(server.url.port)
                        while answer := peers.pending(asking):
                            lengths.add(len(answer))
            counted = json.loads(stats.read_text())
        self.assertLessEqual(lengths, allowed)
        self.assert_all_seen(counted, LENGTH_MAX + 1)
        print(f'# {service}: answers of {lengths} to some of {LENGTH_MAX + 1} lengths')

    def await_empty(self, port):
        deadline = time.monotonic() + ringside.DEADLINE_S
        while queued(port):
            self.assertLess(time.monotonic(), deadline, 'the server has stopped to receive')

    def check(self, service, expected, *options, question=None, make=None):
        """expected(length, asked) is how long the answer to a question of that length has to be,
        or None. make(length): questions that the service understands."""
        question = question or questions.ASK[service]()
        with peers.folder() as folder:
            stats = pathlib.Path(folder, 'stats')
            with ringside.Server('--json-stats', stats, '--sockopt', f'rcvbuf={RECEIVE_BUFFER}',
                                 *options, f'{service}+udp://127.0.0.1:0') as server:
                asker = Asker(server.url, question)
                self.addCleanup(asker.close)
                for lengths, maker in ((range(LENGTH_MAX + 1), make or behind(question)),
                                       (SOME, zeroes), (SOME, noise)):
                    answers = asker.ask(lengths, maker)
                    self.compare(' '.join((service, *map(str, options))), answers, maker, expected)
            counted = json.loads(stats.read_text())
        self.assert_all_seen(counted, asker.sent)

    def assert_all_seen(self, counted, sent):
        """None was dropped, and the server has ended well."""
        self.assertEqual(counted['kernel_drops'], 0)
        self.assertEqual(counted['listeners'][0]['messages'], sent)

    def compare(self, service, answers, make, expected):
        wrong = {length: answer for length, answer in answers.items()
                 if answer != expected(length, make(length))}
        self.assertEqual(dict(list(wrong.items())[:5]), {}, f'{len(wrong)} lengths')
        length = max(answers, key=lambda one: (answers[one] or 0) / max(one, 1))
        print(f'# {service}, {make.__name__}: {len(answers)} lengths, the most is '
              f'{answers[length] or 0} for {length}')

    def test_echo(self):
        self.check('echo', lambda length, _: length)

    def test_time(self):
        self.check('time', lambda length, _: 4 if length < 4 else None)

    def test_daytime(self):
        self.check('daytime', lambda *_: 26)

    def test_ctime(self):
        self.check('ctime', lambda *_: 24)

    def test_greeting_answers_so_many_a_second(self):
        self.check_each('greeting', {10})

    def test_discard_answers_nothing(self):
        self.check_each('discard', set())

    def test_stamped_is_longer_by_the_time(self):
        self.check('stamped', lambda length, _: length + 27 if length + 27 <= LENGTH_MAX else None)

    def test_stamp(self):
        self.check('stamp', lambda length, _: length if length >= 44 else None)

    def test_twamp_light_is_longer_up_to_44(self):
        self.check('stamp', lambda length, _: max(length, 44) if length >= 14 else None,
                   '--twamp-light')

    def test_stamp_with_a_key(self):
        question = stamp.signed_request(1, KEY)
        with peers.folder() as folder:
            path = pathlib.Path(folder, 'key')
            path.write_bytes(KEY)
            self.check('stamp', lambda length, asked: length if asked[:112] == question else None,
                       '--key-file', path, question=question)

    def test_ntp(self):
        def expected(length, asked):
            if length < 48 or int.from_bytes(asked[4:8], 'big') > 16 << 16:
                return None
            return 48 if asked[0] & 7 == 3 and 1 <= asked[0] >> 3 & 7 <= 4 else None

        self.check('ntp', expected)

    def test_sockperf(self):
        def make(length):
            return questions.sockperf(length=length)[:length]

        def expected(length, asked):
            return length if length >= 14 and asked == make(length) else None

        self.check('sockperf', expected, make=make)

    def test_irtt_opens_with_a_token_more(self):
        """Other numbers may need more octets, but never many."""
        question = questions.ASK['irtt']()

        class Expected:
            """Equal to what may come."""
            def __init__(self, length, asked):
                self.most = length + 11 if asked[:4] == question[:4] else -1
                self.exactly = length + 8 if asked == question else None

            def __eq__(self, answer):
                if self.exactly:
                    return answer == self.exactly
                return answer is None or answer <= self.most

        self.check('irtt', Expected)

    def test_irtt_echoes_are_as_long_as_questions(self):
        """In a session, which belongs to one port; each answer has its question's number."""
        answers = {}
        with peers.folder() as folder:
            stats = pathlib.Path(folder, 'stats')
            with ringside.Server('--json-stats', stats, '--sockopt', f'rcvbuf={RECEIVE_BUFFER}',
                                 '--irtt-min-interval', 0, 'irtt+udp://127.0.0.1:0') as server:
                with peers.connect(server.url) as asking:
                    asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
                    opened = peers.ask(asking, questions.irtt_open(length=LENGTH_MAX))
                    head = questions.IRTT_MAGIC + b'\0' + opened[4:12]
                    for window in windows(range(LENGTH_MAX + 1)):
                        for length in window:
                            rest = head + struct.pack('<I', length) + zeroes(length)
                            asking.send(rest[:length])
                        asking.send(questions.ASK['irtt']())
                        while not (answer := asking.recv(LENGTH_MAX))[3] & questions.IRTT_OPEN:
                            number, = struct.unpack_from('<I', answer, 12)
                            self.assertNotIn(number, answers)
                            answers[number] = len(answer)
            counted = json.loads(stats.read_text())
        self.assertEqual(answers, {length: length for length in range(16, LENGTH_MAX + 1)})
        self.assertEqual(counted['kernel_drops'], 0)


if __name__ == '__main__':
    tap.main()
