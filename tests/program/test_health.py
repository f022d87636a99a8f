"""/healthz asks each thread as a client would, and says which does not answer."""
import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import operation  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TCP = 'echo+tcp://127.0.0.1:0'
UDP = 'echo+udp://127.0.0.1:0'


class TestHealth(unittest.TestCase):
    def test_a_line_for_each_thread(self):
        with peers.folder() as folder:
            for urls in ([TCP], [UDP], [f'echo+unixpacket:{folder}/x'], [TCP, UDP]):
                with self.subTest(urls=urls):
                    with ringside.Server('--metrics', '0', '-t', 3, *urls) as server:
                        answer = operation.request(server, '/healthz')
                        self.assertEqual((answer.status, answer.text),
                                         (200, 'ok\nworker 0 ok\nworker 1 ok\nworker 2 ok\n'))

    def test_the_thread_that_hangs_is_named(self):
        """It burns a second for each datagram."""
        server = ringside.Server('--metrics', '0', '-t', 2, '--inject', 'spin=1s:udp', UDP)
        self.addCleanup(server.kill)
        self.assertEqual(operation.request(server, '/healthz').status, 200)
        with peers.connect(server.url) as connected:
            for _ in range(60):
                connected.send(b'x')
            answer = operation.request(server, '/healthz')
            while answer.status == 200:  # before the first datagram has been taken
                answer = operation.request(server, '/healthz')
            self.assertEqual(answer.status, 503)
            lines = answer.text.splitlines()
            self.assertEqual(lines[0], 'failed')
            self.assertEqual(sorted(line.split(' ', 2)[2] for line in lines[1:]),
                             ['does not answer', 'ok'])
            hung = next(line.split()[1] for line in lines if line.endswith('does not answer'))
            while f'ringside_worker_up{{worker="{hung}"}} 0\n' not in \
                    operation.request(server, '/metrics').text:
                pass  # between two batches it had time for a report

    def test_clients_that_never_read_do_not_make_it_fail(self):
        """They may take all buffers of streams, and those of UNIX datagrams with them."""
        with ringside.Server('--metrics', '0', '--buffers', 64, TCP) as server:
            held = [peers.connect(server.url) for _ in range(40)]
            for connected in held:
                connected.setblocking(False)
                self.fill(connected)
            self.assertEqual(operation.request(server, '/healthz').text, 'ok\nworker 0 ok\n')
            for connected in held:
                connected.close()

    def fill(self, connected):
        piece = bytes(1 << 16)
        try:
            for _ in range(200):
                connected.send(piece)
        except BlockingIOError:
            pass

    def test_a_server_that_drains_wants_no_more_clients(self):
        with ringside.Server('--metrics', '0', '--inject', 'delay=30s:tcp', TCP) as server:
            with peers.connect(server.url) as connected:
                connected.sendall(b'hello')
                self.assertEqual(operation.request(server, '/healthz').status, 200)
                server.signal(signal.SIGTERM)
                answer = operation.request(server, '/healthz')
                while answer.status == 200:  # before the signal has been taken
                    answer = operation.request(server, '/healthz')
                self.assertEqual((answer.status, answer.text), (503, 'draining\n'))
                self.assertIn('ringside_draining 1\n',
                              operation.request(server, '/metrics').text)
                server.signal(signal.SIGTERM)
                self.assertEqual(server.wait(), 0)


if __name__ == '__main__':
    tap.main()
