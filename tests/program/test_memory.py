"""All memory is taken and touched at the start: traffic of every kind makes the server neither ask
the kernel for any nor use more of what it has."""
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import questions  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

# What asks the kernel for memory, or gives it back.
CALLS = 'mmap,munmap,mremap,brk,madvise'

CONNECTIONS = 500
# Of one connection that is idle: what is ours, all told.
CONNECTION_BYTES_MAX = 4096

# Meson has the C library fill what it allocates, which would touch it all.
PLAIN = {name: value for name, value in os.environ.items() if name != 'MALLOC_PERTURB_'}

# Pages of the stack, and of the C library, that are reached for the first time.
SLACK_BYTES = 128 * 1024


def anonymous(server):
    """Bytes of memory that belong to the server alone and that it has touched."""
    text = pathlib.Path(f'/proc/{server.pid}/smaps_rollup').read_text()
    return 1024 * int(re.search(r'^Anonymous: *(\d+) kB', text, re.M)[1])


@unittest.skipUnless('RINGSIDE_BUILD' in os.environ, 'an instrumented build has memory of its own')
class MemoryTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.urls = [f'{service}+udp://127.0.0.1:0' for service in questions.ASK] + [
            'echo+tcp://127.0.0.1:0', 'stamp+tcp://127.0.0.1:0', 'daytime+tcp://127.0.0.1:0',
            'chargen+tcp://127.0.0.1:0', 'discard+tcp://127.0.0.1:0',
            f'echo+unix:{self.folder}/stream', f'echo+unixgram:{self.folder}/gram',
            f'echo+unixpacket:{self.folder}/packet']

    def traffic(self, server, rounds):
        """Some of everything; the sizes go through every kind of buffer."""
        for _ in range(rounds):
            for url in server.urls:
                if url.transport == 'udp':
                    self.datagrams(url)
                elif url.service == 'echo':
                    self.echoes(url)
                else:
                    self.stream(url)

    def datagrams(self, url):
        with peers.connect(url) as asking:
            for _ in range(50):
                peers.ask(asking, questions.ASK[url.service]())
            for length in (0, 1000, 65000):
                asking.send(bytes(length))
            peers.ask(asking, questions.ASK[url.service]())

    def echoes(self, url):
        crowd = [peers.connect(url) for _ in range(20)]
        for length in (1, 100, 5000) + ((1 << 20,) if url.stream else ()):
            for number, connected in enumerate(crowd[:2 if length > 5000 else 20]):
                message = peers.pattern(number, length)
                self.exchange(connected, message)
        for number, connected in enumerate(crowd):
            if number % 2 and url.stream:
                peers.reset(connected)
            else:
                connected.close()

    def exchange(self, connected, message):
        """Without both ends waiting for the other to read."""
        if connected.type != socket.SOCK_STREAM:
            self.assertEqual(peers.ask(connected, message), message)
            return
        for at in range(0, len(message), 65536):
            piece = message[at:at + 65536]
            self.assertEqual(peers.ask(connected, piece), piece)

    @staticmethod
    def stream(url):
        with peers.connect(url) as connected:
            if url.service in ('stamp', 'discard'):
                connected.send(bytes(44))
            if url.service != 'discard':
                connected.recv(44)

    def crowd(self, server):
        """Connections that have said something once."""
        url = next(url for url in server.urls if url.service == 'echo' and url.transport == 'tcp')
        made = [peers.connect(url) for _ in range(CONNECTIONS)]
        for connected in made:
            self.addCleanup(connected.close)
            self.assertEqual(peers.ask(connected, b'hello'), b'hello')
        return made


class TestGrowth(MemoryTest):
    def check(self, *options):
        ringside.raise_descriptor_limit(2 * CONNECTIONS)
        with ringside.Server('-t', 1, *options, *self.urls, env=PLAIN) as server:
            self.traffic(server, 1)  # touches what the C library has of its own
            before = anonymous(server)
            print(f'# {before >> 10} KiB')
            self.traffic(server, 5)
            made = self.crowd(server)
            after = anonymous(server)
            print(f'# {after >> 10} KiB')
            self.assertLess(after - before, SLACK_BYTES)
            self.assertLess(after - before, len(made) * CONNECTION_BYTES_MAX)

    def test_what_it_uses_is_what_it_used_at_first(self):
        self.check()

    def test_with_sessions_and_names_of_peers_too(self):
        self.check('--stamp-mode', 'stateful', '--verbose')

    def test_with_faults_too(self):
        self.check('--inject', 'delay=1ms:10%')


@unittest.skipUnless(ringside.may_trace(), 'strace is not installed, or may not trace')
class TestCalls(MemoryTest):
    def test_it_asks_the_kernel_for_none(self):
        ringside.raise_descriptor_limit(2 * CONNECTIONS)
        log = pathlib.Path(self.folder, 'calls')
        with ringside.Server('-t', 2, *self.urls, env=PLAIN) as server:
            self.traffic(server, 1)
            with subprocess.Popen(['strace', '-f', '-qq', '-o', log, '-e', f'trace={CALLS}', '-p',
                                   str(server.pid)], stderr=subprocess.DEVNULL) as tracer:
                try:
                    self.await_traced(server)
                    self.traffic(server, 2)
                    self.crowd(server)
                finally:
                    tracer.terminate()
        self.assertEqual(log.read_text(), '')

    def await_traced(self, server):
        """Every thread has a tracer."""
        deadline = time.monotonic() + ringside.DEADLINE_S
        while any('TracerPid:\t0\n' in status.read_text()
                  for status in pathlib.Path(f'/proc/{server.pid}/task').glob('*/status')):
            self.assertLess(time.monotonic(), deadline, 'nobody traces it')


if __name__ == '__main__':
    tap.main()
