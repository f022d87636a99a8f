"""What a server spends while nothing, or nothing new, is asked of it."""
import contextlib
import pathlib
import time

import peers
import ringside

USER_TIME, SYSTEM_TIME = 13, 14  # of /proc/PID/stat, counted from 0

WAKE_UPS = 50  # a second
TICKS = 5  # of 10 ms: 5 % of a second


def cost(server):
    """Wake-ups and CPU ticks (10 ms) of all its threads up to now."""
    switches = 0
    for status in pathlib.Path(f'/proc/{server.pid}/task').glob('*/status'):
        lines = dict(line.split(':', 1) for line in status.read_text().splitlines() if ':' in line)
        switches += int(lines['voluntary_ctxt_switches'])
    fields = pathlib.Path(f'/proc/{server.pid}/stat').read_text().rpartition(')')[2].split()
    return switches, int(fields[USER_TIME - 2]) + int(fields[SYSTEM_TIME - 2])


def wanted_ns(server):
    """For how long its threads have run, or waited for a CPU that others had."""
    times = [stat.read_text().split()
             for stat in pathlib.Path(f'/proc/{server.pid}/task').glob('*/schedstat')]
    return sum(int(ran) + int(waited) for ran, waited, _ in times)


@contextlib.contextmanager
def calm(test, server, wake_ups=WAKE_UPS, ticks=TICKS):
    """From the start of the block until a second has passed, a timeout of another server, it does
    little for its length."""
    with ringside.Server('--idle-timeout', '1s', 'echo+tcp://127.0.0.1:0') as clock, \
            peers.connect(clock.url) as ticking:
        before, begun = cost(server), time.monotonic()
        yield
        test.assertEqual(peers.receive_all(ticking), b'')
        after = cost(server)
    seconds = max(1, time.monotonic() - begun)  # on a busy machine the timeout comes later
    test.assertLess(after[0] - before[0], wake_ups * seconds)
    test.assertLess(after[1] - before[1], ticks * seconds)
