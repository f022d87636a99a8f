"""Answers over UDP to other hosts are limited: to each address, and in all. The hosts are addresses
on the loopback of a network namespace; for the server they are others."""
import contextlib
import json
import pathlib
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

HERE, CLIENT, OTHER = '198.51.100.1', '198.51.100.2', '198.51.100.3'
HERE6, CLIENT6, SAME6 = '2001:db8::1', '2001:db8:0:1::1', '2001:db8:0:1::2'
OTHER6 = '2001:db8:0:2::1'
WINDOW = 32  # datagrams that fit into any socket


def setUpModule():
    namespace.enter()
    subprocess.run(['ip', 'address', 'add', '198.51.100.0/24', 'dev', 'lo'], check=True)
    for address in (HERE6, CLIENT6, SAME6, OTHER6):
        subprocess.run(['ip', '-6', 'address', 'add', f'{address}/128', 'dev', 'lo', 'nodad'],
                       check=False, capture_output=True)


def asker(host):
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.settimeout(ringside.DEADLINE_S)
    made.bind((host, 0))
    return made


class LimitTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.stats = pathlib.Path(folder.name) / 'stats.json'

    def server(self, *arguments, **keywords):
        return ringside.Server('--json-stats', self.stats, *arguments, **keywords)

    def document(self):
        return json.loads(self.stats.read_text())

    def counted(self):
        return self.document()['listeners'][0]

    @contextlib.contextmanager
    def settling(self, url):
        """Whoever is exempt asks last, and is answered when all before it has been dealt with."""
        with asker('127.0.0.1') as last:
            def settle():
                last.sendto(b'last', ('127.0.0.1', url.port))
                self.assertEqual(last.recv(100), b'last')
            yield settle

    def ask(self, url, host, count, to=HERE):
        """Ask so often; returns how many answers came."""
        answers = 0
        with asker(host) as asking, self.settling(url) as settle:
            for begun in range(0, count, WINDOW):
                for _ in range(min(WINDOW, count - begun)):
                    asking.sendto(b'hello', (to, url.port))
                settle()
                while peers.pending(asking):
                    answers += 1
        return answers


class TestSources(LimitTest):
    ECHO = 'echo+udp://0.0.0.0:0'

    def test_a_source_has_its_burst_and_a_quarter_of_the_rest(self):
        asked = 4000
        with self.server('--rate-limit', '1:100', '--rate-ceiling', 'off', self.ECHO) as server:
            answers = self.ask(server.url, CLIENT, asked)
        leaked = answers - 100
        # Five standard deviations.
        self.assertLess(abs(leaked - (asked - 100) / 4), 5 * (asked * 3 / 16) ** 0.5)
        self.assertEqual(self.counted()['refused']['rate'], asked - answers)

    def test_a_source_that_asks_from_many_ports_has_no_more(self):
        """They reach each of the threads, which know together what it has had."""
        with self.server('-t', 4, '--rate-limit', '1:100', '--rate-ceiling', 'off',
                         self.ECHO) as server:
            for _ in range(64):
                with asker(CLIENT) as asking:
                    for _ in range(WINDOW):
                        asking.sendto(b'hello', (HERE, server.url.port))
        counted = self.counted()
        over = counted['messages'] - 100
        self.assertGreater(over, 500)  # the kernel may drop the others
        self.assertEqual(counted['answers'] + counted['refused']['rate'], counted['messages'])
        # Five standard deviations; a burst of each thread would be ten more.
        self.assertLess(abs(counted['answers'] - 100 - over / 4), 5 * (over * 3 / 16) ** 0.5)

    def test_one_source_takes_nothing_from_another(self):
        with self.server('--rate-limit', '1:100', '--rate-ceiling', 'off', self.ECHO) as server:
            self.ask(server.url, CLIENT, 2000)
            self.assertEqual(self.ask(server.url, OTHER, 100), 100)

    def test_whose_address_is_forged_is_not_silenced(self):
        """The forger uses up what there is for that address, but not the leak."""
        with self.server('--rate-limit', '1', '--rate-ceiling', 'off', self.ECHO) as server:
            with self.settling(server.url) as settle:
                for number in range(1000):
                    peers.spoof((CLIENT, 40000), (HERE, server.url.port), b'forged')
                    if number % WINDOW == 0:
                        settle()
            self.assertGreater(self.ask(server.url, CLIENT, 200), 0)

    def test_the_addresses_of_a_64_share_what_there_is(self):
        if not peers.have_ipv6():
            self.skipTest('no IPv6')
        with self.server('--rate-limit', '1:50', '--rate-ceiling', 'off',
                         'echo+udp://[::]:0') as server:
            self.assertEqual(self.ask(server.url, CLIENT6, 50, HERE6), 50)
            self.assertLess(self.ask(server.url, SAME6, 50, HERE6), 50)
            self.assertEqual(self.ask(server.url, OTHER6, 50, HERE6), 50)
            self.assertEqual(self.ask(server.url, CLIENT, 50), 50)
            self.assertLess(self.ask(server.url, CLIENT, 50), 50)

    def test_who_is_trusted_is_not_limited(self):
        with self.server('--rate-limit', '1', '--rate-ceiling', '1', '--rate-trust',
                         f'192.0.2.0/24,{CLIENT}', self.ECHO) as server:
            self.assertEqual(self.ask(server.url, CLIENT, 1000), 1000)
            self.assertLess(self.ask(server.url, OTHER, 1000), 1000)

    def test_this_host_is_not_limited(self):
        with self.server('--rate-limit', '1', '--rate-ceiling', '1', self.ECHO) as server:
            self.assertEqual(self.ask(server.url, '127.0.0.1', 1000, '127.0.0.1'), 1000)
        self.assertEqual(self.counted()['refused']['rate'], 0)


class TestCeiling(LimitTest):
    def test_addresses_that_are_never_the_same_do_not_get_over_it(self):
        """Each has a bucket of its own; what is leaked counts too; two threads share it."""
        ceiling = 400
        with self.server('--rate-ceiling', ceiling, '-t', 2, 'echo+udp://0.0.0.0:0') as server, \
                self.settling(server.url) as settle:
            begun = time.monotonic()
            for i in range(8000):
                peers.spoof((f'198.51.100.{1 + i % 200}', 2000 + i), (HERE, server.url.port), b'x')
                if i % WINDOW == 0:
                    settle()
            settle()
        seconds = int(time.monotonic() - begun) + 1
        counted = self.counted()
        exempt = 8000 // WINDOW + 1
        self.assertLessEqual(counted['answers'] - exempt, ceiling * seconds)
        self.assertGreater(counted['refused']['rate'], 0)
        self.assertEqual(sum(counted['refused'].values()) + counted['answers'],
                         counted['messages'])

    def test_two_echoes_that_face_each_other_come_to_an_end(self):
        """Nothing else is against that: an echo has no shape. Each refusal ends one loop."""
        loops, ceiling = 50, 500
        other = ringside.Server('--rate-limit', 'off', '--rate-ceiling', ceiling,
                                f'echo+udp://{OTHER}:0')
        with other, self.server('--rate-limit', 'off', '--rate-ceiling', ceiling,
                                '--stats-interval', '20ms', f'echo+udp://{HERE}:0',
                                'echo+udp://127.0.0.1:0') as server:
            begun = time.monotonic()
            for i in range(loops):
                peers.spoof((OTHER, other.url.port), (HERE, server.url.port), b'%d' % i)
            self.assert_ends()
        seconds = int(time.monotonic() - begun) + 1
        counted = self.counted()
        self.assertGreater(counted['answers'], 0)
        self.assertLessEqual(counted['answers'], ceiling * seconds)
        self.assertGreater(counted['refused']['rate'], 0)

    def assert_ends(self):
        """Three reports say the same."""
        last, same = None, 0
        deadline = time.monotonic() + ringside.DEADLINE_S
        while same < 3:
            self.assertLess(time.monotonic(), deadline, 'they go on for ever')
            with contextlib.suppress(FileNotFoundError):
                document = self.document()
                now = (document['elapsed_ns'], document['listeners'][0]['messages'])
                if last is None or now[0] != last[0]:
                    same = same + 1 if last and now[1] == last[1] > 0 else 0
                    last = now


class TestDefaults(LimitTest):
    def test_what_others_can_reach_is_limited_and_says_so(self):
        with self.server('echo+udp://0.0.0.0:0', 'echo+udp://127.0.0.1:0',
                         'echo+tcp://0.0.0.0:0') as server:
            told = server.stderr()
        self.assertEqual(told, 'ringside serve: UDP answers to other hosts are limited: 1k a '
                               'second to an address, 20k of a listener; --rate-limit and '
                               '--rate-ceiling change that\n')
        limits = [listener['limits'] for listener in self.document()['listeners']]
        self.assertEqual(limits[0]['source'],
                         {'mode': 'given', 'answers_per_s': 1000, 'burst': 1000})
        self.assertEqual(limits[0]['ceiling']['answers_per_s'], 20000)
        self.assertEqual(limits[1:], [None, None])

    def test_on_loopback_there_is_neither_a_limit_nor_a_word(self):
        with self.server('echo+udp://127.0.0.1:0', 'echo+udp://[::1]:0') as server:
            self.assertEqual(self.ask(server.url, '127.0.0.1', 3000, '127.0.0.1'), 3000)
            self.assertEqual(server.stderr(), '')

    def test_off_is_off(self):
        with self.server('--rate-limit', 'off', 'echo+udp://0.0.0.0:0') as server:
            self.assertEqual(self.ask(server.url, CLIENT, 3000), 3000)
            self.assertEqual(server.stderr(), '')
        self.assertEqual(self.counted()['limits'], None)

    def test_an_option_that_can_do_nothing_says_so(self):
        with self.server('--rate-limit', 5, 'echo+udp://127.0.0.1:0', 'echo+tcp://0.0.0.0:0') \
                as server:
            self.assertIn('nothing is limited', server.stderr())


if __name__ == '__main__':
    tap.main()
