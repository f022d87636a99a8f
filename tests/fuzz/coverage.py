"""What the replay of the corpora reaches of each parser: a table, lines of code by gcov.

    coverage.py BUILD       of a build with -Db_coverage=true, in which the targets have been run

Exits with 1 if a parser is below the least share. Left out are lines that only a lack of memory
reaches (the torture tests are about those), and functions of a file that parse nothing.
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEAST = 95
NO_MEMORY = re.compile(r'ENOMEM|out of memory|no_memory|read_no_memory')

# Files under src that read what somebody else has written: by a target, and of them the functions
# that do something else.
PARSERS = {
    'base/character.c': (),
    'base/command_line.c': (),
    'base/cpu.c': ('cpu_list_pin', 'cpu_pin', 'cpu_count_allowed'),
    'base/job.c': (),
    'base/job_file.c': (),
    'base/job_list.c': (),
    'base/key_file.c': (),
    # --help, which prints and ends the process.
    'base/option.c': ('row_help', 'details_help', 'help_filter', 'print_end', 'help_print',
                      'version_print', 'key_parse'),
    'base/option_value.c': (),
    'base/text.c': (),
    'base/unit.c': (),
    'compare/metric.c': (),
    'experiment/list.c': (),
    'load/chargen.c': (),
    'load/client.c': (),
    'load/datagram.c': (),
    'load/irtt_client.c': (),
    'load/options_check.c': (),
    'load/options_times.c': (),
    'load/server_stats.c': (),
    'load/stamp_sender.c': (),
    'load/stream.c': (),
    'load/trip_exchange.c': (),
    'load/trip_table.c': (),
    'load/trip_ways.c': (),
    'load/value.c': (),
    'measure/delays_json.c': (),
    'measure/histogram_code.c': (),
    'measure/histogram_json.c': (),
    'measure/percentile.c': (),
    'measure/signed_histogram_json.c': (),
    'measure/size_mix.c': (),
    'measure/split_json.c': (),
    'measure/steady.c': (),
    'measure/threshold.c': (),
    'merge/both_ends.c': (),
    'merge/combine.c': (),
    'merge/match.c': (),
    'merge/part.c': (),
    'merge/rows.c': (),
    'merge/sum.c': (),
    'merge/window.c': (),
    'net/sockopt.c': (),
    'net/url.c': (),
    'report/input.c': (),
    'report/svg.c': (),
    'sample/documents.c': (),
    'sample/gobench.c': (),
    'sample/hyperfine.c': (),
    'sample/join.c': (),
    'sample/read.c': (),
    'sample/samples_json.c': (),
    'serve/guard.c': (),
    'serve/inject_rule.c': (),
    'service/chargen.c': (),
    'service/ctime.c': (),
    'service/daytime.c': (),
    'service/echo.c': (),
    'service/greeting.c': (),
    'service/irtt.c': (),
    'service/irtt_session.c': (),
    'service/irtt_stamps.c': (),
    'service/ntp.c': (),
    'service/sockperf.c': (),
    'service/stamp.c': (),
    'service/stamp_extension.c': (),
    'service/stamp_session.c': (),
    'service/stamped.c': (),
    'service/time.c': (),
    'service/timetext.c': (),
    'talk/clocks.c': (),
    'talk/hex.c': (),
    'talk/protocol.c': ('wall_now_ns', 'request_make'),
    'talk/testers.c': (),
    'wire/hmac.c': (),
    'wire/irtt.c': (),
    'wire/stamp.c': (),
    'wire/stamp_tlv.c': (),
    'wire/wall.c': (),
}


def gcov_reports(build):
    """What gcov says of each object that was run, as JSON: a line each."""
    data = [str(path.resolve()) for path in (build / 'src').rglob('*.gcda')]
    said = subprocess.run(['gcov', '--stdout', '--json-format', *data], check=True,
                          capture_output=True, text=True)
    return map(json.loads, said.stdout.splitlines())


def source_of(report, name):
    path = pathlib.Path(report['current_working_directory'], name).resolve()
    source = ROOT / 'src'
    return str(path.relative_to(source)) if path.is_relative_to(source) else None


def count_lines(build):
    """Of each parser: of the lines that count, how often each was run."""
    counts = {parser: {} for parser in PARSERS}
    for report in gcov_reports(build):
        for file in report['files']:
            parser = source_of(report, file['file'])
            for line in file['lines'] if parser in counts else ():
                if line.get('function_name') in PARSERS[parser]:
                    continue
                number = line['line_number']
                counts[parser][number] = counts[parser].get(number, 0) + line['count']
    return counts


def missing_lines(parser, lines):
    text = (ROOT / 'src' / parser).read_text().splitlines()
    return [number for number in sorted(lines)
            if lines[number] == 0 and not NO_MEMORY.search(text[number - 1])]


def main():
    low = []
    print(f'{"parser":34} {"lines":>6} {"reached":>8} {"%":>6}  not reached')
    for parser, lines in count_lines(pathlib.Path(sys.argv[1])).items():
        missing = missing_lines(parser, lines)
        share = 100 * (len(lines) - len(missing)) / len(lines) if lines else 0
        if share < LEAST:
            low.append(parser)
        print(f'{parser:34} {len(lines):6} {len(lines) - len(missing):8} {share:6.1f}  '
              f'{",".join(map(str, missing))}')
    print(f'{len(low)} of {len(PARSERS)} parsers are below {LEAST} %'
          f'{": " if low else ""}{", ".join(low)}')
    return 1 if low else 0


if __name__ == '__main__':
    sys.exit(main())
