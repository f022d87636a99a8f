"""What --metrics shows: /metrics in both formats, and that nobody can make it hold more than it
should."""
import contextlib
import pathlib
import re
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import operation  # noqa: E402
import page  # noqa: E402
import peers  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TCP = 'echo+tcp://127.0.0.1:0'
UDP = 'echo+udp://127.0.0.1:0'
OPENMETRICS = {'Accept': 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5'}
VISITORS = 16  # EXPORTER_VISITORS of exporter.h


def types(text):
    """Family: type, as the page says."""
    return dict(re.findall(r'^# TYPE (\S+) (\S+)$', text, re.MULTILINE))


def value(text, name, **labels):
    """The one sample of that name with such labels."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(rf'{name}(?:\{{(.*)\}})? (\S+)', line)
        if match and all(f'{key}="{wanted}"' in (match[1] or '')
                         for key, wanted in labels.items()):
            found.append(float(match[2]))
    if len(found) != 1:
        raise AssertionError(f'{name} {labels}: {found} in\n{text}')
    return found[0]


class TestPages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        server = cls.stack.enter_context(ringside.Server('--metrics', '0', '-t', 2, TCP, UDP))
        cls.server = server
        cls.tcp, cls.udp = server.urls
        with peers.connect(cls.tcp) as stream, peers.connect(cls.udp) as datagrams:
            peers.ask(stream, b'x' * 100)
            for _ in range(3):
                peers.ask(datagrams, b'y' * 10)
            cls.plain = operation.request(server, '/metrics')
            cls.open = operation.request(server, '/metrics', headers=OPENMETRICS)

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    def test_the_types_are_those_of_the_formats(self):
        self.assertEqual(self.plain.headers['Content-Type'],
                         'text/plain; version=0.0.4; charset=utf-8')
        self.assertEqual(self.open.headers['Content-Type'],
                         'application/openmetrics-text; version=1.0.0; charset=utf-8')
        self.assertTrue(self.open.text.endswith('\n# EOF\n'))
        self.assertNotIn('# EOF', self.plain.text)

    def test_both_have_the_same_families(self):
        plain = {name.removesuffix('_total') for name in types(self.plain.text)}
        self.assertEqual(plain, set(types(self.open.text)))
        for name, kind in types(self.plain.text).items():
            self.assertEqual(name.endswith('_total'), kind == 'counter', name)

    def test_what_passed_is_counted(self):
        for text in (self.plain.text, self.open.text):
            for url, messages, length in ((self.tcp, 1, 100), (self.udp, 3, 30)):
                labels = {'listener': url.text, 'service': 'echo', 'transport': url.transport}
                for name, wanted in (('messages', messages), ('received_bytes', length),
                                     ('answers', messages), ('sent_bytes', length)):
                    self.assertEqual(value(text, f'ringside_{name}_total', **labels), wanted)
            self.assertEqual(value(text, 'ringside_connections_total', listener=self.tcp.text), 1)
            self.assertEqual(sum(value(text, 'ringside_open_connections', worker=worker)
                                 for worker in (0, 1)), 1)
            self.assertEqual(value(text, 'ringside_draining'), 0)
            self.assertGreater(value(text, 'process_open_fds'), 0)

    def test_errors_of_accept_have_their_names(self):
        names = set(re.findall(r'^ringside_accept_errors_total\{errno="(\w+)"\} 0$',
                               self.plain.text, re.MULTILINE))
        self.assertEqual(names, {'EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'ECONNABORTED', 'other'})

    def test_asking_for_health_is_counted_nowhere(self):
        before = operation.request(self.server, '/metrics').text
        for _ in range(5):
            self.assertEqual(operation.request(self.server, '/healthz').status, 200)
        after = operation.request(self.server, '/metrics').text
        for url in self.server.urls:
            for name in ('messages', 'received_bytes', 'answers', 'sent_bytes'):
                self.assertEqual(value(after, f'ringside_{name}_total', listener=url.text),
                                 value(before, f'ringside_{name}_total', listener=url.text))

    def test_promtool_has_no_complaint(self):
        self.assertEqual(list(readers.promtool_complaints(self.plain.text)), [])

    def test_the_reference_parsers_read_them(self):
        plain = readers.prometheus(self.plain.text)
        families = readers.openmetrics(self.open.text)
        self.assertEqual(set(families), {name.removesuffix('_total') for name in plain})
        self.assertEqual({name: family[0] for name, family in families.items()},
                         types(self.open.text))

    def test_the_page_of_the_documents_has_each_family(self):
        text = (page.ROOT / 'docs' / 'operation.md').read_text()
        documented = set(re.findall(r'^\| `((?:ringside|process)_\w+)', text, re.MULTILINE))
        self.assertEqual(documented, set(types(self.plain.text)))

    def test_what_is_not_there_and_what_is_not_done(self):
        self.assertEqual(operation.request(self.server, '/').status, 404)
        self.assertEqual(operation.request(self.server, '/metrics/..').status, 404)
        for method in ('POST', 'PUT', 'DELETE', 'OPTIONS', 'NONSENSE'):
            response = operation.request(self.server, '/metrics', method=method)
            self.assertEqual((response.status, response.headers['Allow']), (405, 'GET, HEAD'))
        head = operation.request(self.server, '/metrics', method='HEAD')
        self.assertEqual((head.status, head.text), (200, ''))
        self.assertGreater(int(head.headers['Content-Length']), 1000)

    def test_a_query_changes_nothing(self):
        self.assertEqual(operation.request(self.server, '/healthz?x=1').status, 200)


class TestBuffers(unittest.TestCase):
    POOLS = ('stream', 'large', 'datagram', 'output')

    def buffers(self, server):
        """Of each pool: how many are held, and how many there are."""
        text = operation.request(server, '/metrics').text
        held, free = ([value(text, 'ringside_buffers', pool=pool, state=state)
                       for pool in self.POOLS] for state in ('held', 'free'))
        return held, [sum(both) for both in zip(held, free)]

    def test_those_that_wait_to_be_sent_are_held(self):
        """By clients that do not read; and given back when they have gone."""
        with ringside.Server('--metrics', '0', '-t', 2, '--buffers', 64, TCP, UDP) as server:
            at_first, counts = self.buffers(server)
            self.assertGreater(min(counts), 0)
            with contextlib.ExitStack() as stack:
                for _ in range(4):
                    deaf = stack.enter_context(peers.connect(server.url))
                    deaf.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        for _ in range(200):
                            deaf.send(bytes(1 << 16))
                self.await_held(server, counts, lambda held: sum(held) > sum(at_first))
            self.await_held(server, counts, lambda held: held == at_first)

    def await_held(self, server, counts, good):
        deadline = time.monotonic() + ringside.DEADLINE_S
        while True:
            held, present = self.buffers(server)
            self.assertEqual(present, counts)
            if good(held):
                return
            self.assertLess(time.monotonic(), deadline, held)


class TestTrouble(unittest.TestCase):
    def ask(self, server, text):
        host, _, port = operation.metrics_address(server).rpartition(':')
        with socket.create_connection((host, int(port)), ringside.DEADLINE_S) as connected:
            with contextlib.suppress(OSError):
                connected.sendall(text)
                return peers.receive_all(connected)
            return b''

    def test_nonsense_and_too_much_are_refused(self):
        with ringside.Server('--metrics', '0', TCP) as server:
            for text in (b'\0\1\2\3\r\n\r\n', b'GET\r\n\r\n', b'GET /metrics HTTP/9.9\r\n\r\n',
                         b'GET /' + b'a' * 100000 + b' HTTP/1.1\r\n\r\n',
                         b'GET /metrics HTTP/1.1\r\n' + b'A: b\r\n' * 100000 + b'\r\n',
                         b'POST /metrics HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\nx'):
                with self.subTest(text=text[:40]):
                    self.assertNotIn(b' 200 ', self.ask(server, text)[:20])
            self.assertEqual(operation.request(server, '/healthz').status, 200)

    def test_who_keeps_connections_open_is_sent_away(self):
        """All places are taken by clients that never finish a request; one that does is served as
        soon as they have had their time."""
        with ringside.Server('--metrics', '0', TCP) as server, contextlib.ExitStack() as stack:
            host, _, port = operation.metrics_address(server).rpartition(':')
            for _ in range(VISITORS):
                held = stack.enter_context(socket.create_connection((host, int(port))))
                held.sendall(b'GET /metrics HTTP/1.1\r\n')
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            self.assertEqual(operation.request(server, '/healthz').status, 200)


class TestPlaces(unittest.TestCase):
    def test_a_socket_file(self):
        with peers.folder() as folder:
            path = pathlib.Path(folder) / 'metrics'
            with ringside.Server('--metrics', f'unix:{path}', TCP, count=1) as server:
                self.assertEqual(path.stat().st_mode & 0o777, 0o660)
                self.assertIn('ringside_build_info',
                              operation.request(server, '/metrics').text)
            self.assertFalse(path.exists())

    def test_whoever_lets_others_read_is_told(self):
        for address, warned in (('0', False), ('127.0.0.2:0', False), ('0.0.0.0:0', True)):
            with self.subTest(address=address):
                with ringside.Server('--metrics', address, TCP) as server:
                    self.assertEqual('others than this host' in server.stderr(), warned)

    def test_addresses_that_are_none(self):
        for address in ('', 'x', '99999', '127.0.0.1', 'unix:', '[::1:0', 'tcp://127.0.0.1:0',
                        'a' * 600):
            with self.subTest(address=address):
                result = ringside.run('serve', '--metrics', address, TCP)
                self.assertEqual(result.returncode, 2)
                self.assertEqual(result.stderr.count('\n'), 1)
                self.assertIn('--metrics', result.stderr)

    def test_an_address_in_use(self):
        with socket.socket() as other:
            other.bind(('127.0.0.1', 0))
            other.listen()
            result = ringside.run('serve', '--metrics', other.getsockname()[1], TCP)
            self.assertEqual(result.returncode, 2)
            self.assertIn('--metrics', result.stderr)


if __name__ == '__main__':
    tap.main()
