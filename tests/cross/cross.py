#!/usr/bin/env python3
"""ringside built for other machines and by other compilers, and its tests run there.

cross.py [--only NAME,...] [--table]

Exit code 0; 1 if something failed, 2 for a wrong command line. The last line is: N passed, N
failed, N skipped.
"""
import argparse
import fnmatch
import json
import os
import pathlib
import platform
import re
import shlex
import shutil
import subprocess
import sys
import time

import table
import toolchain
from targets import TARGETS

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests' / 'lib'))
import arguments  # noqa: E402
import summary  # noqa: E402

VERDICTS = 'passed', 'failed', 'skipped'
OUTPUT_LINES = 50
# Emulated, and beside whatever else is compiled here, a test may take much longer.
PATIENCE = 10
DEADLINE_S = '120'


def step(text):
    print(f'cross: {text}', flush=True)


def quietly(command, log):
    """Run a command whose output matters only if it fails."""
    with log.open('w', encoding='utf-8') as output:
        code = subprocess.run(command, cwd=ROOT, stdout=output, stderr=output,
                              stdin=subprocess.DEVNULL, check=False).returncode
    if code == 0:
        return True
    print('\n'.join(log.read_text(errors='replace').splitlines()[-OUTPUT_LINES:]))
    step(f'failed: {shlex.join(map(str, command))} (all of its output: {log})')
    return False


def missing(target):
    """What this machine lacks for the target, or ''."""
    machine = target.machine
    programs = [machine.compiler[0], machine.emulator] if machine else [target.compiler]
    absent = [program for program in programs if program and not shutil.which(program)]
    if platform.machine() != 'x86_64':
        return f'the targets are built on x86_64, and this machine is {platform.machine()}'
    return f'no {" and no ".join(absent)} here: ./dev setup cross' if absent else ''


def prepare(target, log):
    """See to it that the libraries of the target's machine are there."""
    if not target.machine:
        return True
    script, *arguments = target.machine.prepare
    return quietly([script, str(toolchain.root_of(target.machine)), *arguments], log)


def configure(target, folder):
    command = ['meson', 'setup', str(folder), '-Dtests=enabled', '-Dmanuals=disabled',
               f'-Doptimization={target.level}']
    if os.environ.get('CI') == 'true':
        command.append('-Dwerror=true')
    if target.machine:
        command += [f'-Dcriterion={target.machine.criterion}',
                    f'--cross-file={toolchain.describe(target.machine, folder)}']
    else:
        command = ['env', f'CC={target.compiler}', *command]
    if (folder / 'build.ninja').exists():
        command.append('--reconfigure')
    return quietly(command, folder / 'cross.log')


def tests_of(folder):
    """Names of the tests that Meson has there."""
    listed = subprocess.run(['meson', 'introspect', '--tests', str(folder)], check=True,
                            capture_output=True, text=True).stdout
    return [test['name'] for test in json.loads(listed)]


def choose(target, names):
    """Of the tests those that are run, and a verdict for each that the target is without."""
    chosen, left_out = [], []
    for name in names:
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in target.tests):
            continue
        reason = next((reason for pattern, reason in target.without.items()
                       if fnmatch.fnmatchcase(name, pattern)), '')
        if reason:
            left_out.append((name, 'skipped', reason))
        else:
            chosen.append(name)
    return chosen, left_out


def unmatched(target, names, verdicts):
    """A failure for each pattern of the target that stands for no test, as when one is renamed: of
    Meson's tests (names), or SUITE::NAME of those within, which verdicts tell."""
    within = [name for test, _, _ in verdicts for name in re.findall(r'\w+::\w+', test)]
    for pattern in *target.tests, *target.without:
        if not fnmatch.filter(within if '::' in pattern else names, pattern):
            yield (pattern, 'failed', 'it stands for no test: tests/cross/targets.py')


def run_tests(target, folder, tests):
    """Verdicts, as summary.read_folder() has them. No tests: Meson would run all there are."""
    if not tests:
        return [('all', 'failed', 'there is nothing to run')]
    environment = os.environ | {'RINGSIDE_TEST_WITHOUT': '\n'.join(
        f'{pattern}\t{reason}' for pattern, reason in target.without.items()),
        'RINGSIDE_TEST_DEADLINE_S': DEADLINE_S}
    if target.machine:
        environment['RINGSIDE_WRAPPER'] = shlex.join(toolchain.emulation(target.machine))
    for old in (folder / 'meson-logs').glob('testlog.*'):
        old.unlink()
    log = folder / 'cross.log'
    with log.open('w', encoding='utf-8') as output:
        subprocess.run(['meson', 'test', '-C', str(folder), '--timeout-multiplier', str(PATIENCE),
                        '--num-processes', str(len(os.sched_getaffinity(0))), *tests],
                       env=environment, check=False, cwd=ROOT, stdout=output, stderr=output)
    if not (folder / 'meson-logs/testlog.json').exists():
        print('\n'.join(log.read_text(errors='replace').splitlines()[-OUTPUT_LINES:]))
    return summary.read_folder(folder)


def run_target(name, target):
    """Build it and run its tests: their verdicts."""
    folder = ROOT / f'build-{name}'
    if missing(target):
        return [('all', 'skipped', missing(target))]
    folder.mkdir(exist_ok=True)
    step(f'{name}: libraries and configuration')
    if not prepare(target, folder / 'cross.log'):
        return [('libraries', 'failed', '')]
    if not configure(target, folder):
        return [('configuration', 'failed', '')]
    step(f'{name}: compiling and testing')
    names = tests_of(folder)
    tests, left_out = choose(target, names)
    verdicts = run_tests(target, folder, tests)
    return [*verdicts, *left_out, *unmatched(target, names, verdicts)]


def count(verdicts):
    """How many passed, failed, were skipped."""
    return [sum(verdict == wanted for _, verdict, _ in verdicts) for wanted in VERDICTS]


def show(name, verdicts):
    for test, verdict, reason in verdicts:
        if verdict != 'passed':
            print(f'{verdict}: {name}: {test}' + (f' ({reason})' if reason else ''))


def options():
    parser = arguments.Parser(
        prog='cross', description='ringside for other machines and by other compilers.',
        allow_abbrev=False)
    parser.add_argument('--only', metavar='NAME,...', default=','.join(TARGETS),
                        help='such as i386,s390x')
    parser.add_argument('--table', action='store_true',
                        help='put the results into the table of docs/kernels.md')
    asked = parser.parse_args()
    for name in asked.only.split(','):
        if name not in TARGETS:
            print(f"cross: --only: there is no target '{name}'; there are: {' '.join(TARGETS)}",
                  file=sys.stderr)
            sys.exit(2)
    return asked


def main():
    asked = options()
    rows, everything = {}, []
    for name in dict.fromkeys(asked.only.split(',')):
        start = time.monotonic()
        verdicts = run_target(name, TARGETS[name])
        show(name, verdicts)
        step(f'{name}: {time.monotonic() - start:.0f} s')
        if not missing(TARGETS[name]):
            rows[name] = table.row(name, TARGETS[name], count(verdicts))
        everything += verdicts
    if asked.table:
        table.write(rows, TARGETS)
    passed, failed, skipped = count(everything)
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
