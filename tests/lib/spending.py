"""What a server spends while nothing, or nothing new, is asked of it."""
import contextlib
import pathlib

import peers
import ringside

USER_TIME, SYSTEM_TIME = 13, 14  # of /proc/PID/stat, counted from 0

WAKE_UPS = 50
TICKS = 5  # of 10 ms: 5 % of the second


def cost(server):
    """Wake-ups and CPU ticks (10 ms) of all its threads up to now."""
    switches = 0
    for status in pathlib.Path(f'/proc/{server.pid}/task').glob('*/status'):
        lines = dict(line.split(':', 1) for line in status.read_text().splitlines() if ':' in line)
        switches += int(lines['voluntary_ctxt_switches'])
    fields = pathlib.Path(f'/proc/{server.pid}/stat').read_text().rpartition(')')[2].split()
    return switches, int(fields[USER_TIME - 2]) + int(fields[SYSTEM_TIME - 2])


@contextlib.contextmanager
def calm(test, server, wake_ups=WAKE_UPS, ticks=TICKS):
    """From the start of the block until a second has passed, a timeout of another server, it does
    little."""
    with ringside.Server('--idle-timeout', '1s', 'echo+tcp://127.0.0.1:0') as clock, \
            peers.connect(clock.url) as ticking:
        before = cost(server)
        yield
        test.assertEqual(peers.receive_all(ticking), b'')
        after = cost(server)
    test.assertLess(after[0] - before[0], wake_ups)
    test.assertLess(after[1] - before[1], ticks)
