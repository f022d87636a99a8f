"""What the tests reach of the lines of src, by gcovr, and what of it is too little.

    coverage.py REPORT [--show]     REPORT is what gcovr --json writes

Prints the files that miss the most lines, every parser that misses any, and a line for each limit
that is not reached; exits with 1 if there is one. --show: not all tests were run, so nothing is
judged.
"""
import dataclasses
import json
import pathlib
import sys

PARSER_LEAST = 95
PROJECT_LEAST = 90
WORST_SHOWN = 15
# The simulated machine that tests run on.
LEFT_OUT = 'src/sim/'

# What reads what somebody else has written: the network, files, command lines, the kernel's text.
PARSERS = {
    'ablate': ('feature_set',),
    'base': ('character', 'command_line', 'cpu', 'job', 'job_file', 'job_list', 'json', 'key_file',
             'option', 'option_value', 'text', 'unit'),
    'compare': ('floor', 'metric', 'options'),
    'confine': ('user',),
    'engine': ('choice', 'feature'),
    'experiment': ('list', 'workload'),
    'find': ('options',),
    'load': ('chargen', 'client', 'datagram', 'irtt_client', 'options_check', 'options_times',
             'server_stats', 'stamp_sender', 'stream', 'target', 'trip_exchange', 'trip_table',
             'trip_ways', 'value'),
    'measure': ('delays_json', 'histogram_code', 'histogram_json', 'percentile', 'reading',
                'signed_histogram_json', 'size_mix', 'split_json', 'steady', 'threshold'),
    'merge': ('both_ends', 'combine', 'match', 'part', 'rows', 'sum', 'window'),
    'net': ('address', 'prefix', 'sockopt', 'url'),
    'report': ('input', 'svg'),
    'sample': ('documents', 'gobench', 'hyperfine', 'join', 'read', 'samples_json'),
    'serve': ('accept_header', 'admission', 'config_check', 'config_print', 'config_source',
              'guard', 'inject_rule', 'metric_text', 'passed', 'port_list', 'process_files',
              'rate_option'),
    'service': ('chargen', 'ctime', 'daytime', 'discard', 'echo', 'greeting', 'irtt',
                'irtt_session', 'irtt_stamps', 'ntp', 'service', 'sockperf', 'stamp',
                'stamp_extension', 'stamp_session', 'stamped', 'time', 'timetext'),
    'sweep': ('options', 'parameter'),
    'talk': ('clocks', 'hex', 'options', 'protocol', 'reader', 'testers'),
    'usage': ('proc_file', 'proc_net', 'proc_process', 'proc_stat', 'server'),
    'wire': ('hmac', 'irtt', 'stamp', 'stamp_tlv', 'wall'),
}


@dataclasses.dataclass
class Source:
    path: str
    lines: int
    missing: list

    @property
    def share(self):
        return percent(self.lines - len(self.missing), self.lines)


def percent(part, whole):
    return 100 * part / whole if whole else 100


def parser_paths():
    return {f'src/{folder}/{name}.c' for folder, names in PARSERS.items() for name in names}


def read_sources(report):
    """The C files of a report. (What a header has inline counts with whoever includes it.)"""
    sources = []
    for file in report['files']:
        if not file['file'].endswith('.c') or file['file'].startswith(LEFT_OUT):
            continue
        lines = [line for line in file['lines'] if not line.get('gcovr/noncode')]
        missing = [line['line_number'] for line in lines if line['count'] == 0]
        sources.append(Source(file['file'], len(lines), sorted(missing)))
    return sources


def ranges(numbers):
    """[1, 2, 3, 7] as '1-3, 7'."""
    runs = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ', '.join(str(first) if first == last else f'{first}-{last}' for first, last in runs)


def print_table(title, sources, which=False):
    print(f'{title:40} {"lines":>6} {"missed":>6} {"%":>6}{"  which" if which else ""}')
    for source in sources:
        numbers = '  ' + ranges(source.missing) if which else ''
        print(f'{source.path:40} {source.lines:6} {len(source.missing):6} {source.share:6.1f}'
              f'{numbers}')
    print()


def complaints(sources, parsers):
    """A sentence for each limit that is missed."""
    known = {source.path: source for source in sources}
    for path in sorted(parsers):
        if path not in known:
            yield f'{path}: no such file was measured, but tests/lib/coverage.py lists it'
        elif known[path].share < PARSER_LEAST:
            yield f'{path}: {known[path].share:.1f} %, less than the {PARSER_LEAST} of a parser'
    reached, lines = totals(sources)
    if percent(reached, lines) < PROJECT_LEAST:
        yield f'src: {percent(reached, lines):.1f} %, less than {PROJECT_LEAST}'


def totals(sources):
    lines = sum(source.lines for source in sources)
    return lines - sum(len(source.missing) for source in sources), lines


def print_total(name, sources):
    reached, lines = totals(sources)
    print(f'{name}: {reached} of {lines} lines, {percent(reached, lines):.1f} %')


def main(arguments):
    sources = read_sources(json.loads(pathlib.Path(arguments[0]).read_text()))
    paths = parser_paths()
    parsers = [source for source in sources if source.path in paths]
    print_table('parsers that miss lines', sorted(
        (source for source in parsers if source.missing), key=lambda source: source.share), True)
    print_table('files that miss the most', sorted(
        sources, key=lambda source: -len(source.missing))[:WORST_SHOWN])
    print_total('parsers', parsers)
    print_total('src', sources)
    if arguments[1:] == ['--show']:
        return 0
    low = list(complaints(sources, paths))
    for sentence in low:
        print(f'too little: {sentence}')
    return 1 if low else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
