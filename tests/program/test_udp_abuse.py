"""What somebody could send to the UDP services on purpose: every value of their flags, and noise;
and how much more than he sent he would make them send."""
import json
import pathlib
import random
import struct
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import peers  # noqa: E402
import questions  # noqa: E402
import ringside  # noqa: E402
import stamp  # noqa: E402
import tap  # noqa: E402

WINDOW = 64  # datagrams that fit into any socket
NOISE_COUNT = 100_000
NOISE_LENGTH_MAX = 200

# Ethernet, IPv4, UDP and the checksum; a frame has 64 octets at least.
HEADERS, FRAME_MIN = 14 + 20 + 8 + 4, 64


def setUpModule():
    namespace.enter()


class AbuseTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.stats = pathlib.Path(folder.name, 'stats')

    def server(self, *arguments):
        return ringside.Server('--json-stats', self.stats, *arguments)

    def document(self):
        return json.loads(self.stats.read_text())

    def answers(self, url, datagrams, control_url=None):
        """All that comes back. The service's own question, from another port, ends each window;
        or that of a listener of the same thread."""
        control_url = control_url or url
        with peers.connect(url) as asking, peers.connect(control_url) as control:
            asking.setblocking(False)
            for count, datagram in enumerate(datagrams, 1):
                asking.send(datagram)
                if count % WINDOW == 0:
                    yield from self.settle(control_url, asking, control)
            yield from self.settle(control_url, asking, control)

    @staticmethod
    def settle(url, asking, control):
        peers.ask(control, questions.ASK[url.service]())
        while True:
            try:
                yield asking.recv(65536)
            except BlockingIOError:
                return


class TestFlags(AbuseTest):
    def ask_all(self, service, datagrams, *options):
        with self.server(*options, f'{service}+udp://127.0.0.1:0') as server:
            return list(self.answers(server.url, datagrams))

    def test_ntp_answers_clients_alone(self):
        """Of all leaps, versions and modes those with mode 3, of versions that there are."""
        asked = [bytes([first]) + questions.ntp()[1:40] + struct.pack('>Q', first)
                 for first in range(256)]
        answered = {int.from_bytes(answer[24:32], 'big')
                    for answer in self.ask_all('ntp', asked)}
        self.assertEqual(answered, {first for first in range(256)
                                    if first & 7 == 3 and 1 <= first >> 3 & 7 <= 4})

    def test_sockperf_answers_clients_who_want_one_alone(self):
        flags = range(1 << 16)
        answers = self.ask_all('sockperf', [questions.sockperf(flag, flag) for flag in flags])
        answered = {int.from_bytes(answer[:8], 'big') for answer in answers}
        self.assertEqual(answered, {flag for flag in flags if flag & 7 == 3})
        for answer in answers:
            self.assertEqual(answer[9] & questions.SOCKPERF_CLIENT, 0)

    def test_irtt_never_answers_an_answer(self):
        asked = []
        for flags in range(256):
            asked.append(questions.IRTT_MAGIC + bytes([flags]) + questions.irtt_open()[4:])
            asked.append(questions.IRTT_MAGIC + bytes([flags]) + bytes(60))
        for answer in self.ask_all('irtt', asked):
            self.assertTrue(answer[3] & questions.IRTT_REPLY)
        counted, = self.document()['listeners']
        self.assertGreater(counted['refused']['loop'], 0)
        self.assertLess(counted['answers'], 256)

    def test_stamp_gives_back_as_much_whatever_the_extensions_say(self):
        asked = [stamp.request(number, behind=stamp.tlv(kind, bytes(12), flags))
                 for number, (kind, flags) in enumerate((kind, flags) for kind in range(256)
                                                        for flags in range(0, 256, 5))]
        answers = self.ask_all('stamp', asked, '--stamp-mode', 'stateful')
        self.assertEqual(len(answers), len(asked))
        self.assertEqual({len(answer) for answer in answers}, {stamp.LENGTH + 16})

    def test_stamp_bears_extensions_of_any_length(self):
        asked = [stamp.request(number, behind=struct.pack('>BBH', 0x80, number % 12, number) +
                               bytes(number % 40)) for number in range(0, 65536, 13)]
        answers = self.ask_all('stamp', asked)
        self.assertEqual(sorted(map(len, answers)), sorted(map(len, asked)))


class TestNoise(AbuseTest):
    """As it comes, or behind the beginning of a question."""

    @staticmethod
    def noise(service):
        generator = random.Random(service)
        question = questions.ASK[service]()
        for _ in range(NOISE_COUNT):
            length = generator.randrange(NOISE_LENGTH_MAX)
            begun = question[:generator.randrange(len(question) + 1)]
            yield begun + generator.randbytes(length) if length % 2 else begun[:length]

    def check(self, service):
        with self.server('-t', 1, f'{service}+udp://127.0.0.1:0', 'echo+udp://127.0.0.1:0') \
                as server:
            url, echo = server.urls
            # Greeting has a ceiling of its own, which its question would meet.
            control = echo if service == 'greeting' else url
            answers = sum(1 for _ in self.answers(url, self.noise(service), control))
            with peers.connect(control) as asking:
                self.assertNotEqual(peers.ask(asking, questions.ASK[control.service]()), b'')
        document = self.document()
        self.assertGreaterEqual(document['listeners'][0]['messages'] + document['kernel_drops'],
                                NOISE_COUNT)
        self.assertGreater(answers, 0)
        self.assertLessEqual(answers, NOISE_COUNT)
        print(f'# {service}: {answers} answers')


for _service in questions.ASK:
    setattr(TestNoise, f'test_{_service}_bears_it', lambda self, name=_service: self.check(name))


class TestAmplification(AbuseTest):
    """How many octets of Ethernet frames come back for each that was sent, at most."""
    LENGTHS = range(400)
    FEW_LENGTHS = (0, 1, 18, 19, 26, 27)  # of a service that has a ceiling

    # Others: not one more than was sent. A day's time fills hardly more than the shortest frame.
    # Those two that are longer by their nature are so little longer that a forger had better send
    # his own.
    MOST = {'ctime': 1.13, 'daytime': 1.13, 'greeting': 1.13, 'irtt': 1.13, 'stamped': 1.43,
            'twamp-light': 1.41}

    def ratio(self, url, question):
        most = 0
        for length in self.FEW_LENGTHS if url.service == 'greeting' else self.LENGTHS:
            asked = (question + bytes(400))[:length]
            for answer in self.answers(url, [asked]):
                most = max(most, self.frame(answer) / self.frame(asked))
        return most

    @staticmethod
    def frame(datagram):
        return max(len(datagram) + HEADERS, FRAME_MIN)

    def check(self, name, url):
        ratio = max(self.ratio(url, questions.ASK[url.service]()), self.ratio(url, b''))
        print(f'# {name}: {ratio:.2f}')
        self.assertGreater(ratio, 0)
        self.assertLessEqual(ratio, self.MOST.get(name, 1), name)

    def test_of_each_service(self):
        urls = [f'{service}+udp://127.0.0.1:0' for service in questions.ASK]
        with self.server('--text', 'x' * 26, *urls) as server:
            for url in server.urls:
                with self.subTest(url.service):
                    self.check(url.service, url)

    def test_of_every_form_of_the_date(self):
        for form in ('ctime', 'smtp', 'iso8601'):
            with self.subTest(form), self.server('--daytime-format', form,
                                                 'daytime+udp://127.0.0.1:0') as server:
                self.check('daytime', server.url)

    def test_of_twamp_light(self):
        with self.server('--twamp-light', 'stamp+udp://127.0.0.1:0') as server:
            self.check('twamp-light', server.url)

    def test_there_is_no_chargen_over_udp(self):
        result = ringside.run('serve', 'chargen+udp://127.0.0.1:0')
        self.assertEqual(result.returncode, 2)
        self.assertIn('chargen is for these transports only', result.stderr)


if __name__ == '__main__':
    tap.main()
