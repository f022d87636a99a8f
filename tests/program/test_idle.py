"""An idle server costs nothing, also one that may spin. An event ends the interval, not a time."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import spending  # noqa: E402
import tap  # noqa: E402


class TestIdle(unittest.TestCase):
    def check(self, *options):
        """Between two events a second apart (a timeout of another server) little is done."""
        urls = ['echo+tcp://127.0.0.1:0', 'echo+udp://127.0.0.1:0']
        with ringside.Server(*options, *urls) as server, peers.connect(server.url) as connected:
            for _ in range(100):
                peers.ask(connected, bytes(64))
            with spending.calm(self, server):
                pass

    def test_as_it_is_started(self):
        self.check()

    def test_that_never_spins(self):
        self.check('--spin', '0')

    def test_with_several_threads(self):
        self.check('-t', str(max(2, len(os.sched_getaffinity(0)))))


if __name__ == '__main__':
    tap.main()
