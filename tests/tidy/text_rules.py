"""Rules on the text of every file."""
import re

from rule import rule
from tree import Tree

SOURCES = ('.c', '.h', '.py', '.sh', 'meson.build', 'dev', '.ci/run', 'subprojects/fetch')


@rule('a source file has 500 lines at most',
      bad=Tree(files={'src/base/long.c': 'x\n' * 501}))
def file_length(tree):
    for path in tree.paths(*SOURCES):
        length = len(tree.files[path].splitlines())
        if length > 500:
            yield f'{path}: {length} lines'


@rule('a line is 100 columns wide at most, a tab counting up to 8',
      bad=Tree(files={'src/base/wide.c': '\t' * 12 + 'int y;\n'}))
def line_width(tree):
    for path, number, line in tree.lines(*SOURCES):
        width = len(line.expandtabs(8))
        if width > 100:
            yield f'{path}:{number}: {width} columns'


@rule('no line ends in white space, and every file ends in one newline',
      bad=Tree(files={'README.md': 'text \n', 'dev': 'true', 'a.c': 'int a;\n\n'}))
def white_space(tree):
    for path, number, line in tree.lines():
        if line != line.rstrip():
            yield f'{path}:{number}: white space at the end of the line'
    for path in tree.paths():
        text = tree.files[path]
        if text and (not text.endswith('\n') or text.endswith('\n\n')):
            yield f'{path}: the file does not end in one newline'


# In pieces, so that this file does not break its own rule.
MACHINE_NAMES = re.compile('|'.join([
    r'\bdeb' + r'\.debian\.org', r'\bregistry' + r'\.npmjs', r'\bpypi' + r'\.org',
    r'\bproxy' + r'\.golang\.org', r'\bsnapshot' + r'\.debian\.org',
    r'(?<![\w.])/work' + r'/', r'(?<![\w.])/root' + r'/', r'(?<![\w.])/home' + r'/\w',
]))


@rule('no package registry and no path of one machine is named',
      bad=Tree(files={'dev': 'curl http://deb' + '.debian.org/x\n',
                      'docs/a.md': 'see /work' + '/main\n'}))
def machine_names(tree):
    for path, number, line in tree.lines():
        found = MACHINE_NAMES.search(line)
        if found:
            yield f'{path}:{number}: {found[0]}'
