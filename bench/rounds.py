"""What the scripts here share: where things run, servers and clients, and ratios of rounds."""
import contextlib
import math
import os
import pathlib
import statistics
import subprocess
import tempfile

BUILD = pathlib.Path(os.environ.get('BUILD', pathlib.Path(__file__).parent.parent / 'build'))
RINGSIDE = str(BUILD / 'ringside')
CPUS = sorted(os.sched_getaffinity(0))


def pinned(cpu, command):
    return ['taskset', '-c', str(cpu), *map(str, command)]


@contextlib.contextmanager
def server(command, ready='listening'):
    """A server on the last CPU, from the line that says it is ready on; gives that line, and its
    process."""
    started = subprocess.Popen(pinned(CPUS[-1], command), stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        for line in started.stdout:
            if ready in line:
                yield line, started
                return
        raise SystemExit(f'{command[0]}: its server did not come up')
    finally:
        started.terminate()
        started.wait()
        started.stdout.close()


def run(command):
    """A client on the first CPU: what it printed, and the CPU time it took."""
    with tempfile.TemporaryFile('w+') as output:
        process = subprocess.Popen(pinned(CPUS[0], command), stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise SystemExit(f'{" ".join(map(str, command))} ended with {process.returncode}:\n{text}')
    return text, usage.ru_utime + usage.ru_stime


def in_turns(rounds, measures):
    """The values of each measure(), by name: one a round, in turn and back (ABBA)."""
    values = {name: [] for name in measures}
    for number in range(rounds):
        for name in measures if number % 2 == 0 else reversed(measures):
            values[name].append(measures[name]())
    return values


def median_interval(values):
    """The median and its exact interval of 95 % (or all there is, of fewer than 6 values)."""
    values, tail, rank = sorted(values), 0.5 ** len(values), 1
    while rank < (len(values) + 1) // 2:
        longer = tail + math.comb(len(values), rank) * 0.5 ** len(values)
        if 2 * longer > 0.05:
            break
        tail, rank = longer, rank + 1
    return statistics.median(values), values[rank - 1], values[-rank]


def ratio_interval(base, new):
    """The median of the rounds' own ratios, and its interval."""
    return median_interval([b / a for a, b in zip(base, new)])
