"""serve irtt+udp:// with the client of irtt, in each of its modes."""
import concurrent.futures
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

# It waits for the last replies, so many times as long as one has taken at most.
SHORT = ('-d', '40ms', '-i', '5ms', '--wait=1000x1s')
KEY = 'a key of tests'

# What irtt help client lists, each option with something else than its default; the tests of this
# file try the rest.
MODES = (
    ('--tstamp=none',), ('--tstamp=send',), ('--tstamp=receive',), ('--tstamp=both',),
    ('--tstamp=midpoint',),
    ('--clock=wall',), ('--clock=monotonic',), ('--clock=both',),
    ('--tstamp=midpoint', '--clock=wall', '--stats=count'),
    ('--tstamp=send', '--clock=monotonic', '--stats=none'),
    ('--tstamp=receive', '--clock=wall', '--stats=window'),
    ('--stats=none',), ('--stats=count',), ('--stats=window',), ('--stats=both',),
    ('-l', '16'), ('-l', '172'), ('-l', '1472'), ('-l', '60000'),
    ('-l', '200', '--fill=rand'), ('-l', '200', '--fill=pattern:4142'),
    ('-l', '200', '--fill=rand', '--fill-one'),
    ('-l', '200', '--sfill=rand'), ('-l', '200', '--sfill=pattern:69727474'),
    ('--dscp=46',), ('--dscp=0xb8',),
    ('--df=true',), ('--df=false', '-l', '1472'), ('--ttl=1',), ('-4',),
    ('--wait=500ms',), ('--wait=999r4s',),
    ('--timer=simple',), ('--timer=hybrid:0.5',), ('--timer=busy',), ('--tcomp=avg',),
    ('--tcomp=win:3',), ('--thread',), ('--local=127.0.0.1:0',), ('--timeouts=1s,3s',),
    ('--loose',),
)
TRIED_APART = {'d', 'i', 'o', 'q', 'Q', 'n', 'hmac', '6', 'h', 'v'}


def client(url, *options):
    """Run irtt's client to its end."""
    return subprocess.run(['irtt', 'client', *map(str, options), f'{url.rest}'],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=ringside.DEADLINE_S)


def measure(url, *options):
    """The result document of a client that must come to its end."""
    result = client(url, *SHORT, '-Q', '-o', '-', *options)
    if result.returncode != 0:
        raise AssertionError(f'irtt client {options}: {result.stdout[:200]}{result.stderr}')
    return json.loads(result.stdout)


class IrttTest(unittest.TestCase):
    def setUp(self):
        if not shutil.which('irtt'):
            self.skipTest('there is no irtt: ./dev setup test')
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def serve(self, *options, url='irtt+udp://127.0.0.1:0'):
        return ringside.Server(*options, url)

    def assert_whole(self, document):
        """Nothing was lost, and each reply has the times that were asked for, in their order."""
        stats = document['stats']
        self.assertGreater(stats['packets_sent'], 0)
        self.assertEqual(stats['packets_received'], stats['packets_sent'])
        self.assertEqual(stats['duplicates'], 0)
        params = document['config']['params']
        self.assertEqual(params, document['config']['supplied']['params'] |
                         {'length': params['length']})
        if params['received_stats'] in ('count', 'both'):
            self.assertEqual(stats['server_packets_received'], stats['packets_sent'])
        for trip in document['round_trips']:
            self.assertEqual(trip['lost'], 'false')
            self.assert_times(params, trip['timestamps'])

    def assert_times(self, params, times):
        at = {'none': (), 'both': ('receive', 'send'),
              'midpoint': ('receive', 'send')}.get(params['stamp_at'], (params['stamp_at'],))
        clocks = {'both': {'wall', 'monotonic'}, 'none': set()}.get(params['clock'],
                                                                    {params['clock']})
        told = times['server']
        for end in ('receive', 'send'):
            self.assertEqual(set(told[end]), clocks if end in at else set())
        if 'wall' in clocks:
            order = [times['client']['send']['wall'], *(told[end]['wall'] for end in at),
                     times['client']['receive']['wall']]
            self.assertEqual(order, sorted(order))
        if len(at) == 2 and len(clocks) == 2:
            self.assertEqual(told['send']['wall'] - told['receive']['wall'],
                             told['send']['monotonic'] - told['receive']['monotonic'])


class TestModes(IrttTest):
    def test_every_option_of_the_client_is_tried(self):
        listed = subprocess.run(['irtt', 'help', 'client'], capture_output=True, text=True,
                                check=False).stdout
        options = set(re.findall(r'^--?(\w[\w-]*)', listed, re.MULTILINE))
        tried = {option.lstrip('-').partition('=')[0] for mode in MODES for option in mode
                 if option.startswith('-')}
        self.assertEqual(options - tried - TRIED_APART, set())

    def test_every_mode_works(self):
        with self.serve('--irtt-min-interval', '0') as server, \
                concurrent.futures.ThreadPoolExecutor(4) as pool:
            documents = pool.map(lambda mode: measure(server.url, *mode), MODES)
            for mode, document in zip(MODES, documents):
                with self.subTest(mode=mode):
                    self.assert_whole(document)

    def test_ipv6(self):
        if not peers.have_ipv6():
            self.skipTest('there is no IPv6')
        with self.serve('--irtt-min-interval', '0', url='irtt+udp://[::1]:0') as server:
            self.assert_whole(measure(server.url, '-6', '--dscp=46'))

    def test_stamps_of_the_user(self):
        with self.serve('--irtt-min-interval', '0', '--stamps', 'user') as server:
            self.assert_whole(measure(server.url))

    def test_what_it_prints(self):
        with self.serve() as server:
            for option in ('-q', '--loose'):
                result = client(server.url, '-d', '40ms', '-i', '10ms', '--wait=1000x1s', option)
                self.assertEqual(result.returncode, 0, result.stdout)
                self.assertRegex(result.stdout, r'packets sent/received: (\d+)/\1 \(0.00% loss\)')
                self.assertRegex(result.stdout, r'server packets received: (\d+)/\1 ')

    def test_asking_for_the_parameters_alone(self):
        with self.serve() as server:
            result = client(server.url, '-n', '-Q')
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, '', ''))


class TestRestrictions(IrttTest):
    """A client is told what it may not do; it ends, or with --loose goes on with what it may."""

    def assert_restricted(self, url, sentence, *options):
        strict = client(url, '-q', '--wait=1000x1s', *options)
        self.assertEqual(strict.returncode, 1, strict.stdout)
        self.assertIn(sentence, strict.stdout + strict.stderr)
        loose = client(url, '-q', '--loose', '--wait=1000x1s', *options)
        self.assertEqual(loose.returncode, 0, loose.stdout)
        self.assertIn(sentence, loose.stdout)
        self.assertIn('(0.00% loss)', loose.stdout)

    def test_interval(self):
        with self.serve() as server:
            for interval in ('9ms', '1ms', '1ns'):
                self.assert_restricted(server.url, f'increased interval from {interval} to 10ms',
                                       '-d', '50ms', '-i', interval)
        with self.serve('--irtt-timeout', '4s') as server:
            self.assert_restricted(server.url, 'reduced interval from 1m0s to 1s',
                                   '-d', '50ms', '-i', '1m')

    def test_duration_length_and_fill(self):
        with self.serve('--irtt-max-duration', '30ms', '--irtt-max-length', '100') as server:
            self.assert_restricted(server.url, 'reduced duration from 50ms to 30ms',
                                   '-d', '50ms', '-i', '10ms')
            self.assert_restricted(server.url, 'reduced length from 101 to 100',
                                   '-d', '30ms', '-i', '10ms', '-l', '101')
            self.assert_restricted(server.url, 'restricted fill from none',
                                   '-d', '30ms', '-i', '10ms', '--sfill=none')


class TestKey(IrttTest):
    def setUp(self):
        super().setUp()
        self.key_file = self.folder / 'key'
        self.key_file.write_text(KEY + '\n', encoding='ascii')

    def test_a_client_with_the_key_is_answered(self):
        with self.serve('--key-file', self.key_file, '--irtt-min-interval', '0') as server:
            for mode in ((), ('--tstamp=midpoint', '-l', '500', '--sfill=rand'),
                         ('--stats=none', '--tstamp=none')):
                self.assert_whole(measure(server.url, f'--hmac={KEY}', *mode))

    def test_clients_without_it_are_not(self):
        stats = self.folder / 'stats'
        with self.serve('--key-file', self.key_file, '--json-stats', stats) as server:
            for option in ('--hmac=another', '-q'):
                result = client(server.url, option, '--timeouts=200ms')
                self.assertEqual(result.returncode, 1, result.stdout)
                self.assertIn('no reply from server', result.stdout + result.stderr)
        listener = json.loads(stats.read_text())['listeners'][0]
        self.assertEqual((listener['answers'], listener['refused']['key']), (0, 2))

    def test_a_client_with_one_is_not_where_none_is_set(self):
        with self.serve() as server:
            result = client(server.url, f'--hmac={KEY}', '--timeouts=200ms')
        self.assertEqual(result.returncode, 1, result.stdout)


class TestTrafficClass(IrttTest):
    """Echoes have the class that was agreed, as their packets tell."""

    OPEN = bytes.fromhex('14a75b01 0102 0280a8d6b907 0380dac409 085c')  # --dscp=46
    CLASS = 46

    def receive(self, asking):
        message, control, _, _ = asking.recvmsg(2048, 256)
        self.assertEqual([entry[:2] for entry in control], [(socket.IPPROTO_IP, socket.IP_TOS)])
        return message, control[0][2][0]

    def test_of_a_reply(self):
        with self.serve() as server, peers.connect(server.url) as asking:
            asking.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
            asking.send(self.OPEN)
            reply, _ = self.receive(asking)
            self.assertEqual(reply[12:], self.OPEN[4:])
            asking.send(bytes.fromhex('14a75b00') + reply[4:12] + bytes(4))
            echo, traffic_class = self.receive(asking)
        self.assertEqual(echo, bytes.fromhex('14a75b02') + reply[4:12] + bytes(4))
        self.assertEqual(traffic_class, self.CLASS)


if __name__ == '__main__':
    tap.main()
