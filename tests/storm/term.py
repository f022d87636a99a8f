"""SIGTERM while clients ask."""
import contextlib
import errno
import signal
import socket
import time

import peers
from stage import Clients, DEADLINE_S

DRAIN_S = 10
CROWDS = (
    ('talk', {'clients': 32, 'depth': 8, 'size': 64}),
    ('talk', {'clients': 4, 'depth': 2, 'size': 16384}),
    ('churn', {'clients': 16, 'count': 10_000_000, 'sources': 100}),
)


def bind_errors(url):
    """How many sockets cannot be bound where the server was: 0 or 1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as next_one:
        next_one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            next_one.bind(peers.address(url))
            next_one.listen()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return 1
    return 0


def cycle(stage, load_s):
    with stage.server('--drain', f'{DRAIN_S}s', 'echo+tcp://127.0.0.1:0') as server:
        with contextlib.ExitStack() as stack:
            crowds = [stack.enter_context(Clients(server, kind, **options))
                      for kind, options in CROWDS]
            for crowd in crowds:
                crowd.await_ready()
            time.sleep(load_s)  # how long the load has lasted
            told_ns = time.monotonic_ns()
            server.signal(signal.SIGTERM)
            code = server.process.wait(DRAIN_S + DEADLINE_S)
            took_s = (time.monotonic_ns() - told_ns) / 1e9
            in_use = bind_errors(server.url)
            results = [crowd.await_end(DEADLINE_S) for crowd in crowds]
        server.close()
    return {
        'lost': sum(asked_ns < told_ns for result in results
                    for asked_ns in result['unanswered_ns']),
        'wrong': sum(result['wrong_bytes'] + result['surplus_bytes'] for result in results),
        'answered': sum(result['answered'] for result in results),
        'reset': sum(result['reset'] for result in results),
        'code': code, 'took_s': took_s, 'in_use': in_use,
    }


def run(stage):
    count = stage.size(50, 2)
    cycles = [cycle(stage, 0.1 + 0.1 * turn / count) for turn in range(count)]
    answered = sum(each['answered'] for each in cycles)
    resets = sum(each['reset'] for each in cycles)
    stage.judge('answers lost or cut', sum(each['lost'] for each in cycles), '', 0,
                f'{answered:,} answers, {len(cycles)} times, {resets} later ones reset')
    stage.judge('wrong bytes', sum(each['wrong'] for each in cycles), '', 0)
    stage.judge('exit codes other than 0', sum(each['code'] != 0 for each in cycles), '', 0)
    stage.judge('ended within', round(max(each['took_s'] for each in cycles), 3), 's', DRAIN_S)
    stage.judge('ports in use afterwards', sum(each['in_use'] for each in cycles), '', 0)
