"""Rules on C code: who may include whom, what may be called, how long a function may be."""
import ast
import re

from rule import rule
from tree import Tree

# Folder under src: the other folders whose headers it may include ("ringside": the public ones), or
# a single header.
COMMAND = {'ringside', 'base', 'net', 'engine/choice.h', 'measure'}
MAY_INCLUDE = {
    'base': set(),
    'net': {'base'},
    'confine': {'base'},
    'engine': {'ringside', 'base'},
    'service': {'ringside', 'wire', 'base/touch.h'},
    'wire': set(),
    'measure': {'base'},
    'usage': {'base'},
    'output': {'base', 'measure'},
    'sample': {'base', 'measure', 'output'},
    'serve': COMMAND | {'usage', 'confine'},
    'load': COMMAND | {'usage', 'output', 'wire'},
    'merge': {'base', 'measure', 'output'},
    'report': {'base', 'measure', 'output'},
    'convert': {'base', 'measure', 'output', 'sample'},
    'mpi': COMMAND | {'output', 'load'},
    'talk': COMMAND | {'wire'},
    'probe': COMMAND | {'confine'},
    'experiment': COMMAND | {'output'},
    'bench': COMMAND | {'output', 'experiment'},
    'sweep': COMMAND | {'output', 'experiment'},
    'find': COMMAND | {'output', 'experiment'},
    'ablate': COMMAND | {'output', 'experiment'},
    'noise': COMMAND | {'output', 'experiment', 'usage'},
    'compare': COMMAND | {'output', 'experiment', 'sample'},
    'sim': {'base/array.h', 'base/clock.h', 'base/watched.h'},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def code_only(text):
    """C text with comments and the contents of strings blanked; line numbers stay."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
    return re.sub(pattern, lambda found: '""' + '\n' * found[0].count('\n'), text, flags=re.DOTALL)


def includes(tree, *suffixes, under):
    """(path, number, included path as written) of what is not of the system."""
    for path, number, line in tree.lines(*suffixes, under=under):
        found = INCLUDE.match(line)
        if found and (found[1] == '"' or found[2].startswith('ringside/')):
            yield path, number, found[2]


def folder_of(path):
    """The folder's name under src; None for main.c, which may include every command."""
    parts = path.split('/')
    return parts[1] if parts[0] == 'src' and len(parts) > 2 else None


@rule('src folders include only in the direction of docs/architecture.md',
      bad=Tree(files={'src/base/a.c': '#include "net/url.h"\n'}),
      good=Tree(files={'src/net/a.c': '#include "base/unit.h"\n#include "url.h"\n',
                       'src/serve/a.c': '#include "engine/choice.h"\n'}))
def include_direction(tree):
    for path, number, included in includes(tree, '.c', '.h', under=['src/']):
        folder = folder_of(path)
        if folder is None or '/' not in included:
            continue
        target = included.split('/')[0]
        if target == '..':
            yield f'{path}:{number}: write the path from src on, not {included}'
        elif target != folder and not MAY_INCLUDE.get(folder, set()) & {target, included}:
            yield f'{path}:{number}: {folder} must not include {included}'


@rule('public headers include only public headers and the system',
      bad=Tree(files={'include/ringside/a.h': '#include "base/unit.h"\n'}))
def public_includes(tree):
    for path, number, included in includes(tree, '.h', under=['include/']):
        if not included.startswith('ringside/'):
            yield f'{path}:{number}: {included} is not installed'


@rule('outside src/engine nothing but choice.h of it is included',
      bad=Tree(files={'src/serve/a.c': '#include "engine/spin.h"\n'}))
def private_engine(tree):
    for path, number, included in includes(tree, '.c', '.h', under=['src/', 'bench/']):
        inside = folder_of(path) == 'engine' or included == 'engine/choice.h'
        if included.startswith('engine/') and not inside:
            yield f'{path}:{number}: {included} is private to src/engine'


LIBRARY = {
    'engine': {'base/array.h', 'base/clock.h', 'base/compat.h', 'base/lacking.h', 'base/touch.h',
               'base/watched.h'},
    'service': {'base/touch.h'},
    'wire': set(),
}


@rule('the library takes headers alone from the rest: it stands without base, net and jansson',
      bad=Tree(files={'src/engine/a.c': '#include "base/json.h"\n'}),
      good=Tree(files={'src/engine/a.c': '#include "base/clock.h"\n',
                       'src/engine/choice.c': '#include "base/json.h"\n'}))
def library_alone(tree):
    folders = [f'src/{folder}/' for folder in LIBRARY]
    for path, number, included in includes(tree, '.c', '.h', under=folders):
        if path in ('src/engine/choice.c', 'src/engine/choice.h') or '/' not in included:
            continue
        folder = folder_of(path)
        allowed = ('ringside', 'wire', folder)
        if included.split('/')[0] in allowed or included in LIBRARY[folder]:
            continue
        yield f'{path}:{number}: {included} is not of the library'


@rule('load does not know the services',
      bad=Tree(files={'src/load/a.c': '#include <ringside/service.h>\n'}))
def load_without_service(tree):
    for path, number, included in includes(tree, '.c', '.h', under=['src/load/']):
        if included.startswith('service/') or included == 'ringside/service.h':
            yield f'{path}:{number}: load includes {included}'


def include_graph(tree):
    graph = {}
    for path, _, included in includes(tree, '.c', '.h', under=['src/', 'include/']):
        beside = path.rpartition('/')[0] + '/' + included
        for target in (beside, 'src/' + included, 'include/' + included):
            if target in tree.files:
                graph.setdefault(path, []).append(target)
                break
    return graph


@rule('headers do not include each other in a circle',
      bad=Tree(files={'src/base/a.h': '#include "base/b.h"\n',
                      'src/base/b.h': '#include "a.h"\n'}))
def include_cycles(tree):
    graph = include_graph(tree)
    done = set()

    def visit(path, trail):
        if path in trail:
            yield ' -> '.join(trail[trail.index(path):] + [path])
        elif path not in done:
            for target in graph.get(path, ()):
                yield from visit(target, trail + [path])
            done.add(path)

    for path in graph:
        yield from visit(path, [])


@rule('a source includes its own header first',
      bad=Tree(files={'src/base/a.c': '#include <stdio.h>\n#include "base/a.h"\n',
                      'src/base/a.h': ''}))
def own_header_first(tree):
    for path in tree.paths('.c', under=['src/']):
        own = path[:-2] + '.h'
        found = re.search(r'^#include ["<]([^">]+)', tree.files[path], re.MULTILINE)
        if own in tree.files and found and not own.endswith('/' + found[1].rpartition('/')[2]):
            yield f'{path}: {found[1]} is included before {own}'


BANNED = re.compile(r'\b(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|atoi|atol|atoll|atof'
                    r'|strtok|tmpnam|mktemp|system|popen)\s*\(')


@rule('no call that overruns, truncates or guesses (strcpy, sprintf, atoi, system and their like)',
      bad=Tree(files={'src/base/a.c': 'int f(void) { return atoi(text); }\n'}),
      good=Tree(files={'src/base/a.c': '/* not atoi(x) */ puts("atoi(x)"); snprintf(b, n, f);\n'}))
def banned_calls(tree):
    for path in tree.paths('.c', '.h', under=['src/', 'include/', 'bench/', 'tests/']):
        for number, line in enumerate(code_only(tree.files[path]).splitlines(), 1):
            found = BANNED.search(line)
            if found:
                yield f'{path}:{number}: {found[1]}'


@rule('no conditional compilation, except include guards and one compat.h',
      bad=Tree(files={'src/base/a.c': '#ifdef __linux__\n#endif\n'}),
      good=Tree(files={'src/base/a.h': '#ifndef RINGSIDE_A_H\n#define RINGSIDE_A_H\n#endif\n',
                       'src/base/compat.h': '#ifdef X\n#endif\n'}))
def conditional_compilation(tree):
    for path, number, line in tree.lines('.c', '.h', under=['src/', 'include/', 'bench/']):
        if path.endswith('/compat.h'):
            continue
        guard = path.endswith('.h') and re.match(r'#ifndef \w+_H_?$', line)
        if re.match(r'\s*#\s*(if|ifdef|ifndef|elif|else)\b', line) and not guard:
            yield f'{path}:{number}: {line.strip()}'


@rule('there is at most one compat.h',
      bad=Tree(files={'src/base/compat.h': '', 'src/engine/compat.h': ''}))
def one_compat(tree):
    found = [path for path in tree.paths('compat.h', under=['src/', 'include/', 'bench/'])]
    if len(found) > 1:
        yield ', '.join(found)


def c_functions(text):
    """(first line, length) of each function: in this layout its braces stand in column 0."""
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if line != '{':
            continue
        end = next((i for i, line in enumerate(lines) if i > index and line.startswith('}')),
                   len(lines) - 1)
        start = index
        while start > 0 and lines[start - 1] and not lines[start - 1].rstrip().endswith(
                (';', '}', '*/')) and not lines[start - 1].startswith('#'):
            start -= 1
        yield start + 1, end - start + 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            yield node.lineno, node.end_lineno - node.lineno + 1


@rule('a function has 60 lines at most',
      bad=Tree(files={'src/base/a.c': 'int f(void)\n{\n' + '\tx();\n' * 58 + '}\n'}),
      good=Tree(files={'src/base/a.c': 'int f(void)\n{\n' + '\tx();\n' * 57 + '}\n'}))
def function_length(tree):
    for path in tree.paths('.c', '.h', '.py', under=['src/', 'include/', 'bench/', 'tests/']):
        functions = python_functions if path.endswith('.py') else c_functions
        for line, length in functions(tree.files[path]):
            if length > 60:
                yield f'{path}:{line}: {length} lines'
