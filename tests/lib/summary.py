"""Read Meson's test logs and say in one closing line how many tests passed, failed, were skipped.

Usage: summary.py [--passed=NAME | --failed=NAME]... BUILD-FOLDER...

A test that reports in TAP counts once for each of its points, and once more if it broke off.
--passed and --failed add the verdicts of checks that Meson knows nothing of.
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

LINES_SHOWN = 200


def read_points(log):
    """The TAP points of each test: {test: [(name, verdict, reason)]}."""
    points = {}
    for suite in ElementTree.parse(log.with_suffix('.junit.xml')).getroot().iter('testsuite'):
        test = suite.get('name').partition('.')[2]
        for case in suite.iter('testcase') if test else ():
            verdict = 'passed'
            if case.find('failure') is not None or case.find('error') is not None:
                verdict = 'failed'
            elif case.find('skipped') is not None:
                verdict = 'skipped'
            reason = case.findtext('system-out', default='')
            points.setdefault(test, []).append((case.get('name'), verdict, reason.strip()))
    return points


def skip_reason(entry):
    text = entry.get('stdout', '') + entry.get('stderr', '')
    tap = re.search(r'# skip\S*\s+(.*)', text, re.IGNORECASE)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return tap[1] if tap else lines[-1] if lines else 'no reason given'


def judge(entry, points):
    """The verdicts of one entry of testlog.json: [(name, verdict, reason)]."""
    name = entry['name'].rpartition(' / ')[2]
    result = entry['result']
    verdicts = [(f'{name}: {point}', verdict, reason)
                for point, verdict, reason in points.get(entry['name'], [])]
    if result in ('OK', 'EXPECTEDFAIL'):
        return verdicts or [(name, 'passed', '')]
    if result == 'SKIP':
        return verdicts or [(name, 'skipped', skip_reason(entry))]
    if any(verdict == 'failed' for _, verdict, _ in verdicts):
        return verdicts
    return verdicts + [(name, 'failed', f'{result.lower()}, exit code {entry["returncode"]}')]


def show_output(entry):
    """What a failed test printed, without the points that passed."""
    print(f'== {entry["name"]}: {" ".join(entry["command"])}')
    for stream in ('stdout', 'stderr'):
        lines = [line for line in entry.get(stream, '').splitlines() if not line.startswith('ok ')]
        print('\n'.join(lines[-LINES_SHOWN:]))


def read_folder(folder):
    # The log of tests under a wrapper has its name: testlog-valgrind.json.
    log = next((folder / 'meson-logs').glob('testlog*.json'), None)
    if log is None:
        return [(str(folder), 'failed', 'no test was run')]
    points = read_points(log)
    verdicts = []
    for entry in map(json.loads, log.read_text().splitlines()):
        if entry['result'] not in ('OK', 'EXPECTEDFAIL', 'SKIP'):
            show_output(entry)
        verdicts += judge(entry, points)
    return verdicts


def main(arguments):
    verdicts = []
    for argument in arguments:
        option = re.fullmatch(r'--(passed|failed)=(.*)', argument)
        if option:
            verdicts.append((option[2], option[1], ''))
        else:
            verdicts += read_folder(pathlib.Path(argument))
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    for name, verdict, reason in sorted(verdicts, key=lambda entry: entry[1], reverse=True):
        counts[verdict] += 1
        if verdict != 'passed':
            print(f'{verdict}: {name}' + (f' ({reason})' if reason else ''))
    print(', '.join(f'{count} {verdict}' for verdict, count in counts.items()))
    return 1 if counts['failed'] else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
