"""Rules that hold what the documents say of the sources against the sources."""
import re

from rule import rule
from tree import Tree


def texts(tree):
    """Lines of the documents, without the code blocks: examples call functions of others."""
    fenced = False
    for path, number, line in tree.lines('.md'):
        if line.startswith('```'):
            fenced = not fenced
        elif not fenced:
            yield path, number, line


@rule('a function that a document names is one of ours or of liburing',
      bad=Tree(files={'docs/a.md': 'see fantasy() for that\n', 'src/base/a.c': 'int f(void)\n'}),
      good=Tree(files={'docs/a.md': 'f() and io_uring_enter()\n```\ng()\n```\n',
                       'src/base/a.c': 'int f(void)\n'}))
def functions_in_documents(tree):
    sources = '\n'.join(tree.files[path] for path in tree.paths('.c', '.h'))
    known = set(re.findall(r'\b(\w+)\(', sources))
    for path, number, line in texts(tree):
        for name in re.findall(r'\b([a-z]\w+)\(\)', line):
            if name not in known and not name.startswith('io_uring_'):
                yield f'{path}:{number}: there is no function {name}()'


@rule('a source that a document names exists',
      bad=Tree(files={'docs/a.md': 'see src/base/b.c and c.h\n', 'src/base/a.c': ''}),
      good=Tree(files={'docs/a.md': 'a.c, src/base/a.c\n', 'src/base/a.c': ''}))
def files_in_documents(tree):
    paths = tree.paths()
    for path, number, line in texts(tree):
        for name in re.findall(r'(?<![\w*/.])[\w/]+\.[ch]\b', line):
            if not any(known == name or known.endswith('/' + name) for known in paths):
                yield f'{path}:{number}: there is no {name}'


@rule('a command of ./dev that a document names exists, and so does a storm',
      bad=Tree(files={'docs/a.md': 'run `./dev fly`\n`./dev storm tornado`\n',
                      'dev': "describe storm ''\n",
                      'tests/storm/storm.py': "    'churn': Scenario(\n"}),
      good=Tree(files={'docs/a.md': '`./dev storm churn`, `./dev storm --short`\n',
                       'dev': "describe storm ''\n",
                       'tests/storm/storm.py': "    'churn': Scenario(\n"}))
def commands_in_documents(tree):
    commands = set(re.findall(r'^describe (\w+)', tree.files.get('dev', ''), re.MULTILINE))
    storms = set(re.findall(r"^    '(\w+)': Scenario\(",
                            tree.files.get('tests/storm/storm.py', ''), re.MULTILINE))
    for path, number, line in tree.lines('.md'):
        for name, argument in re.findall(r'\./dev (\w+)(?: (\w+))?', line):
            if name not in commands:
                yield f'{path}:{number}: there is no ./dev {name}'
            elif name == 'storm' and argument and argument not in storms:
                yield f'{path}:{number}: there is no storm {argument}'


@rule('every fuzz target stands in the table of the document',
      bad=Tree(files={'docs/fuzzing.md': '| url, unit | numbers | all |\n',
                      'tests/fuzz/meson.build': "  'svg': ['fuzz_svg.c'],\n"}),
      good=Tree(files={'docs/fuzzing.md': '| url, unit | numbers | all |\n',
                       'tests/fuzz/meson.build': "  'url': ['fuzz_url.c'],\n"}))
def fuzz_targets_in_documents(tree):
    path = 'docs/fuzzing.md'
    told = {name for row in re.findall(r'^\| ([^|]+) \|', tree.files.get(path, ''), re.MULTILINE)
            for name in row.split(', ')}
    for name in re.findall(r"^  '([\w-]+)': \['fuzz_", tree.files.get('tests/fuzz/meson.build', ''),
                           re.MULTILINE):
        if name not in told:
            yield f'{path}: the target {name} is not in the table'
