"""What the kernel drops in front of a server that does not read is in its statistics."""
import json
import pathlib
import signal
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402


class TestDrops(unittest.TestCase):
    SENDERS, EACH = 8, 300

    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / 'stats.json'

    def server(self, *urls):
        return ringside.Server('--json-stats', self.path, '--stats-interval', '20ms', '-t', 2,
                               '--sockopt', 'rcvbuf=16384', *urls)

    def await_accounted(self, sent):
        """The statistics as soon as they account for all that was sent."""
        deadline = time.monotonic() + ringside.DEADLINE_S
        stats = {'counters': {'messages_in': 0}, 'kernel_drops': 0}
        while stats['counters']['messages_in'] + stats['kernel_drops'] < sent:
            self.assertLess(time.monotonic(), deadline, stats['counters'])
            time.sleep(0.01)
            if self.path.exists():
                stats = json.loads(self.path.read_text())
        return stats

    def test_every_datagram_was_a_message_or_dropped(self):
        with self.server('discard+udp://127.0.0.1:0') as server:
            server.stop()
            for _ in range(self.SENDERS):  # each goes to one of the threads
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                    for _ in range(self.EACH):
                        sender.sendto(bytes(600), peers.address(server.url))
            server.signal(signal.SIGCONT)
            stats = self.await_accounted(self.SENDERS * self.EACH)
            errors = server.end()
        self.assertEqual(stats['counters']['messages_in'] + stats['kernel_drops'],
                         self.SENDERS * self.EACH)
        self.assertGreater(stats['kernel_drops'], 0)
        self.assertEqual(sum(thread['kernel_drops'] for thread in stats['threads']),
                         stats['kernel_drops'])
        self.assertEqual(json.loads(self.path.read_text())['kernel_drops'], stats['kernel_drops'])
        self.assertRegex(errors, r'\d refused, \d+ dropped\n')

    def test_nothing_dropped_is_not_mentioned(self):
        with self.server('echo+udp://127.0.0.1:0') as server:
            with peers.connect(server.url) as peer:
                self.assertEqual(peers.ask(peer, b'hello'), b'hello')
            self.assertEqual(self.await_accounted(1)['kernel_drops'], 0)
            self.assertNotIn('dropped', server.end())


if __name__ == '__main__':
    tap.main()
