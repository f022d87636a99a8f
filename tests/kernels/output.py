"""Results for people, for the continuous integration (JUnit) and for docs/kernels.md."""
import re
import xml.etree.ElementTree as ElementTree

import plan
import verdict

DOCUMENT = plan.ROOT / 'docs' / 'kernels.md'
BEGIN, END = '<!-- ./dev kernels: begin -->\n', '<!-- ./dev kernels: end -->\n'
NOTE_LINES = 30


def show(result):
    counts = ', '.join(f'{result.count(kind)} {kind}' for kind in
                       (verdict.PASSED, verdict.FAILED, verdict.SKIPPED))
    print(f'{result.kernel.name:11} {result.release or result.kernel.release:28} '
          f'{result.backend or "-":6} {counts}; {result.seconds:.0f} s')
    for point in result.points:
        if point.verdict == verdict.FAILED:
            print(f'failed: {result.kernel.name}: {point.job}: {point.name}')
            for line in point.note.splitlines()[-NOTE_LINES:]:
                print(f'    {line}')


def write_junit(results, path):
    root = ElementTree.Element('testsuites')
    for result in results:
        suite = ElementTree.SubElement(
            root, 'testsuite', name=f'kernel-{result.kernel.name}', tests=str(len(result.points)),
            failures=str(result.count(verdict.FAILED)), skipped=str(result.count(verdict.SKIPPED)),
            time=f'{result.seconds:.1f}')
        for point in result.points:
            case = ElementTree.SubElement(suite, 'testcase', classname=point.job, name=point.name)
            kind = {verdict.FAILED: 'failure', verdict.SKIPPED: 'skipped'}.get(point.verdict)
            if kind:
                note = re.sub(r'[^\t\n -~]', '?', point.note)
                ElementTree.SubElement(case, kind, message=note[:200]).text = note
    ElementTree.ElementTree(root).write(path, encoding='utf-8', xml_declaration=True)


def _row(title, cells):
    return f'| {title} | {" | ".join(cells)} |\n'


def _job_cell(result, job):
    if result.failed(job):
        return 'failed'
    points = [point for point in result.points if point.job == job]
    good = sum(point.verdict == verdict.PASSED for point in points)
    return str(good) if good else '-'


def table(results):
    """Kernels across, features and jobs down. Of a job: how many tests passed, - for none."""
    text = _row('', [result.kernel.name for result in results])
    text += '|' + '---|' * (len(results) + 1) + '\n'
    text += _row('release', [result.release for result in results])
    text += _row('`--backend auto` takes', [result.backend for result in results])
    for name, _, _ in plan.features():
        text += _row(f'`{name}`', ['yes' if result.probe['features'][name]['present'] else '-'
                                   for result in results])
    for job in ('serving', 'denied', *plan.CONTRACTS):
        text += _row(job, [_job_cell(result, job) for result in results])
    return text


def write_document(results):
    """Put the table in its place in docs/kernels.md."""
    before, begin, rest = DOCUMENT.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f'{DOCUMENT} does not say where its table is')
    DOCUMENT.write_text(before + begin + table(results) + end + after)
