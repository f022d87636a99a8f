#!/usr/bin/env python3
"""ringside on the kernels of Debian's suites, each booted under QEMU.

kernels.py [--only 5.10,6.12,newest] [--keep-log] [--table] BUILD-FOLDER

Exit code 0; 1 if something failed on a kernel, 2 for a wrong command line. The last line is: N
passed, N failed, N skipped.
"""
import argparse
import os
import pathlib
import platform
import shutil
import sys
from concurrent import futures

import initramfs
import kernel
import machine
import mirror
import output
import plan
import verdict


def options():
    parser = argparse.ArgumentParser(
        prog='kernels', description="ringside on the kernels of Debian's suites.",
        allow_abbrev=False)
    parser.add_argument('--only', metavar='NAME,...',
                        help='such as 5.10, 6.12-cloud, 6.12-rt, oldest, newest')
    parser.add_argument('--keep-log', action='store_true',
                        help='keep what consoles said and jobs printed of good kernels too')
    parser.add_argument('--table', action='store_true',
                        help='put the results into the table of docs/kernels.md')
    parser.add_argument('build', metavar='BUILD-FOLDER', type=pathlib.Path)
    return parser.parse_args()


def missing():
    """What this machine lacks for it, or ''."""
    if platform.machine() != 'x86_64':
        return f'the kernels are for x86_64, and this machine is {platform.machine()}'
    if not shutil.which(machine.PROGRAM):
        return f'no {machine.PROGRAM} here: ./dev setup kernels'
    return ''


def wanted(source, only):
    """The kernels that are asked for, or what is wrong with the question."""
    kernels = kernel.choose(source.names(kernel.PACKAGES))
    try:
        return kernel.select(kernels, only) if only else kernels, ''
    except LookupError as unknown:
        names = ' '.join(one.name for one in kernels)
        return [], f'--only: there is no kernel {unknown}; there are: {names}, oldest, newest'


def try_all(kernels, images, folder, archive, jobs):
    """Boot them, as many at a time as there are processors; results in the order of kernels, each
    as soon as it and those before are there."""
    def boot(one, image):
        return verdict.judge(one, machine.boot(image, archive, folder, one.name), jobs)

    with futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        yield from pool.map(boot, kernels, images)


def tidy_up(result, folder):
    for suffix in 'console', 'jsonl':
        (folder / f'{result.kernel.name}.{suffix}').unlink()


def finish(results, skipped=0):
    counts = [sum(result.count(kind) for result in results)
              for kind in (verdict.PASSED, verdict.FAILED, verdict.SKIPPED)]
    print(f'{counts[0]} passed, {counts[1]} failed, {counts[2] + skipped} skipped', flush=True)
    return 1 if counts[1] else 0


def main():
    asked = options()
    build = asked.build.resolve()
    folder = build / 'kernels'
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if missing():
            raise mirror.Unreachable(missing())
        source = mirror.Mirror(kernel.cache() / 'apt')
        kernels, wrong = wanted(source, asked.only)
        images = [kernel.image(one, source) for one in kernels]
    except mirror.Unreachable as why:
        print(f'skipped: kernels ({why})')
        return finish([], skipped=1)
    if wrong:
        print(f'kernels: {wrong}', file=sys.stderr)
        return 2
    archive = folder / 'initramfs.cpio'
    jobs = plan.jobs(build)
    initramfs.write(archive, plan.programs(build), jobs)
    results = []
    for result in try_all(kernels, images, folder, archive, [job['name'] for job in jobs]):
        output.show(result)
        results.append(result)
        if not asked.keep_log and result.count(verdict.FAILED) == 0:
            tidy_up(result, folder)
    output.write_junit(results, folder / 'junit.xml')
    if asked.table:
        output.write_table(results)
    return finish(results)


if __name__ == '__main__':
    sys.exit(main())
