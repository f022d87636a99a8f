"""What each feature asks of the kernel, seen by strace and not by our own word."""
import functools
import json
import os
import pathlib
import re
import signal
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TRACED = ('io_uring_setup,io_uring_register,io_uring_enter,eventfd2,madvise,setsockopt,'
          'sendto,sendmsg,sendmmsg,recvfrom')

# strace knows the names of flags up to a version of its own, and writes a number for the rest.
FLAGS = {'IORING_SETUP_SQPOLL': 1 << 1, 'IORING_SETUP_R_DISABLED': 1 << 6,
         'IORING_SETUP_COOP_TASKRUN': 1 << 8, 'IORING_SETUP_CQE32': 1 << 11,
         'IORING_SETUP_SINGLE_ISSUER': 1 << 12, 'IORING_SETUP_DEFER_TASKRUN': 1 << 13,
         'IORING_SETUP_NO_SQARRAY': 1 << 16}

# Flags of io_uring_setup(); any of them will do.
SET_UP = {'sqpoll': [1 << 1], 'coop_taskrun': [1 << 8], 'departures': [1 << 11, 1 << 18],
          'defer_taskrun': [3 << 12], 'no_sqarray': [1 << 16], 'restrictions': [1 << 6]}

RECEIVING = '+buffer_ring,+multishot_receive'


def ping(server):
    with peers.connect(server.urls[0]) as connected:
        for i in range(100):
            message = peers.pattern(i, 1000)
            assert peers.ask(connected, message) == message


def visit(server):
    for i in range(50):
        with peers.connect(server.urls[0]) as connected:
            assert peers.ask(connected, b'%08d' % i) == b'%08d' % i


def pour(server):
    """More than the sockets hold, sent and read at the same time."""
    message = peers.pattern(1, 4_000_000)
    with peers.connect(server.urls[0]) as connected:
        sender = threading.Thread(target=connected.sendall, args=(message,))
        sender.start()
        assert peers.receive(connected, len(message)) == message
        sender.join()


def shower(server):
    """Datagrams that all wait when the server looks."""
    with peers.connect(server.urls[1]) as connected:
        for child in traced(server):
            ringside.stop(child)
        for i in range(32):
            connected.send(peers.pattern(i, 500))
        for child in traced(server):
            os.kill(child, signal.SIGCONT)
        for i in range(32):
            assert connected.recv(1000) == peers.pattern(i, 500)


# What a server calls with a feature, and with the rest alike not, or not so often: the backend, the
# features that it needs, what the server is to do, and the call.
CALLED = {
    'registered_ring': ('uring', '', ping, r'io_uring_register\(.*IORING_REGISTER_RING_FDS'),
    'direct': ('uring', '', ping, r'io_uring_register\(.*IORING_REGISTER_FILES'),
    'buffer_ring': ('uring', '', ping, r'io_uring_register\(.*IORING_REGISTER_PBUF_RING'),
    'incremental': ('uring', RECEIVING, ping,
                    r'io_uring_register\(.*IORING_REGISTER_PBUF_RING.*(pad=0x2|flags=)'),
    'send_bundle': ('uring', RECEIVING, pour,
                    r'io_uring_register\(.*IORING_REGISTER_PBUF_RING'),
    'napi': ('uring', '', ping, r'io_uring_register\(.*(IORING_REGISTER_NAPI|0x1b)'),
    'min_wait': ('uring', '', ping, r'io_uring_enter\(\d+, \d+, [2-9]\d*, '),
    'plain_send': ('uring', '', ping, r'send(to|msg)\('),
    'huge_pages': ('epoll', '', ping, r'madvise\(.*MADV_HUGEPAGE'),
    'large_buffers': ('epoll', '', pour, r'recvfrom\(\d+, .* \d{6}, '),
    'gro': ('epoll', '', shower, r'setsockopt\(\d+, SOL_UDP, (UDP_GRO|0x68), \[1\]'),
    'gso': ('epoll', '', shower, r'sendm+sg\(.*SOL_UDP, cmsg_type=(UDP_SEGMENT|0x67)'),
}

# What makes each of many submissions unnecessary: the rest, the traffic, and how many at least.
SPARED = {
    'multishot_accept': ('', visit, 40),
    'multishot_receive': ('+buffer_ring', ping, 80),
}

# Opcodes and flags of submissions lie in memory that is shared with the kernel, where strace does
# not look. The contract compares what the kernel says of them in its completions.
UNSEEN = {'poll_first', 'quiet_send', 'receive_bundle', 'zero_copy'}


def set_up_flags(trace):
    words = re.findall(r'io_uring_setup\(\d+, \{flags=([^ ,]*)', trace)[-1].split('|')
    flags = 0
    for word in words:
        flags |= int(word, 16) if word.startswith('0x') else FLAGS.get(word, 0)
    return flags


def submissions(trace):
    return sum(map(int, re.findall(r'io_uring_enter\(\d+, (\d+), ', trace)))


def traced(server):
    """The server itself: a signal would be the end of strace."""
    children = pathlib.Path(f'/proc/{server.pid}/task/{server.pid}/children').read_text()
    return map(int, children.split())


@functools.cache
def trace(backend, features, traffic):
    """What a server with these features asks the kernel from when it opens its engine."""
    with peers.folder() as folder:
        log = pathlib.Path(folder) / 'trace'
        server = ringside.Server(
            '--backlog', 64, 'echo+tcp://127.0.0.1:0', 'echo+udp://127.0.0.1:0',
            engine=['--backend', backend, '--features', features],
            env=ringside.TRACEABLE,
            wrap=['strace', '-f', '-v', '-e', f'trace={TRACED}', '-e', 'signal=none', '-o', log])
        try:
            traffic(server)
            for child in traced(server):
                os.kill(child, signal.SIGTERM)
            assert server.wait() == 0, server.stderr()
        finally:
            server.kill()
        calls = log.read_text()
    # Before an engine makes its wake-up descriptor, each feature has been tried once.
    return calls[calls.rindex('eventfd2('):]


def words(*parts):
    return ','.join(part for part in parts if part)


@unittest.skipUnless(ringside.may_trace(), 'strace is not installed, or may not trace')
class TestTraced(unittest.TestCase):
    def test_every_feature_is_looked_at(self):
        known = json.loads(ringside.run('probe', '--json').stdout)['features']
        self.assertEqual(sorted([*SET_UP, *CALLED, *SPARED, *UNSEEN]), sorted(known))

    def test_flags_of_the_ring(self):
        without = set_up_flags(trace('uring', 'none', ping))
        for feature, choices in SET_UP.items():
            with self.subTest(feature=feature):
                flags = set_up_flags(trace('uring', f'none,+{feature}', ping))
                self.assertFalse([bits for bits in choices if without & bits])
                self.assertTrue([bits for bits in choices if flags & bits == bits])

    def test_calls(self):
        for feature, (backend, rest, traffic, pattern) in CALLED.items():
            with self.subTest(feature=feature):
                calls = [len(re.findall(pattern, trace(backend, features, traffic)))
                         for features in (words('none', rest), words('none', rest, '+' + feature))]
                self.assertLess(*calls)

    def test_submissions_that_are_spared(self):
        for feature, (rest, traffic, least) in SPARED.items():
            with self.subTest(feature=feature):
                made = [submissions(trace('uring', features, traffic))
                        for features in (words('none', rest), words('none', rest, '+' + feature))]
                self.assertGreaterEqual(made[0] - made[1], least)


if __name__ == '__main__':
    tap.main()
