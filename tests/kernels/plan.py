"""What is done on each kernel: jobs, each a program that prints TAP but for the first."""
import pathlib
import re

import initramfs

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROBE = 'probe'
FEATURE = 'feature-'  # the job of a feature is called so and its name
FEATURE_TEST = 'feature/each_in_effect_has_done_its_work'
LIMIT_S = 600  # of a job

# io_uring can be used from here on, and what may not be skipped there.
URING_SINCE = '6.0'
CONTRACTS = {'contract-epoll': 'epoll', 'contract-uring': 'uring'}


def features():
    """(name, backend, first kernel) of each row of docs/features.md, which a test holds against the
    table of features."""
    text = (ROOT / 'docs' / 'features.md').read_text()
    return re.findall(r'^\| `(\w+)` \| (?:on|off) \| (uring|both) \| ([0-9.]+|any) \|', text,
                      re.MULTILINE)


def _runs():
    """{feature: what it needs to have any work to do}, of tests/meson.build."""
    text = (ROOT / 'tests' / 'meson.build').read_text()
    text = text.partition('feature_runs = {')[2].partition('}')[0]
    return dict(re.findall(r"'(\w+)': '([^']*)'", text))


def _job(name, command, **environment):
    return {'name': name, 'command': [str(part) for part in command], 'limit_s': LIMIT_S,
            'environment': {'PATH': '/bin:/usr/bin', 'HOME': '/tmp', 'LC_ALL': 'C'} | environment}


def _contract(build, name, backend, words, *options):
    return _job(name, [build / 'tests/contract/contract', '--tap', '--jobs=4', *options],
                RINGSIDE_TEST_BACKEND=backend, RINGSIDE_TEST_FEATURES=words)


def _python(build, name):
    test = initramfs.INSIDE / f'test_{name}.py'
    return _job(name, [initramfs.PYTHON, '-BIS', test], RINGSIDE=str(build / 'ringside'),
                RINGSIDE_FORBID=str(build / 'tests/program/forbid'))


def programs(build):
    """What of a build the jobs start."""
    return [build / 'ringside', build / 'tests/contract/contract', build / 'tests/program/forbid']


def jobs(build):
    """The probe, and the kernel asked without us; what users do, what is denied, the contract, and
    each feature by itself, on a restricted ring."""
    found = [_job(PROBE, [build / 'ringside', 'probe', '--json']),
             *(_python(build, name) for name in ('trial', 'serving', 'denied'))]
    for name, backend in CONTRACTS.items():
        found.append(_contract(build, name, backend, ''))
    needs = _runs()
    for name, backend, _ in features():
        words = f'none,+restrictions,{needs[name]}+{name}'
        if backend == 'both':
            backend, words = 'epoll', f'none,+{name}'
        found.append(_contract(build, FEATURE + name, backend, words, '--filter', FEATURE_TEST))
    return found
