#!/usr/bin/env python3
"""ringside on the kernels of Debian's suites, each booted under QEMU.

kernels.py [--only 5.10,6.12,newest] [--keep-log] [--table]

Exit code 0; 1 if something failed on a kernel, 2 for a wrong command line. Where no kernels can be
had or booted they are skipped; with CI=true in the environment they have failed. The last line is:
N passed, N failed, N skipped.
"""
import argparse
import os
import pathlib
import platform
import shutil
import sys
import traceback
from concurrent import futures

import initramfs
import kernel
import machine
import mirror
import output
import plan
import verdict

sys.path.insert(0, str(plan.ROOT / 'tests' / 'lib'))
import arguments  # noqa: E402


def names(text):
    """The value of --only, as far as it can be judged without knowing which kernels there are."""
    for word in text.split(','):
        if not kernel.NAME.fullmatch(word):
            raise argparse.ArgumentTypeError(
                f"'{word}' is no kernel's name; such are 5.10, 6.12-cloud, 6.12-rt, oldest, newest")
    return text


def options():
    parser = arguments.Parser(
        prog='kernels', description="ringside on the kernels of Debian's suites.",
        allow_abbrev=False, add_help=False)
    parser.add_argument('--only', metavar='NAME,...', type=names,
                        help='such as 5.10, 6.12-cloud, 6.12-rt, oldest, newest')
    parser.add_argument('--keep-log', action='store_true',
                        help='keep what consoles said and jobs printed of good kernels too')
    parser.add_argument('--table', action='store_true',
                        help='put the results into the table of docs/kernels.md')
    # For ./dev, before it installs and builds; and for tests.
    parser.add_argument('--check', action='store_true', help='judge the command line alone')
    parser.add_argument('--build', type=pathlib.Path, default=plan.ROOT / 'build')
    return parser.parse_args()


def in_ci():
    return os.environ.get('CI') == 'true'


def missing():
    """What this machine lacks for it, or ''."""
    if platform.machine() != 'x86_64':
        return f'the kernels are for x86_64, and this machine is {platform.machine()}'
    if not shutil.which(machine.PROGRAM):
        return f'no {machine.PROGRAM} here: ./dev setup kernels'
    return ''


def at_hand():
    """The mirror and the kernels that it has; without one None, and those whose images are kept.
    Not so in CI, where the oldest and the newest have to be those that they are."""
    if missing():
        raise mirror.Unreachable(missing())
    try:
        source = mirror.Mirror(kernel.cache() / 'apt')
        found = kernel.choose(source.names(kernel.PACKAGES))
        if not found:
            raise mirror.Unreachable('the mirror has no kernels')
        return source, found
    except mirror.Unreachable as why:
        kept = kernel.choose(kernel.kept())
        if in_ci() or not kept:
            raise
        print(f'kernels: {why}: only those whose images are kept are tried', flush=True)
        return None, kept


def wanted(kernels, only):
    """The kernels that are asked for, or what is wrong with the question."""
    try:
        return kernel.select(kernels, only) if only else kernels, ''
    except LookupError as unknown:
        there = ' '.join(one.name for one in kernels)
        return [], f'--only: there is no kernel {unknown}; there are: {there}, oldest, newest'


def find_image(one, source):
    """The path of a kernel's image, or the result of one that has none."""
    try:
        return kernel.image(one, source)
    except (mirror.Unreachable, OSError) as why:
        return verdict.broken(one, 'image', str(why))


def try_one(one, image, folder, archive, jobs):
    if isinstance(image, verdict.Result):
        return image
    try:
        return verdict.judge(one, machine.boot(image, archive, folder, one.name), jobs)
    except Exception:  # whatever it is, it is about this kernel: others have results all the same
        return verdict.broken(one, 'boot', traceback.format_exc())


def try_all(kernels, images, folder, archive, jobs):
    """Boot them, as many at a time as there are processors; results in the order of kernels, each
    as soon as it and those before are there."""
    with futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        yield from pool.map(lambda one, image: try_one(one, image, folder, archive, jobs),
                            kernels, images)


def tidy_up(result, folder):
    for suffix in 'console', 'jsonl':
        (folder / f'{result.kernel.name}.{suffix}').unlink()


def finish(results, failed=0, skipped=0):
    passed, more_failed, more_skipped = [
        sum(result.count(kind) for result in results)
        for kind in (verdict.PASSED, verdict.FAILED, verdict.SKIPPED)]
    print(f'{passed} passed, {failed + more_failed} failed, {skipped + more_skipped} skipped',
          flush=True)
    return 1 if failed + more_failed else 0


def finish_without(why):
    """No kernel can be tried."""
    print(f'{verdict.FAILED if in_ci() else verdict.SKIPPED}: kernels ({why})')
    return finish([], failed=1) if in_ci() else finish([], skipped=1)


def try_and_show(kernels, source, build, keep_log):
    """Results of all; of each what it comes to is shown when it is there."""
    folder = build / 'kernels'
    folder.mkdir(parents=True, exist_ok=True)
    images = [find_image(one, source) for one in kernels]
    archive, jobs = folder / 'initramfs.cpio', plan.jobs(build)
    initramfs.write(archive, plan.programs(build), jobs)
    results = []
    for result in try_all(kernels, images, folder, archive, [job['name'] for job in jobs]):
        output.show(result)
        results.append(result)
        if not keep_log and result.count(verdict.FAILED) == 0:
            tidy_up(result, folder)
    output.write_junit(results, folder / 'junit.xml')
    return results


def main():
    asked = options()
    if asked.check:
        return 0
    try:
        source, kernels = at_hand()
    except mirror.Unreachable as why:
        return finish_without(why)
    kernels, wrong = wanted(kernels, asked.only)
    if wrong:
        print(f'kernels: {wrong}', file=sys.stderr)
        return 2
    print('kernels: booting', ' '.join(one.name for one in kernels), flush=True)
    results = try_and_show(kernels, source, asked.build.resolve(), asked.keep_log)
    if asked.table:
        output.write_table(results)
    return finish(results)


if __name__ == '__main__':
    sys.exit(main())
