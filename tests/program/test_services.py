"""Every service over every transport, byte by byte."""
import os
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

SECONDS_1900_TO_1970 = 2208988800
STREAMS = ('tcp', 'unix')
CTIME_LENGTH = 24


def listeners(service, folder, transports=('tcp', 'udp', 'unix', 'unixgram', 'unixpacket')):
    """URLs for a service on every transport, IPv4 and IPv6."""
    urls = []
    for transport in transports:
        if transport.startswith('unix'):
            urls.append(f'{service}+{transport}:{folder}/{transport}')
        else:
            hosts = ['127.0.0.1'] + (['[::1]'] if peers.have_ipv6() else [])
            urls += [f'{service}+{transport}://{host}:0' for host in hosts]
    return urls


def seconds_of(text, pattern):
    """What time a text in UTC tells."""
    return int(time.mktime(time.strptime(text, pattern)) - time.timezone)


class ServiceTest(unittest.TestCase):
    """Starts a service on every transport; check(connected, url) is asked for each of them."""

    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.started = int(time.time())

    def for_each(self, service, check, *options, **keywords):
        urls = listeners(service, self.folder, **keywords)
        environment = os.environ | {'TZ': 'UTC'}
        with ringside.Server(*options, *urls, env=environment) as server:
            self.assertEqual(len(server.urls), len(urls))
            for url in server.urls:
                with self.subTest(url=url.text), peers.connect(url) as connected:
                    self.assertEqual(url.service, service)
                    check(connected, url)

    def assert_is_now(self, seconds):
        self.assertGreaterEqual(seconds, self.started)
        self.assertLessEqual(seconds, int(time.time()))


class TestEcho(ServiceTest):
    def check(self, connected, url):
        for length in (1, 64, 1000):
            message = peers.pattern(length, length)
            self.assertEqual(peers.ask(connected, message), message)
        if url.stream:
            self.check_half_close(connected)

    def check_half_close(self, connected):
        message = peers.pattern(7, 50_000)
        connected.sendall(message)
        connected.shutdown(peers.socket.SHUT_WR)
        self.assertEqual(peers.receive_all(connected), message)

    def test_every_transport(self):
        self.for_each('echo', self.check)


class TestDiscard(ServiceTest):
    def check(self, connected, url):
        connected.sendall(peers.pattern(1, 1000))
        if url.stream:
            connected.shutdown(peers.socket.SHUT_WR)
            self.assertEqual(peers.receive_all(connected), b'')
        else:
            self.silent.append(connected.dup())

    def test_every_transport(self):
        self.silent = []
        self.for_each('discard', self.check)
        for connected in self.silent:  # the server has ended: what has not come never will
            with self.subTest(family=connected.family), connected:
                self.assertEqual(peers.pending(connected), b'')


class TestChargen(ServiceTest):
    LINES = 95
    RING = bytes(range(32, 127)) * 2

    def check(self, connected, _url):
        cycle = b''.join(self.RING[line:line + 72] + b'\r\n' for line in range(self.LINES))
        connected.sendall(b'to be thrown away')
        self.assertEqual(peers.receive(connected, 10 * len(cycle)), 10 * cycle)

    def test_streams(self):
        self.for_each('chargen', self.check, transports=STREAMS)


class TestDaytime(ServiceTest):
    def line(self, connected, url):
        if url.transport in ('udp', 'unixgram'):
            connected.send(b'')
            return connected.recv(1000)
        if url.transport == 'unixpacket':
            line = connected.recv(1000)
            self.assertEqual(connected.recv(1000), b'')
            return line
        return peers.receive_all(connected)

    def check_ctime(self, connected, url):
        line = self.line(connected, url).decode()
        self.assertEqual(line[CTIME_LENGTH:], '\r\n')
        self.assert_is_now(seconds_of(line[:CTIME_LENGTH], '%a %b %d %H:%M:%S %Y'))

    def check_smtp(self, connected, url):
        line = self.line(connected, url).decode()
        self.assertRegex(line, r'^\d\d [A-Z]{3} \d{4} \d\d:\d\d:\d\d UTC\r\n$')
        self.assert_is_now(seconds_of(line.strip(), '%d %b %Y %H:%M:%S UTC'))

    def check_iso8601(self, connected, url):
        line = self.line(connected, url).decode()
        self.assert_is_now(seconds_of(line, '%Y-%m-%dT%H:%M:%SZ\r\n'))

    def check_polite(self, connected, url):
        """A client that has sent what nobody reads sees the line and the end, not a reset."""
        if url.stream:
            connected.sendall(peers.pattern(1, 20_000))
        self.check_ctime(connected, url)

    def test_ctime(self):
        self.for_each('daytime', self.check_ctime)

    def test_smtp(self):
        self.for_each('daytime', self.check_smtp, '--daytime-format', 'smtp')

    def test_iso8601(self):
        self.for_each('daytime', self.check_iso8601, '--daytime-format', 'iso8601')

    def test_unread_input(self):
        self.for_each('daytime', self.check_polite, transports=STREAMS)


class TestTime(ServiceTest):
    def check(self, connected, url):
        if url.transport in ('udp', 'unixgram'):
            connected.send(b'')
        answer = peers.receive_all(connected) if url.stream else connected.recv(100)
        self.assertEqual(len(answer), 4)
        self.assert_is_now(int.from_bytes(answer, 'big') - SECONDS_1900_TO_1970)

    def test_every_transport(self):
        self.for_each('time', self.check)


class TestCtime(ServiceTest):
    def check(self, connected, _url):
        for message in (b'x', b'What time is it?'):
            connected.sendall(message)
            text = connected.recv(1000).decode()
            self.assertEqual(len(text), CTIME_LENGTH)
            self.assert_is_now(seconds_of(text, '%a %b %d %H:%M:%S %Y'))

    def test_every_transport(self):
        self.for_each('ctime', self.check)

    def test_is_local_time(self):
        environment = os.environ | {'TZ': 'XXX-5'}
        with ringside.Server('ctime+udp://127.0.0.1:0', env=environment) as server:
            with peers.connect(server.url) as connected:
                text = peers.ask(connected, b'?').decode()
        self.assert_is_now(seconds_of(text, '%a %b %d %H:%M:%S %Y') - 5 * 3600)


class TestStamped(ServiceTest):
    def check(self, connected, _url):
        for message in (b'hello', b'x' * 1000):
            connected.sendall(message)
            answer = connected.recv(2000)
            self.assertEqual(answer[:1], b'[')
            self.assertEqual(answer[1 + CTIME_LENGTH:], b'] ' + message)
            stamp = answer[1:1 + CTIME_LENGTH].decode()
            self.assert_is_now(seconds_of(stamp, '%a %b %d %H:%M:%S %Y'))

    def test_every_transport(self):
        self.for_each('stamped', self.check)


class TestGreeting(ServiceTest):
    def check(self, connected, _url):
        for message in (b'x', b'Open the pod bay doors.'):
            connected.sendall(message)
            self.assertEqual(connected.recv(1000), self.text)

    def test_every_transport(self):
        self.text = b'Hello Dave'
        self.for_each('greeting', self.check)

    def test_another_text(self):
        self.text = "I can't do that, Dave. \u2014".encode()
        self.for_each('greeting', self.check, '--text', self.text.decode())


if __name__ == '__main__':
    tap.main()
