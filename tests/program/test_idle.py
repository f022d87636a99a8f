"""An idle server costs nothing, also one that may spin. An event ends the interval, not a time."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

USER_TIME, SYSTEM_TIME = 13, 14  # of /proc/PID/stat, counted from 0


def cost(server):
    """Wake-ups and CPU ticks (10 ms) of all its threads up to now."""
    switches = 0
    for status in pathlib.Path(f'/proc/{server.pid}/task').glob('*/status'):
        lines = dict(line.split(':', 1) for line in status.read_text().splitlines() if ':' in line)
        switches += int(lines['voluntary_ctxt_switches'])
    fields = pathlib.Path(f'/proc/{server.pid}/stat').read_text().rpartition(')')[2].split()
    return switches, int(fields[USER_TIME - 2]) + int(fields[SYSTEM_TIME - 2])


class TestIdle(unittest.TestCase):
    WAKE_UPS = 50
    TICKS = 10

    def check(self, *options):
        """Between two events a second apart (a timeout of another server) little is done."""
        urls = ['echo+tcp://127.0.0.1:0', 'echo+udp://127.0.0.1:0']
        with ringside.Server(*options, *urls) as server, \
                ringside.Server('--idle-timeout', '1s', urls[0]) as clock:
            with peers.connect(server.url) as connected, peers.connect(clock.url) as ticking:
                for _ in range(100):
                    peers.ask(connected, bytes(64))
                switches, ticks = cost(server)
                self.assertEqual(peers.receive_all(ticking), b'')
                switches_after, ticks_after = cost(server)
        self.assertLess(switches_after - switches, self.WAKE_UPS)
        self.assertLess(ticks_after - ticks, self.TICKS)

    def test_as_it_is_started(self):
        self.check()

    def test_that_never_spins(self):
        self.check('--spin', '0')

    def test_with_several_threads(self):
        self.check('-t', str(max(2, len(os.sched_getaffinity(0)))))


if __name__ == '__main__':
    tap.main()
