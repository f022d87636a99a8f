"""Every length of a datagram, from 0 to 65,507, against each UDP service: what is answered, and
that nobody gets more than was asked for but where that is meant to be.

Each datagram comes from a port of its own, in windows that the server's receive buffer takes;
behind each window stand two questions that are answered when all before them has been dealt with.
"""
import json
import pathlib
import random
import socket
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
ANSWER_FREE = 26  # a line of daytime: so long an answer may be whatever was asked
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
        answers, window, size = {}, [], 0
        for length in [*lengths, None]:
            if length is None or len(window) == WINDOW or size + length > RECEIVE_BUFFER // 2:
                answers.update(zip(window, self._window(window, make)))
                window, size = [], 0
            if length is not None:
                window.append(length)
                size += length + 1024
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
        self.assertEqual(counted['kernel_drops'], 0)
        self.assertEqual(counted['listeners'][0]['messages'], LENGTH_MAX + 1)
        print(f'# {service}: answers of {lengths} to some of {LENGTH_MAX + 1} lengths')

    def await_empty(self, port):
        deadline = time.monotonic() + ringside.DEADLINE_S
        while queued(port):
            self.assertLess(time.monotonic(), deadline, 'the server has stopped to receive')

    def check(self, service, expected, *options, question=None):
        """expected(length, asked) is how long the answer to a question of that length has to be, or
        None."""
        question = question or questions.ASK[service]()
        with peers.folder() as folder:
            stats = pathlib.Path(folder, 'stats')
            with ringside.Server('--json-stats', stats, '--sockopt', f'rcvbuf={RECEIVE_BUFFER}',
                                 *options, f'{service}+udp://127.0.0.1:0') as server:
                asker = Asker(server.url, question)
                self.addCleanup(asker.close)
                for lengths, make in ((range(LENGTH_MAX + 1), behind(question)), (SOME, zeroes),
                                      (SOME, noise)):
                    self.compare(service, asker.ask(lengths, make), make, expected)
            counted = json.loads(stats.read_text())
        # Each has been seen: none was dropped, and the server has ended well.
        self.assertEqual(counted['kernel_drops'], 0)
        self.assertEqual(counted['listeners'][0]['messages'], asker.sent)

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


if __name__ == '__main__':
    tap.main()
