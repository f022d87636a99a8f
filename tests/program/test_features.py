"""What each feature asks of the kernel, seen by strace and not by our own word."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TRACED = 'io_uring_setup,io_uring_register,madvise,sendto,sendmsg'

# strace knows the names of flags up to a version of its own, and writes a number for the rest.
FLAGS = {'IORING_SETUP_SQPOLL': 1 << 1, 'IORING_SETUP_COOP_TASKRUN': 1 << 8,
         'IORING_SETUP_SINGLE_ISSUER': 1 << 12, 'IORING_SETUP_DEFER_TASKRUN': 1 << 13,
         'IORING_SETUP_NO_SQARRAY': 1 << 16}

SET_UP = {'sqpoll': 1 << 1, 'coop_taskrun': 1 << 8, 'defer_taskrun': 3 << 12, 'no_sqarray': 1 << 16}

# A line that appears more often with the feature than without any. (At each start everything is
# tried once, so that it appears at all proves nothing.)
CALLED = {
    'registered_ring': r'io_uring_register\(.*IORING_REGISTER_RING_FDS',
    'direct': r'io_uring_register\(.*IORING_REGISTER_FILES',
    'buffer_ring': r'io_uring_register\(.*IORING_REGISTER_PBUF_RING',
    'incremental': r'io_uring_register\(.*IORING_REGISTER_PBUF_RING.*(pad=0x2|flags=)',
    'napi': r'io_uring_register\(.*(IORING_REGISTER_NAPI|0x1b)',
    'huge_pages': r'madvise\(.*MADV_HUGEPAGE',
    'plain_send': r'send(to|msg)\(',
}

NEEDS = {'incremental': '+buffer_ring,+multishot_receive,'}


def set_up_flags(trace):
    """Of the ring that serves: the last one set up."""
    words = re.findall(r'io_uring_setup\(\d+, \{flags=([^ ,]*)', trace)[-1].split('|')
    flags = 0
    for word in words:
        flags |= int(word, 16) if word.startswith('0x') else FLAGS.get(word, 0)
    return flags


def may_trace():
    if not shutil.which('strace'):
        return False
    return subprocess.run(['strace', '-o', '/dev/null', 'true'], capture_output=True,
                          check=False).returncode == 0


@unittest.skipUnless(may_trace(), 'strace is not installed, or may not trace')
class TestTraced(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.log = pathlib.Path(folder.name) / 'trace'

    def trace(self, features):
        """What a server with these features asks the kernel while it echoes a little."""
        # What looks for leaks is a tracer too, and there can be only one.
        server = ringside.Server(
            'echo+tcp://127.0.0.1:0', engine=['--backend', 'uring', '--features', features],
            env=os.environ | {'ASAN_OPTIONS': 'detect_leaks=0'},
            wrap=['strace', '-f', '-v', '-e', f'trace={TRACED}', '-e', 'signal=none',
                  '-o', self.log])
        self.addCleanup(server.kill)
        with peers.connect(server.url) as connected:
            for i in range(10):
                message = peers.pattern(i, 1000)
                self.assertEqual(peers.ask(connected, message), message)
        self.end(server)
        return self.log.read_text()

    def end(self, server):
        """strace dies of a signal itself, so the server gets it directly."""
        children = pathlib.Path(f'/proc/{server.pid}/task/{server.pid}/children').read_text()
        subprocess.run(['kill', '-TERM', *children.split()], check=True)
        self.assertEqual(server.wait(), 0, server.stderr())

    def test_flags_of_the_ring(self):
        for feature, bits in SET_UP.items():
            with self.subTest(feature=feature):
                self.assertEqual(set_up_flags(self.trace(f'none,+{feature}')) & bits, bits)

    def test_no_flags_without_a_feature(self):
        for feature, bits in SET_UP.items():
            with self.subTest(feature=feature):
                self.assertEqual(set_up_flags(self.trace('none')) & bits, 0)

    def test_calls_of_each_feature(self):
        without = self.trace('none')
        for feature, pattern in CALLED.items():
            with self.subTest(feature=feature):
                trace = self.trace(f'none,{NEEDS.get(feature, "")}+{feature}')
                self.assertGreater(len(re.findall(pattern, trace)),
                                   len(re.findall(pattern, without)))


if __name__ == '__main__':
    tap.main()
