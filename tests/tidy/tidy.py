"""Hold the project against its own rules; each rule first proves that it can fail. Prints TAP.

Usage: tidy.py SOURCE-FOLDER BUILD-FOLDER PROGRAM [MAN-PAGE...]
"""
import pathlib
import sys

import build_rules  # noqa: F401  (each import registers rules)
import c_rules  # noqa: F401
import document_rules  # noqa: F401
import text_rules  # noqa: F401
from rule import RULES
from tree import read_tree


def main(source, build, program, *manuals):
    tree = read_tree(pathlib.Path(source).resolve(), pathlib.Path(build).resolve(), program,
                     manuals)
    print(f'1..{len(RULES)}')
    failed = False
    for number, rule in enumerate(RULES, 1):
        complaints = rule.verdict(tree)
        print(f'{"not ok" if complaints else "ok"} {number} - {rule.name}')
        for complaint in complaints:
            print(f'# {complaint}')
            failed = True
    return failed


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
