"""The table of docs/kernels.md of what was run for which machine."""
import pathlib
import textwrap

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / 'docs' / 'kernels.md'
BEGIN, END = '<!-- ./dev cross: begin -->\n', '<!-- ./dev cross: end -->\n'
TITLES = ['name', 'machine, C library', 'compiler', 'run by', 'passed', 'failed', 'skipped']


def row(name, target, counts):
    """Cells of a target that was run. counts: passed, failed, skipped."""
    emulator = target.machine.emulator if target.machine else ''
    return [name, target.what, f'{target.compiler} -O{target.level}',
            emulator.removesuffix('-static') or 'this processor', *map(str, counts)]


def read():
    """The table as it stands in the document: {name: cells}."""
    text = DOCUMENT.read_text().partition(BEGIN)[2].partition(END)[0]
    rows = [[cell.strip() for cell in line.strip('|').split('|')]
            for line in text.splitlines() if line.startswith('|')]
    return {cells[0]: cells for cells in rows[2:]}


def _notes(targets):
    """What is left out where, and why: an item a reason."""
    reasons = {}
    for name, target in targets.items():
        for pattern, reason in target.without.items():
            names, patterns = reasons.setdefault(reason, ({}, {}))
            names[name] = patterns[f'`{pattern}`'] = True
    for reason, (names, patterns) in reasons.items():
        yield textwrap.fill(f'- {", ".join(names)}: {", ".join(patterns)}: {reason}.', 100,
                            subsequent_indent='  ', break_long_words=False,
                            break_on_hyphens=False) + '\n'


def write(results, targets):
    """Put what was run, {name: cells}, into the table; other targets stay there as they are."""
    rows = read() | results
    lines = [TITLES, ['---'] * len(TITLES), *(rows[name] for name in targets if name in rows)]
    before, begin, rest = DOCUMENT.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    table = ''.join(f'| {" | ".join(cells)} |\n' for cells in lines)
    notes = ''.join(_notes({name: targets[name] for name in targets if name in rows}))
    DOCUMENT.write_text(f'{before}{begin}{table}\nLeft out, and counted as skipped:\n\n{notes}'
                        f'{END}{after}')
