"""Runs fuzz targets under libFuzzer: what was executed, what was reached, what broke.

    fuzz.py BUILD [--list] [--time TIME] [--jobs N] [--minimize] [TARGET...|all]

Inputs that were found stay in BUILD/corpus/TARGET, and the next run begins with them. Those that
reach what none of tests/fuzz/corpus/TARGET does are copied there, as few as possible.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
INPUT_BYTES = 4096   # as replay.c has it
INPUT_SECONDS = 20
MEMORY_MIB = 2048
# Half of the time would go into stacks of every allocation, that only the input that breaks needs;
# run by itself it has them.
ENVIRONMENT = os.environ | {
    'ASAN_OPTIONS': 'malloc_context_size=1:quarantine_size_mb=16',
    # The libraries that are built with us go on without it.
    'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1',
}
# So many branches that nothing else reaches are worth a file in the repository: one, or where there
# are very many ways through the same code, more.
GAIN = 1
GAINS = {'command-line': 2, 'compare': 3, 'convert': 3, 'load': 2, 'report': 3, 'value': 2}
# libFuzzer's names of files; what has another one is kept whatever it reaches.
FOUND = re.compile(r'[0-9a-f]{40}')


def target_names():
    return sorted(path.stem[len('fuzz_'):].replace('_', '-') for path in HERE.glob('fuzz_*.c'))


def seconds(text):
    """A time as the commands take it: 90, 90s, 10m, 1h."""
    found = re.fullmatch(r'([0-9]+(?:\.[0-9]+)?)(s|m|h|)', text)
    if not found or float(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no time above 0, as 60s, 10m or 1h are")
    return float(found[1]) * {'h': 3600, 'm': 60}.get(found[2], 1)


def jobs(text):
    if not re.fullmatch('[1-9][0-9]{0,2}', text):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of jobs, as 1 and 8 are")
    return int(text)


def from_root(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


class Target:
    def __init__(self, name, build):
        self.name = name
        self.program = build / 'tests' / 'fuzz' / f'fuzz-{name}'
        self.kept = HERE / 'corpus' / name
        self.found = build / 'corpus' / name
        self.crashes = build / 'crashes'
        for folder in (self.kept, self.found, self.crashes):
            folder.mkdir(parents=True, exist_ok=True)

    def command(self, *arguments):
        dictionary = HERE / f'{self.name}.dict'
        words = [f'-dict={dictionary}'] if dictionary.exists() else []
        return [str(self.program), f'-max_len={INPUT_BYTES}', f'-timeout={INPUT_SECONDS}',
                f'-rss_limit_mb={MEMORY_MIB}', '-len_control=10', '-entropic=0',
                *words, *map(str, arguments)]

    def fuzz(self, duration):
        """One run of libFuzzer. Returns what it said, with its exit code."""
        command = self.command(f'-max_total_time={max(1, round(duration))}',
                               '-print_final_stats=1',
                               f'-artifact_prefix={self.crashes}/{self.name}-',
                               self.found, self.kept)
        run = subprocess.run(command, capture_output=True, text=True, errors='replace',
                             stdin=subprocess.DEVNULL, env=ENVIRONMENT, check=False)
        return run.returncode, run.stderr

    def reached(self):
        """Of each input what it reaches, by libFuzzer's numbers of branches."""
        control, merged = self.found.parent / f'{self.name}.control', self.found / '.merged'
        control.unlink(missing_ok=True)
        merged.mkdir(exist_ok=True)
        try:
            subprocess.run(self.command('-set_cover_merge=1', '-use_counters=0',
                                        f'-artifact_prefix={self.crashes}/{self.name}-',
                                        f'-merge_control_file={control}', merged, self.kept,
                                        self.found),
                           capture_output=True, stdin=subprocess.DEVNULL, env=ENVIRONMENT,
                           check=True)
            return self.tell_broken(control.read_text())
        finally:
            shutil.rmtree(merged)
            control.unlink(missing_ok=True)

    def tell_broken(self, control):
        """What is reached, without the inputs that break the target: they are told of."""
        paths, reached = read_control(control)
        for path in paths:
            if path not in reached:
                print(f'{self.name}: {from_root(path)} breaks it')
        return reached

    def keep_new(self):
        """Copy into the repository what reaches more. Returns how many files."""
        reached = self.reached()
        covered = set()
        for path, branches in list(reached.items()):
            if path.parent == self.kept:
                covered |= branches
                del reached[path]
        chosen = choose(reached, covered, GAINS.get(self.name, GAIN))
        for path in chosen:
            shutil.copy(path, self.kept / path.name)
        return len(chosen)

    def minimize(self):
        """Choose anew which inputs are in the repository. Returns how many there are."""
        reached = self.reached()
        covered = set()
        for path, branches in list(reached.items()):
            if path.parent == self.kept and not FOUND.fullmatch(path.name):
                covered |= branches
                del reached[path]
        gain = GAINS.get(self.name, GAIN)
        chosen = {path.name: path.read_bytes() for path in choose(reached, covered, gain)}
        for path in self.kept.iterdir():
            if FOUND.fullmatch(path.name) and path.name not in chosen:
                path.rename(self.found / path.name)
        for name, data in chosen.items():
            (self.kept / name).write_bytes(data)
        return sum(1 for _ in self.kept.iterdir())


def read_control(text):
    """libFuzzer's control file: the count of files, of those to be merged into, their paths; then
    for each a line FT NUMBER BRANCH..."""
    lines = text.splitlines()
    count = int(lines[0])
    paths = [pathlib.Path(line) for line in lines[2:2 + count]]
    reached = {}
    for line in lines[2 + count:]:
        words = line.split()
        if words and words[0] == 'FT':
            reached[paths[int(words[1])]] = set(words[2:])
    return paths, reached


def choose(reached, covered, gain):
    """As few inputs as a greedy choice needs for what is not covered yet; of two that reach as much
    the shorter one."""
    chosen, left = [], dict(reached)
    sizes = {path: path.stat().st_size for path in left}
    while left:
        best = max(left, key=lambda path: (len(left[path] - covered), -sizes[path], path.name))
        if len(left[best] - covered) < gain:
            break
        covered = covered | left.pop(best)
        chosen.append(best)
    return chosen


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


Outcome = collections.namedtuple('Outcome', 'executions branches crash text')


def fuzz_one(target, duration):
    code, text = target.fuzz(duration)
    crash = re.search(r'Test unit written to (\S+)', text)
    if code != 0 and not crash:
        return Outcome(0, 0, '', text)
    return Outcome(number(r'number_of_executed_units: *(\d+)', text),
                   number(r'\bcov: (\d+)', text), crash[1] if crash else None, text)


def tell_crash(target, outcome):
    lines = [line for line in outcome.text.splitlines() if not re.match(r'#\d+\t', line)]
    print('\n'.join(lines[-60:]))
    if outcome.crash:
        path = from_root(pathlib.Path(outcome.crash))
        again = from_root(target.program)
        print(f'{target.name}: an input breaks it: {path}')
        print(f'again: {again} {shlex.quote(str(path))}')
    else:
        print(f'{target.name}: libFuzzer could not run')


def fuzz_all(targets, arguments):
    """Every target for its share of the time. Returns the exit code."""
    work = targets if len(targets) > 1 else targets * arguments.jobs
    share = arguments.time * arguments.jobs / len(work)
    total, failed, began = 0, False, time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        futures = {pool.submit(fuzz_one, target, share): target for target in work}
        for future in concurrent.futures.as_completed(futures):
            target, outcome = futures[future], future.result()
            total += outcome.executions
            if outcome.crash is not None:
                tell_crash(target, outcome)
                failed = True
                continue
            new = target.keep_new()
            print(f'{target.name}: {outcome.executions} executions, {outcome.branches} branches '
                  f'reached, {new} new in {from_root(target.kept)}', flush=True)
    print(f'{total} executions in {time.monotonic() - began:.0f} s'
          f'{"; something is wrong, see above" if failed else ""}')
    return 1 if failed else 0


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog='./dev fuzz', add_help=False,
        usage='./dev fuzz [--time TIME] [--jobs N] [--minimize] TARGET...|all|--list')
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('targets', nargs='*')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--minimize', action='store_true')
    parser.add_argument('--time', type=seconds, default=60)
    parser.add_argument('--jobs', type=jobs, default=1)
    arguments = parser.parse_intermixed_args()
    names = target_names()
    if arguments.targets == ['all']:
        arguments.targets = names
    for name in arguments.targets:
        if name not in names:
            parser.error(f"there is no target '{name}', but {', '.join(names)}")
    if not arguments.list and not arguments.targets:
        parser.error('a TARGET is missing; --list has them, and all means each')
    return arguments


def main():
    arguments = parse_arguments()
    if arguments.list:
        print('\n'.join(target_names()))
        return 0
    targets = [Target(name, arguments.build.resolve()) for name in arguments.targets]
    if not arguments.minimize:
        return fuzz_all(targets, arguments)
    for target in targets:
        print(f'{target.name}: {target.minimize()} inputs in {from_root(target.kept)}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
