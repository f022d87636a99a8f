"""Build ringside for other machines and by other compilers, and run its tests there.

    cross.py [--only NAME,...] [--table FILE]

The last line is: N passed, N failed, N skipped. Exits with 1 if any failed.
"""
import argparse
import fnmatch
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

from targets import TARGETS

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache',
                     'ringside', 'cross')
# Where the table stands in a document.
BEGIN, END = '<!-- builds: ./dev cross --table -->', '<!-- builds end -->'
sys.path.insert(0, str(ROOT / 'tests/lib'))
import summary  # noqa: E402


def step(text):
    print(f'cross: {text}', flush=True)


def quietly(command, log):
    """Run a command whose output matters only if it fails."""
    with log.open('w', encoding='utf-8') as output:
        code = subprocess.run(command, cwd=ROOT, stdout=output, stderr=output,
                              stdin=subprocess.DEVNULL, check=False).returncode
    if code == 0:
        return True
    print('\n'.join(log.read_text(errors='replace').splitlines()[-50:]))
    step(f'failed: {" ".join(map(str, command))} (all of its output: {log})')
    return False


def root_of(machine):
    """Where the libraries of the machine are."""
    return CACHE / machine.folder


def emulation(machine):
    """What programs of the machine are started by here."""
    return [machine.emulator, '-L', str(root_of(machine))] if machine.emulator else []


def loader(machine):
    """Without an emulator, programs that are not static have to know where their libraries are."""
    folders = [root_of(machine) / folder for folder in machine.libraries]
    dynamic = next(folders[0].glob('ld-linux*.so.2'), None)
    if machine.emulator or not dynamic:
        return []
    # Old tags: what the libraries need in turn is looked for there too.
    return ['-Wl,--disable-new-dtags', f'-Wl,-rpath,{":".join(map(str, folders))}',
            f'-Wl,--dynamic-linker={dynamic}']


def machine_file(machine):
    """How Meson is told of a machine."""
    root = root_of(machine)

    def placed(words):
        return [word.format(root=root) for word in words]
    options = {'c_args': [], 'c_link_args': []} | {
        name: placed(value) if isinstance(value, list) else value
        for name, value in machine.options.items()}
    options['c_link_args'] += loader(machine)
    packages = [str(root / folder / 'pkgconfig') for folder in (*machine.libraries, 'usr/share')]
    return '\n'.join([
        '[binaries]',
        f'c = {placed(machine.compiler)}',
        f"ar = '{machine.tools}ar'",
        f"strip = '{machine.tools}strip'",
        "pkgconfig = 'pkg-config'",
        *([f'exe_wrapper = {emulation(machine)}'] if machine.emulator else []),
        '[built-in options]',
        *(f'{name} = {str(value).lower() if value is True else value}'
          for name, value in options.items()),
        '[properties]',
        *([f"sys_root = '{root}'"] if machine.sysroot else []),
        f'pkg_config_libdir = {packages}',
        f'needs_exe_wrapper = {str(bool(machine.emulator)).lower()}',
        '[host_machine]',
        "system = 'linux'",
        f"cpu_family = '{machine.family}'",
        f"cpu = '{machine.family}'",
        f"endian = '{machine.endian}'", ''])


def describe(machine, folder):
    """Write the machine's file into the folder; Meson keeps what it was told first, so whatever was
    built by another one goes."""
    path, text = folder / 'machine.ini', machine_file(machine)
    if path.exists() and path.read_text() != text:
        shutil.rmtree(folder)
        folder.mkdir()
    path.write_text(text)
    return path


def configure(name, target, folder):
    command = ['meson', 'setup', str(folder), '-Dtests=enabled', '-Dmanuals=disabled',
               f'-Doptimization={target.level}']
    if os.environ.get('CI') == 'true':
        command.append('-Dwerror=true')
    if target.machine:
        command += ['-Dcriterion=stand-in', f'--cross-file={describe(target.machine, folder)}']
    else:
        command = ['env', f'CC={target.compiler}', *command]
    if (folder / 'build.ninja').exists():
        command.append('--reconfigure')
    step(f'{name}: configuring {folder.name}')
    return quietly(command, folder / 'cross.log')


def chosen_tests(target, folder):
    """Names of Meson's tests that the target runs."""
    listed = subprocess.run(['meson', 'introspect', '--tests', str(folder)], check=True,
                            capture_output=True, text=True).stdout
    names = [test['name'] for test in json.loads(listed)]


    def is_any(name, patterns):
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    return [name for name in names
            if is_any(name, target.tests) and not is_any(name, target.without)]


def run_target(name, target):
    """Verdicts, as summary.read_folder() has them."""
    folder = ROOT / f'build-{name}'
    folder.mkdir(exist_ok=True)
    machine = target.machine
    if machine:
        script, *arguments = machine.prepare
        if not quietly([script, str(root_of(machine)), *arguments], folder / 'cross.log'):
            return [('libraries', 'failed', '')]
    if not configure(name, target, folder):
        return [('configuring', 'failed', '')]
    tests = chosen_tests(target, folder)
    environment = os.environ | {'RINGSIDE_TEST_WITHOUT': '\n'.join(
        f'{pattern}\t{reason}' for pattern, reason in target.without.items())}
    if machine:
        environment['RINGSIDE_WRAPPER'] = shlex.join(emulation(machine))
    step(f'{name}: compiling and testing')
    for old in (folder / 'meson-logs').glob('testlog.*'):
        old.unlink()
    with (folder / 'cross.log').open('w', encoding='utf-8') as log:
        subprocess.run(['meson', 'test', '-C', str(folder), '--num-processes',
                        str(2 * len(os.sched_getaffinity(0))), '--timeout-multiplier', '4',
                        *tests], env=environment, check=False, cwd=ROOT, stdout=log, stderr=log)
    if not (folder / 'meson-logs/testlog.json').exists():
        print('\n'.join((folder / 'cross.log').read_text(errors='replace').splitlines()[-50:]))
    return summary.read_folder(folder)


def count(verdicts, wanted):
    return sum(verdict == wanted for _, verdict, _ in verdicts)


def row(name, target, verdicts):
    """A line of the table of what was run."""
    where = target.machine.emulator if target.machine and target.machine.emulator else 'processor'
    return (f'| {name} | {target.what} | {target.compiler} -O{target.level} | {where} '
            f'| {count(verdicts, "passed")} | {count(verdicts, "failed")} '
            f'| {count(verdicts, "skipped")} |')


def notes(targets):
    """What is left out where, and why."""
    reasons = {}
    for name, target in targets.items():
        for pattern, reason in target.without.items():
            reasons.setdefault((pattern, reason), []).append(name)
    return [f'- {", ".join(names)}: without `{pattern}`, since {reason}.'
            for (pattern, reason), names in reasons.items()]


def write_table(path, results):
    """Replace what stands between the marks."""
    text = path.read_text(encoding='utf-8')
    before, mark, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        sys.exit(f'cross: {path} has no lines {BEGIN} and {END}, between which the table stands')
    table = ['| name | for | compiler | run by | passed | failed | skipped |',
             '|---|---|---|---|---|---|---|',
             *(row(name, TARGETS[name], verdicts) for name, verdicts in results.items()), '',
             *notes({name: TARGETS[name] for name in results})]
    path.write_text('\n'.join([before + mark, *table, end + after]), encoding='utf-8')


def names(text):
    wanted = text.split(',')
    for name in wanted:
        if name not in TARGETS:
            raise argparse.ArgumentTypeError(f"there is no target '{name}': {', '.join(TARGETS)}")
    return wanted


def main():
    parser = argparse.ArgumentParser(prog='./dev cross', description=__doc__.splitlines()[0])
    parser.add_argument('--only', type=names, default=list(TARGETS), metavar='NAME,...',
                        help='these of: ' + ', '.join(TARGETS))
    parser.add_argument('--table', type=pathlib.Path, metavar='FILE',
                        help=f'write what was run into FILE, between {BEGIN} and {END}')
    arguments = parser.parse_args()
    results = {}
    for name in arguments.only:
        start = time.monotonic()
        results[name] = run_target(name, TARGETS[name])
        step(f'{name}: {time.monotonic() - start:.0f} s')
    if arguments.table:
        write_table(arguments.table, results)
    verdicts = [(f'{name}: {test}', verdict, reason) for name, found in results.items()
                for test, verdict, reason in found]
    for test, verdict, reason in verdicts:
        if verdict != 'passed':
            print(f'{verdict}: {test}' + (f' ({reason})' if reason else ''))
    print(', '.join(f'{count(verdicts, word)} {word}'
                    for word in ('passed', 'failed', 'skipped')))
    return count(verdicts, 'failed') > 0


if __name__ == '__main__':
    sys.exit(main())
