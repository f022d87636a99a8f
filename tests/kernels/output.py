"""Results for people, for the continuous integration (JUnit) and for docs/kernels.md."""
import re
import xml.etree.ElementTree as ElementTree

import kernel
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


def _job_cell(result, job):
    if result.failed(job):
        return 'failed'
    points = [point for point in result.points if point.job == job]
    good = sum(point.verdict == verdict.PASSED for point in points)
    return str(good) if good else '-'


def column(result):
    """Of the table, as {row: cell}. Of a job: how many tests passed, - for none."""
    release = re.sub('(-cloud|-rt)?-amd64$', '', result.release)  # the kernel's name has that
    cells = {'release': release, '`--backend auto` takes': result.backend}
    for name, _, _ in plan.features():
        cells[f'`{name}`'] = 'yes' if result.probe['features'][name]['present'] else '-'
    for job in ('serving', 'denied', *plan.CONTRACTS):
        cells[job] = _job_cell(result, job)
    return cells


def read_table():
    """The table of docs/kernels.md, as {kernel: column}."""
    text = DOCUMENT.read_text().partition(BEGIN)[2].partition(END)[0]
    rows = [[cell.strip() for cell in line.strip('|').split('|')] for line in text.splitlines()]
    if not rows:
        return {}
    return {name: {row[0]: row[at] for row in rows[2:]} for at, name in enumerate(rows[0]) if at}


def _age(name):
    series, _, flavour = name.partition('-')
    return kernel.version_of(series), flavour


def _lines(columns):
    """Kernels across, features and jobs down."""
    names = sorted(columns, key=_age)
    yield ['', *names]
    yield ['---'] * (len(names) + 1)
    for title in columns[names[-1]]:
        yield [title, *(columns[name].get(title, '') for name in names)]


def write_table(results):
    """Put the kernels that were tried into the table of docs/kernels.md; others stay there."""
    columns = read_table()
    columns |= {result.kernel.name: column(result) for result in results if result.probe}
    before, begin, rest = DOCUMENT.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    lines = [f'| {" | ".join(cells)} |\n' for cells in _lines(columns)]
    DOCUMENT.write_text(before + begin + ''.join(lines) + END + after)
