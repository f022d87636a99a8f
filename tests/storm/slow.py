"""Clients that say nothing, and clients that never read, beside clients that behave."""
import contextlib
import statistics

from stage import (Clients, DEADLINE_S, Failed, Load, SERVER_FILES, Skipped, await_true, busy_share,
                   files_max, memory)

WAIT_MAX = 500  # ms: of those stuck, enough are reset after 250 ms
IDLE_SHARE = 0.02  # of a CPU
GROWTH_MAX = 1 << 20  # bytes; all is allocated at the start


def good(server, duration_s):
    """p99 of clients that behave, in ns."""
    with Load('-c', 10, '-O', '200ms', '-d', f'{duration_s}s', server.url.target) as load:
        result = load.await_end(duration_s + DEADLINE_S)
    if result['errors']['total']:
        raise Failed(f'clients that behave met errors: {result["errors"]}')
    return result['latency_ns']['p99']


def interval(values):
    """The median, and an interval that holds the true one with 95 % or more (by the binomial
    distribution of how many values are below it); all there is where values are few."""
    ordered, count = sorted(values), len(values)
    outside, below, term = 0.0, 0, 0.5 ** count
    while 2 * (outside + term) <= 0.05:
        outside += term
        term *= (count - below) / (below + 1)
        below += 1
    below = max(below - 1, 0)
    return statistics.median(ordered), ordered[below], ordered[count - 1 - below]


def both(stack, server, silent, deaf):
    """Slow clients of a server, all of them connected."""
    kinds = (('silent', silent), ('deaf', deaf))
    started = [stack.enter_context(Clients(server, kind, clients=count, sources=8, size=4096))
               for kind, count in kinds]
    return [clients.await_ready() for clients in started]


def p99_rows(stage, silent, deaf):
    """Turns with and without them, each server with its own load."""
    rounds, duration_s = stage.size((60, 0.5), (1, 0.3))
    options = ('--idle-timeout', '1h', '--send-timeout', '1h', 'echo+tcp://127.0.0.1:0')
    with stage.server(*options) as alone, stage.server(*options) as crowded:
        with contextlib.ExitStack() as stack:
            before = memory(crowded.pid)
            clients = both(stack, crowded, silent, deaf)
            await_true(lambda: busy_share(crowded.pid, 0.1) < IDLE_SHARE,
                       'those who never read to be stuck')
            ratios = []
            for turn in range(rounds):
                order = (alone, crowded) if turn % 2 else (crowded, alone)
                p99 = {server: good(server, duration_s) for server in order}
                ratios.append(p99[crowded] / p99[alone])
            growth = memory(crowded.pid) - before
            for each in clients:
                each.end()
    stage.judge('memory grown by', growth, 'B', GROWTH_MAX)
    middle, low, high = interval(ratios)
    stage.judge("good clients' p99, with / without", round(middle, 3), '', 1.10,
                f'{low:.3f} to {high:.3f}, {rounds} rounds', timing=True)


def onset_rows(stage, deaf):
    """While more of them come than there are buffers, each of which would keep one for ever."""
    buffers, duration_s = stage.size(('auto', 10), (64, 2))
    with stage.server('--idle-timeout', '1h', '--send-timeout', '1h', '--buffers', buffers,
                      'echo+tcp://127.0.0.1:0') as server:
        with Load('-c', 10, '--rate', 1000, '--pace', 'timer', '-d', f'{duration_s}s',
                  server.url.target) as load:
            with Clients(server, 'deaf', clients=deaf, sources=8, size=4096) as clients:
                clients.await_ready()
                result = load.await_end(duration_s + DEADLINE_S)
                clients.end()
    stage.judge("good clients' errors while they come", result['errors']['total'], '', 0,
                f'{result["requests"]} answers')
    stage.judge('longest wait meanwhile', round(result['latency_ns']['max'] / 1e6), 'ms', WAIT_MAX,
                timing=True)


def timeout_rows(stage, silent, deaf):
    idle_s, send_s = stage.size((10, 5), (1, 1))
    with stage.server('--idle-timeout', f'{idle_s}s', '--send-timeout', f'{send_s}s',
                      'echo+tcp://127.0.0.1:0') as server:
        with contextlib.ExitStack() as stack:
            silent_ones = stack.enter_context(
                Clients(server, 'silent', clients=silent, sources=8))
            deaf_ones = stack.enter_context(
                Clients(server, 'deaf', clients=deaf, sources=8, size=4096))
            closed = sum(result['ended'] + result['reset'] for result in (
                clients.await_end(idle_s + DEADLINE_S) for clients in (silent_ones, deaf_ones)))
    stage.judge('closed by timeout', closed, '', silent + deaf, least=True)


def run(stage):
    silent, deaf = stage.size((10_000, 5_000), (300, 100))
    if files_max() < silent + deaf + SERVER_FILES:
        raise Skipped(f'needs {silent + deaf + SERVER_FILES} files, may have {files_max()}')
    p99_rows(stage, silent, deaf)
    onset_rows(stage, deaf)
    timeout_rows(stage, silent, deaf)
