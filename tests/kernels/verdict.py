"""What the records of a boot say of a kernel: points that passed, failed or were skipped."""
import dataclasses
import json
import re

import kernel
import plan

PASSED, FAILED, SKIPPED = 'passed', 'failed', 'skipped'
_POINT = re.compile(r'(not )?ok\b\s*\d*\s*-\s*(.*?)\s*(?:\([\d.,]+s\)\s*)?(?:#\s*skip\S*\s*(.*))?$',
                    re.IGNORECASE)
_NO_POINTS = re.compile(r'1\.\.0\s*#\s*skip\S*\s*(.*)', re.IGNORECASE)
_FILTERED = 'test was skipped'  # Criterion, of what --filter leaves out
# What does not depend on the kernel alone: transparent huge pages are a matter of its settings.
NOT_BY_VERSION = {'huge_pages'}
# 5.10.162 got the io_uring of 5.15.
BACKPORTED = {('sqpoll', '5.10')}
# There, and yet no engine uses it: it needs the multishot receive that loses ends on these kernels.
REFUSED = {('incremental', '6.17'), ('incremental', '6.18')}


@dataclasses.dataclass
class Point:
    job: str
    name: str
    verdict: str
    note: str = ''  # why it failed or was skipped


@dataclasses.dataclass
class Result:
    """Of a kernel. probe: the document of its probe, {} where there is none."""
    kernel: kernel.Kernel
    release: str = ''
    seconds: float = 0
    probe: dict = dataclasses.field(default_factory=dict)
    points: list = dataclasses.field(default_factory=list)
    ran: set = dataclasses.field(default_factory=set)  # jobs of which something passed

    @property
    def backend(self):
        return self.probe.get('backend', {}).get('effective', '')

    def count(self, verdict):
        return sum(point.verdict == verdict for point in self.points)

    def failed(self, job):
        return any(point.job == job and point.verdict == FAILED for point in self.points)


def read_job(name, lines, code):
    """The points of a job that has printed TAP and ended."""
    points, remarks = [], []
    for line in lines:
        nothing, point = _NO_POINTS.match(line), _POINT.match(line)
        if nothing:
            points.append(Point(name, name, SKIPPED, nothing[1]))
        elif point and point[3] == _FILTERED:
            remarks = []
        elif point:
            verdict = FAILED if point[1] else SKIPPED if point[3] is not None else PASSED
            note = '\n'.join(remarks) if verdict == FAILED else point[3] or ''
            points.append(Point(name, point[2], verdict, note))
            remarks = []
        elif not line.startswith('1..'):
            # Some tell why before they say that it failed, and some after.
            remarks.append(line)
            if points and points[-1].verdict == FAILED:
                points[-1].note += '\n' + line
    if code != 0 and not any(point.verdict == FAILED for point in points):
        points.append(Point(name, name, FAILED, '\n'.join(remarks + [f'exit code {code}'])))
    if not points:
        points.append(Point(name, name, FAILED, 'it said nothing'))
    return points


def read_probe(lines, code):
    """The probe's document, and the point that says whether there is one."""
    try:
        document = json.loads('\n'.join(lines)) if code == 0 else {}
    except ValueError:
        document = {}
    verdict = PASSED if document else FAILED
    return document, Point(plan.PROBE, plan.PROBE, verdict, '' if document else '\n'.join(lines))


def _agrees(name, good, note):
    return Point('truth', name, PASSED if good else FAILED, '' if good else note)


def expected(name, since, series):
    """Does the kernel have the feature, as docs/features.md tells it?"""
    there = since == 'any' or kernel.version_of(series) >= kernel.version_of(since)
    return there or (name, series) in BACKPORTED


def check_since(result):
    """The table of features against the probe: present from the kernel on that the table names."""
    for name, _, since in plan.features():
        state = result.probe['features'].get(name, {'present': None, 'reason': 'no such feature'})
        if name not in NOT_BY_VERSION:
            right = state['present'] == expected(name, since, result.kernel.series)
            yield _agrees(f'{name} since {since}', right,
                          f'the probe says {state["present"]}: {state["reason"]}')


def check_trials(result):
    """The probe against what an engine did with each feature: it did its work where the probe says
    that it can, and nowhere else."""
    for name, backend, _ in plan.features():
        present = result.probe['features'].get(name, {}).get('present')
        can = (bool(present) and (backend == 'both' or result.backend == 'uring') and
               (name, result.kernel.series) not in REFUSED)
        job = plan.FEATURE + name
        did = job in result.ran and not result.failed(job)
        yield _agrees(f'{name} works if it is there', did == can,
                      f'the probe says {present}, the engine has {"" if did else "not "}used it')


def check_backend(result):
    """io_uring from the first kernel on that is said to suffice, and all of its contract."""
    suffices = result.kernel.version >= kernel.version_of(plan.URING_SINCE)
    yield _agrees('auto takes the right backend', result.backend == ('uring' if suffices
                                                                     else 'epoll'),
                  f'auto takes {result.backend}: {result.probe["backend"]["reason"]}')
    for name, backend in plan.CONTRACTS.items():
        if backend == 'epoll' or suffices:
            yield _agrees(f'{name} was run', name in result.ran, 'it was skipped')


def check_records(records, jobs):
    """Each record could be read, and each job of the plan has come to its end."""
    garbled = [record['garbled'] for record in records if 'garbled' in record]
    if garbled:
        yield Point('boot', 'records', FAILED, '\n'.join(['these are no JSON:', *garbled]))
    ended = {record.get('job') for record in records if 'code' in record}
    for name in jobs:
        if name not in ended:
            said = [record['line'] for record in records
                    if record.get('job') == name and 'line' in record]
            yield Point(name, name, FAILED, '\n'.join([*said, 'it did not come to its end']))


def read_records(result, records):
    """Take what the jobs printed into the result, as each of them ends."""
    lines = {}
    for record in records:
        name = record.get('job')
        if 'release' in record:
            result.release = record['release']
        elif 'line' in record:
            lines.setdefault(name, []).append(record['line'])
        elif 'code' in record and name == plan.PROBE:
            result.probe, point = read_probe(lines.get(name, []), record['code'])
            result.points.append(point)
        elif 'code' in record:
            result.points += read_job(name, lines.get(name, []), record['code'])


def broken(tried, job, why):
    """Of a kernel that could not be tried to its end, for a reason that is not its own."""
    return Result(tried, points=[Point(job, job, FAILED, why)])


def judge(tried, boot, jobs):
    """All that a boot says of a kernel. jobs: names of those that were to run."""
    result = Result(tried, seconds=boot.seconds)
    read_records(result, boot.records)
    result.points += check_records(boot.records, jobs)
    result.ran = {point.job for point in result.points if point.verdict == PASSED}
    if boot.trouble:
        result.points.append(Point('boot', 'boot', FAILED, f'{boot.trouble}\n{boot.console}'))
    elif result.probe:
        for check in check_since, check_trials, check_backend:
            result.points += check(result)
    return result
