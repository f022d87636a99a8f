"""Datagrams that must not be answered, because the answer would hit somebody who never asked."""
import json
import os
import pathlib
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402


def asker(host='127.0.0.1', port=0):
    """A socket that asks from a given port."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(ringside.DEADLINE_S)
    made.bind((host, port))
    return made


class SafetyTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.stats = pathlib.Path(folder.name) / 'stats.json'

    def server(self, *urls, **keywords):
        return ringside.Server('--json-stats', self.stats, *urls, **keywords)

    def counted(self, listener=0):
        return json.loads(self.stats.read_text())['listeners'][listener]

    def assert_alive(self, url):
        """What was sent before has been dealt with when this is answered."""
        with peers.connect(url) as other:
            self.assertNotEqual(peers.ask(other, b'are you there?'), b'')

    def assert_refused(self, url, asking, message=b'hello'):
        asking.sendto(message, peers.address(url))
        self.assert_alive(url)
        self.assertEqual(peers.pending(asking), b'')


class TestSourcePorts(SafetyTest):
    PORTS = (1, 7, 19, 53, 1023, 1900, 2049, 5353, 11211)

    @unittest.skipIf(os.geteuid() != 0, 'low source ports need root')
    def test_ports_of_other_services_get_no_answer(self):
        with self.server('echo+udp://127.0.0.1:0') as server:
            for port in self.PORTS:
                with self.subTest(port=port), asker(peers.private_host(), port) as asking:
                    self.assert_refused(server.url, asking)
        self.assertEqual(self.counted()['refused']['port'], len(self.PORTS))

    @unittest.skipIf(os.geteuid() != 0, 'port 0 needs a raw socket')
    def test_port_zero_gets_no_answer(self):
        with self.server('echo+udp://127.0.0.1:0') as server:
            peers.spoof(('127.0.0.1', 0), peers.address(server.url), b'hello')
            self.assert_alive(server.url)
        self.assertEqual(self.counted()['refused']['port'], 1)

    def test_our_own_ports_get_no_answer(self):
        with self.server('echo+udp://127.0.0.1:0', 'echo+udp://127.0.0.1:0') as server:
            first, second = server.urls
            with asker(peers.private_host(), second.port) as asking:
                self.assert_refused(first, asking)
            with asker(peers.private_host(), first.port) as asking:
                self.assert_refused(first, asking)
        self.assertEqual(self.counted()['refused']['port'], 2)

    def test_other_ports_are_answered(self):
        with self.server('echo+udp://127.0.0.1:0') as server:
            for port in (1024, 1899, 2050, 5354):
                with asker(peers.private_host(), port) as asking:
                    asking.sendto(b'hello', peers.address(server.url))
                    self.assertEqual(asking.recv(100), b'hello')

    def test_ports_that_are_named_get_no_answer(self):
        with self.server('--refuse-ports', '1434,40000-40001', '--refuse-ports', '40003',
                         'echo+udp://127.0.0.1:0') as server:
            for port in (1434, 40000, 40001, 40003):
                with self.subTest(port=port), asker(peers.private_host(), port) as asking:
                    self.assert_refused(server.url, asking)
            for port in (1433, 39999, 40002):
                with asker(peers.private_host(), port) as asking:
                    asking.sendto(b'hello', peers.address(server.url))
                    self.assertEqual(asking.recv(100), b'hello')
        self.assertEqual(self.counted()['refused']['port'], 4)

    @unittest.skipUnless(peers.have_ipv6(), 'no IPv6')
    @unittest.skipIf(os.geteuid() != 0, 'low source ports need root')
    def test_ports_of_other_services_get_no_answer_over_ipv6(self):
        with namespace.Namespace() as inside, \
                self.server('echo+udp://[::1]:0', wrap=inside.wrap()) as server:
            client = inside.run(sys.executable, '-c', self.ASK_FROM_PORTS, str(server.url.port),
                                *map(str, self.PORTS), '1024')
            self.assertEqual(client.stdout, '1024\n', client.stderr)
        self.assertEqual(self.counted()['refused']['port'], len(self.PORTS))

    ASK_FROM_PORTS = ('import socket, sys\n'
                      'for port in sys.argv[2:]:\n'
                      '    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n'
                      '    s.bind(("::1", int(port)))\n'
                      '    s.settimeout(30)\n'
                      '    s.sendto(port.encode(), ("::1", int(sys.argv[1])))\n'
                      'print(s.recv(100).decode())\n')


class TestAddresses(SafetyTest):
    # The last one is answered, and when it is the others have been heard.
    ASK = ('import socket, sys\n'
           's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n'
           's.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)\n'
           's.bind(("198.51.100.1", 0))\n'
           's.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, '
           'socket.inet_aton("198.51.100.1"))\n'
           's.settimeout(30)\n'
           'for host in sys.argv[2:]:\n'
           '    s.sendto(host.encode(), (host, int(sys.argv[1])))\n'
           'print(s.recv(100).decode())\n')
    ASK_V6 = ('import socket, sys\n'
              's = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n'
              's.bind(("2001:db8::1", 0))\n'
              's.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, '
              'socket.if_nametoindex("net0"))\n'
              's.settimeout(30)\n'
              'for host in sys.argv[2:]:\n'
              '    s.sendto(host.encode(), (host, int(sys.argv[1])))\n'
              'print(s.recv(100).decode())\n')

    def assert_only_the_last_is_answered(self, *hosts, ask=ASK, at='0.0.0.0'):
        with namespace.Namespace() as inside:
            inside.run('ip', 'link', 'add', 'net0', 'type', 'veth', 'peer', 'name', 'net1')
            inside.run('ip', 'address', 'add', '198.51.100.1/24', 'brd', '+', 'dev', 'net0')
            inside.run('ip', '-6', 'address', 'add', '2001:db8::1/64', 'dev', 'net0', 'nodad')
            inside.run('ip', 'link', 'set', 'net1', 'up')
            if inside.run('ip', 'link', 'set', 'net0', 'up').returncode:
                self.skipTest('no pair of network interfaces on this kernel')
            with self.server(f'echo+udp://{at}:0', wrap=inside.wrap()) as server:
                client = inside.run(sys.executable, '-c', ask, str(server.url.port), *hosts)
                self.assertEqual(client.stdout, hosts[-1] + '\n', client.stderr)
        # Some of them the kernel keeps to itself, and some come twice.
        self.assertGreaterEqual(self.counted()['refused']['address'], 1)
        self.assertEqual(self.counted()['answers'], 1)

    def test_a_broadcast_in_a_network_is_not_answered(self):
        self.assert_only_the_last_is_answered('198.51.100.255', '255.255.255.255', '198.51.100.1')

    def test_what_is_sent_to_a_multicast_group_is_not_answered(self):
        self.assert_only_the_last_is_answered('224.0.0.1', '198.51.100.1')

    @unittest.skipUnless(peers.have_ipv6(), 'no IPv6')
    def test_neither_is_at_a_listener_for_both_families(self):
        """The kernel tells it an IPv4 address as one of IPv6."""
        self.assert_only_the_last_is_answered('198.51.100.255', '255.255.255.255', '224.0.0.1',
                                              '198.51.100.1', at='[::]')

    @unittest.skipUnless(peers.have_ipv6(), 'no IPv6')
    def test_what_is_sent_to_all_nodes_is_not_answered(self):
        self.assert_only_the_last_is_answered('ff02::1', '2001:db8::1', ask=self.ASK_V6, at='[::]')

    @unittest.skipIf(os.geteuid() != 0, 'a raw socket needs root')
    def test_sources_that_are_nobody_or_many_get_no_answer(self):
        """As far as they get: the kernel drops most of them itself. (A raw socket replaces
        0.0.0.0.)"""
        sources = ('0.1.2.3', '224.0.0.1', '239.1.2.3', '240.0.0.1', '255.255.255.255',
                   '127.255.255.255')
        with self.server('echo+udp://127.0.0.1:0') as server:
            for source in sources:
                with self.subTest(source=source):
                    peers.spoof((source, 40000), peers.address(server.url), b'hello')
            self.assert_alive(server.url)
        counted = self.counted()
        self.assertEqual(counted['answers'], 1)
        self.assertEqual(counted['refused']['address'], counted['messages'] - 1)

    @unittest.skipUnless(peers.have_ipv6(), 'no IPv6')
    def test_at_a_listener_for_both_families_answers_come_from_the_address_that_was_asked(self):
        with self.server('echo+udp://[::]:0') as server, asker() as asking:
            for host in ('127.0.0.1', '127.0.0.2'):
                asking.sendto(b'hello', (host, server.url.port))
                self.assertEqual(asking.recvfrom(100), (b'hello', (host, server.url.port)))
            with peers.connect(ringside.Url(f'udp://[::1]:{server.url.port}')) as other:
                self.assertEqual(peers.ask(other, b'hello'), b'hello')

    def test_a_broadcast_on_loopback_is_not_answered(self):
        with self.server('echo+udp://0.0.0.0:0') as server:
            with asker() as asking:
                asking.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                try:
                    asking.sendto(b'hello', ('127.255.255.255', server.url.port))
                except OSError as error:
                    self.skipTest(f'loopback takes no broadcast: {error}')
                self.assert_alive(ringside.Url(f'udp://127.0.0.1:{server.url.port}'))
                self.assertEqual(peers.pending(asking), b'')

    def test_the_answer_comes_from_the_address_that_was_asked(self):
        with self.server('echo+udp://0.0.0.0:0') as server, asker() as asking:
            for host in ('127.0.0.1', '127.0.0.2', '127.9.8.7'):
                asking.sendto(b'hello', (host, server.url.port))
                self.assertEqual(asking.recvfrom(100), (b'hello', (host, server.url.port)))


class TestLoops(SafetyTest):
    """A datagram that looks like our own answer is not answered: it may be one."""

    def check(self, service, message, *options):
        with self.server(*options, f'{service}+udp://127.0.0.1:0') as server:
            with asker() as asking:
                self.assert_refused_once(server.url, asking, message)
        self.assertEqual(self.counted()['refused']['loop'], 1)

    def assert_refused_once(self, url, asking, message):
        asking.sendto(message, peers.address(url))
        with asker() as other:
            other.sendto(b'', peers.address(url))
            if url.service not in ('greeting', 'ctime', 'stamped'):
                other.recv(1000)
            other.sendto(b'?', peers.address(url))
            other.recv(1000)
        self.assertEqual(peers.pending(asking), b'')

    def test_each_service_knows_its_answer(self):
        now = time.ctime().encode()
        for service, message in (('ctime', now), ('daytime', now + b'\r\n'), ('time', bytes(4)),
                                 ('stamped', b'[' + now + b'] hello'), ('greeting', b'Hello Dave')):
            with self.subTest(service=service):
                self.check(service, message)

    def test_greeting_knows_another_text(self):
        self.check('greeting', b'Good evening', '--text', 'Good evening')

    @unittest.skipIf(os.geteuid() != 0, 'a raw socket needs root')
    def test_two_servers_do_not_talk_to_each_other(self):
        """One datagram between them, with the other's address on it: two answers at most."""
        for service in ('ctime', 'daytime', 'time', 'stamped', 'greeting'):
            with self.subTest(service=service):
                other = ringside.Server(f'{service}+udp://127.0.0.1:0')
                with other, self.server(f'{service}+udp://127.0.0.1:0') as server:
                    peers.spoof(peers.address(other.url), peers.address(server.url), b'')
                    peers.spoof(peers.address(other.url), peers.address(server.url), b'?')
                    for url in (server.url, other.url):
                        with asker() as asking:
                            asking.sendto(b'?', peers.address(url))
                            asking.recv(1000)
                self.assertLessEqual(self.counted()['messages'], 5)


    @unittest.skipIf(os.geteuid() != 0, 'a raw socket needs root')
    @unittest.skipIf(ringside.WRAPPER, 'under valgrind they are slower than the rate')
    def test_two_greetings_stop_answering_each_other(self):
        """No shape tells one from a question: after so many in a second one is refused."""
        with peers.folder() as folder:
            paths = [pathlib.Path(folder, text) for text in ('Hello', 'Bye')]
            with self.greeter(paths[0]) as one, self.greeter(paths[1]) as other, \
                    peers.connect(one.urls[1]) as connected:
                peers.spoof(peers.address(other.url), peers.address(one.url), b'?')
                deadline = time.monotonic() + ringside.DEADLINE_S
                while sum(self.refused_for_rate(path) for path in paths) == 0:
                    self.assertLess(time.monotonic(), deadline, 'they go on for ever')
                    self.assertEqual(peers.ask(connected, b'still there?'), b'still there?')
            refused = [self.refused_for_rate(path) for path in paths]
        self.assertEqual(sorted(refused), [0, 1])

    @staticmethod
    def greeter(path):
        return ringside.Server('--stats-interval', '10ms', '--json-stats', path, '--text',
                               path.name, 'greeting+udp://127.0.0.1:0', 'echo+tcp://127.0.0.1:0')

    @staticmethod
    def refused_for_rate(path):
        if not path.exists():  # no interval has passed yet
            return 0
        return json.loads(path.read_text())['listeners'][0]['refused']['rate']


class TestSizes(SafetyTest):
    def test_a_long_greeting_needs_a_question_as_long(self):
        """Else a forged sender would get more than he who forged it had to send."""
        text = 'x' * 512
        with self.server('--text', text, 'greeting+udp://127.0.0.1:0') as server:
            with peers.connect(server.url) as connected:
                for length in (0, 1, 26, 511):
                    connected.send(bytes(length))
                self.assertEqual(peers.ask(connected, bytes(512)), text.encode())
                self.assertEqual(peers.pending(connected), b'')
        self.assertEqual(self.counted()['refused']['size'], 4)

    def test_a_greeting_of_26_bytes_answers_anything(self):
        with self.server('--text', 'x' * 26, 'greeting+udp://127.0.0.1:0') as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b''), b'x' * 26)

    def test_where_no_sender_is_forged_greetings_have_any_length(self):
        text = 'x' * 512
        with peers.folder() as folder, self.server(
                '--text', text, f'greeting+unixgram:{folder}/d', f'greeting+unixpacket:{folder}/p',
                'greeting+tcp://127.0.0.1:0') as server:
            for url in server.urls:
                with self.subTest(url=url.text), peers.connect(url) as connected:
                    connected.send(b'?')
                    self.assertEqual(connected.recv(1000), text.encode())

    def test_an_answer_is_never_longer_than_a_datagram_may_be(self):
        longest = bytes(65507)
        with self.server('stamped+udp://127.0.0.1:0') as server, asker() as asking:
            asking.sendto(longest, peers.address(server.url))
            self.assert_alive(server.url)
            self.assertEqual(peers.pending(asking), b'')
        self.assertEqual(self.counted()['refused']['size'], 1)

    def test_echo_answers_every_length(self):
        with self.server('echo+udp://127.0.0.1:0') as server:
            with peers.connect(server.url) as connected:
                for length in (0, 1, 2, 1471, 1472, 1473, 9000, 32768, 65506, 65507):
                    message = peers.pattern(length, length)
                    self.assertEqual(peers.ask(connected, message), message)
        self.assertEqual(sum(self.counted()['refused'].values()), 0)


if __name__ == '__main__':
    tap.main()
