#!/usr/bin/env python3
"""Load and faults on the real kernel: what ringside serve withstands, scenario by scenario.

storm.py [NAME...] [--backend NAME] [--short] [--time TIME] [--json FILE]

Each figure is a row with its limit and a verdict: held, missed, reported (a time in the short form,
which does not judge times) or skipped, with the reason. Exit code 0; 1 if a limit was missed or
something could not be measured, 2 for a wrong command line.
"""
import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import resource
import signal
import sys
import time
import traceback
import typing
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import ringside  # noqa: E402

import churn  # noqa: E402
import fds  # noqa: E402
import handover  # noqa: E402
import idle  # noqa: E402
import kill  # noqa: E402
import loss  # noqa: E402
import slow  # noqa: E402
import soak  # noqa: E402
import stream  # noqa: E402
import term  # noqa: E402
from stage import MISSED, SKIPPED, Failed, Skipped, Stage  # noqa: E402


class Scenario(typing.NamedTuple):
    run: typing.Callable
    limit_s: int  # of the full form, and of each of its processes' CPU time
    short_limit_s: int = 120
    asked_for: bool = False  # only run when named


SCENARIOS = {
    'churn': Scenario(churn.run, 900),
    'idle': Scenario(idle.run, 300),
    'slow': Scenario(slow.run, 600),
    'fds': Scenario(fds.run, 300),
    'term': Scenario(term.run, 900),
    'kill': Scenario(kill.run, 300),
    'handover': Scenario(handover.run, 600),
    'loss': Scenario(loss.run, 120),
    'stream': Scenario(stream.run, 300),
    'soak': Scenario(soak.run, 600, asked_for=True),
}
BACKENDS = ('uring', 'epoll')
UNITS_S = {'s': 1, 'm': 60, 'h': 3600}
FORMAT = '{scenario:9} {backend:7} {figure:34} {value:>13} {limit:>14}  {verdict:8} {note}'


def duration_s(text):
    match = re.fullmatch(r'([0-9]+)([smh])', text)
    if not match or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f'{text!r} is no time such as 90s, 10m or 1h')
    return int(match[1]) * UNITS_S[match[2]]


def options():
    parser = argparse.ArgumentParser(
        prog='storm', description='Load and faults on the real kernel.', allow_abbrev=False)
    parser.add_argument('names', nargs='*', metavar='NAME', help=', '.join(SCENARIOS))
    parser.add_argument('--backend', choices=BACKENDS, help='this one alone')
    parser.add_argument('--short', action='store_true',
                        help='seconds instead of minutes; times are not judged')
    parser.add_argument('--time', type=duration_s, default=3600, help='of soak (default: 1h)')
    parser.add_argument('--json', metavar='FILE', help='write all rows; - is standard output')
    asked = parser.parse_args()
    for name in asked.names:
        if name not in SCENARIOS:
            parser.error(f'there is no scenario {name!r}; there are {", ".join(SCENARIOS)}')
    return asked


def isolate():
    """A network of our own where that can be: nobody else's packets, ports or sockets."""
    try:
        namespace.enter()
    except unittest.SkipTest:
        return False
    return True


def too_long(*_):
    raise Failed('it took longer than it may')


@contextlib.contextmanager
def bounded(limit_s):
    """Of time for all, and of CPU time for each process that is started inside."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + limit_s, hard))
    signal.alarm(limit_s)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def missing(backend):
    """Why a backend cannot be had here, or None."""
    try:
        with ringside.Server('echo+tcp://127.0.0.1:0', 'echo+udp://127.0.0.1:0',
                             engine=('--backend', backend)):
            return None
    except AssertionError as error:
        found = re.search(r'backend \w+ cannot be opened: ([^\\]*)', str(error))
        if not found:
            raise
        return found[1]


def perform(stage, scenario):
    limit_s = scenario.short_limit_s if stage.short else scenario.limit_s
    begun = time.monotonic()
    try:
        with bounded(limit_s + (stage.duration_s if scenario.asked_for else 0)):
            scenario.run(stage)
    except (Skipped, unittest.SkipTest) as reason:
        stage.row('all', None, '', '', SKIPPED, str(reason))
    except Exception as error:  # pylint: disable=broad-except
        if not isinstance(error, Failed):
            traceback.print_exc()
        stage.row('all', None, '', '', MISSED, f'{type(error).__name__}: {error}')
    return time.monotonic() - begun


def show(row):
    value = '' if row['value'] is None else f'{row["value"]:,} {row["unit"]}'.strip()
    print(FORMAT.format(**row | {'value': value}).rstrip(), file=sys.stderr
          if show.apart else sys.stdout, flush=True)


show.apart = False


def document(asked, rows, samples, elapsed):
    machine = {'kernel': platform.release(), 'machine': platform.machine(),
               'cpus': len(os.sched_getaffinity(0)),
               'files_max': resource.getrlimit(resource.RLIMIT_NOFILE)[1]}
    return {'schema': 'ringside-storm/1', 'short': asked.short, 'host': machine, 'rows': rows,
            'elapsed_s': elapsed, 'samples': samples}


def main():
    asked = options()
    show.apart = asked.json == '-'
    isolated = isolate()
    signal.signal(signal.SIGALRM, too_long)
    names = asked.names or [name for name, scenario in SCENARIOS.items() if not scenario.asked_for]
    rows, samples, elapsed = [], {}, {}
    show({'scenario': 'scenario', 'backend': 'backend', 'figure': 'figure', 'value': None,
          'limit': 'limit', 'verdict': 'verdict', 'note': ''} | {'unit': ''})
    for backend in [asked.backend] if asked.backend else BACKENDS:
        why = missing(backend)
        for name in names:
            stage = Stage(name, backend, asked.short, asked.time)
            stage.isolated = isolated
            if why:
                stage.row('all', None, '', '', SKIPPED, why)
            else:
                elapsed[f'{name}/{backend}'] = round(perform(stage, SCENARIOS[name]), 1)
            for row in stage.rows:
                show(row)
            rows += stage.rows
            if stage.samples:
                samples[f'{name}/{backend}'] = stage.samples
    if asked.json:
        text = json.dumps(document(asked, rows, samples, elapsed), indent=1) + '\n'
        if asked.json == '-':
            sys.stdout.write(text)
        else:
            pathlib.Path(asked.json).write_text(text)
    return 1 if any(row['verdict'] == MISSED for row in rows) else 0


if __name__ == '__main__':
    sys.exit(main())
