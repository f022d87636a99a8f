"""Rules that hold what was built, installed and documented against the sources."""
import re

from c_rules import code_only
from rule import rule
from tree import Tree

MAP = 'src/libringside.map'


def exported(tree):
    return set(re.findall(r'^\t(\w+);', tree.files.get(MAP, ''), re.MULTILINE))


def declared(tree):
    """Functions and objects that the public headers declare."""
    names = set()
    for path in tree.paths('.h', under=['include/']):
        code = code_only(tree.files[path])
        code = re.sub(r'^\s*#.*(?:\\\n.*)*', '', code, flags=re.MULTILINE)
        while '{' in code:  # bodies of structs, enums and inline functions
            shorter = re.sub(r'\{[^{}]*\}', '', code)
            if shorter == code:
                break
            code = shorter
        for declaration in code.split(';'):
            found = re.search(r'\b(\w+)\s*\(', declaration) or \
                re.search(r'\bextern\b.*\b(\w+)\s*(?:\[|$)', declaration, re.DOTALL)
            if found and 'static' not in declaration.split():
                names.add(found[1])
    return names


@rule('libringside.map lists exactly what the public headers declare',
      bad=Tree(files={MAP: '{\nglobal:\n\told;\nlocal:\n\t*;\n};\n',
                      'include/ringside/a.h': 'int fresh(void);\n'}),
      good=Tree(files={MAP: '{\nglobal:\n\tf;\n\trows;\n};\n', 'include/ringside/a.h':
                       'struct s { int (*g)(int); };\nint f(\n\tint);\n'
                       'extern const struct s rows[3];\nstatic inline int h(void) { }\n'}))
def symbol_map(tree):
    for name in sorted(declared(tree) - exported(tree)):
        yield f'{name} is declared in include/ringside and missing in {MAP}'
    for name in sorted(exported(tree) - declared(tree)):
        yield f'{name} is in {MAP} and declared in no public header'


@rule('a global is used by another file, or else it is static',
      bad=Tree(symbols={'src/base/a.c': ({'lonely'}, set()), 'src/main.c': ({'main'}, {'puts'})}),
      good=Tree(symbols={'src/base/a.c': ({'shared'}, set()),
                         'src/sim/a.c': ({'__wrap_read'}, set()),
                         'src/main.c': ({'main'}, {'shared'})}))
def single_use(tree):
    public = exported(tree) | {'main'}
    for path, (defined, _) in sorted(tree.symbols.items()):
        if not path.startswith(('src/', 'bench/')):
            continue
        used = set().union(*(uses for other, (_, uses) in tree.symbols.items() if other != path))
        for name in sorted(defined - used - public):
            # ld --wrap brings the calls of others here.
            if name.startswith('__wrap_'):
                continue
            yield f'{path}: {name} is used nowhere else: make it static, or remove it'


@rule('a global is defined once: of two in a static library the linker takes one, silently',
      bad=Tree(symbols={'src/find/a.c': ({'table_print'}, set()),
                        'src/noise/a.c': ({'table_print'}, set())}),
      good=Tree(symbols={'src/main.c': ({'main'}, set()), 'src/mpi/main.c': ({'main'}, set())}))
def defined_once(tree):
    places = {}
    for path, (defined, _) in sorted(tree.symbols.items()):
        if path.startswith('src/'):
            for name in defined - {'main'}:
                places.setdefault(name, []).append(path)
    for name, paths in sorted(places.items()):
        if len(paths) > 1:
            yield f'{name} is defined in {" and ".join(paths)}'


@rule('every source and every public header stands in a meson.build',
      bad=Tree(files={'src/base/forgotten.c': '', 'src/base/meson.build': 'files()\n'}))
def listed_in_meson(tree):
    for path in tree.paths('.c', under=['src/', 'bench/', 'tests/']) + \
            tree.paths('.h', under=['include/']):
        folder, _, name = path.rpartition('/')
        lists = ''.join(tree.files.get(f'{parent}/meson.build', '')
                        for parent in (folder, folder.rpartition('/')[0]))
        lists += ''.join(text for place, text in tree.files.items()
                         if place.startswith('tests/') and place.endswith('meson.build')
                         and path.startswith('tests/lib/'))
        top = tree.files.get('meson.build', '')
        if not re.search(rf"['/]{re.escape(name)}'", lists) and f"'{path}'" not in top:
            yield f'{path} is in no meson.build'


def options_in(text):
    return set(re.findall(r'(?<![\w-])--[a-z][a-z0-9-]+', text))


@rule('a man page has every option that --help has',
      bad=Tree(helps={'serve': '  --backlog=N\n'}, manuals={'serve': 'nothing'}),
      good=Tree(helps={'serve': ' --idle-timeout=TIME\n'},
                manuals={'serve': '\\fB\\-\\-idle\\-timeout\\fR=\\fI\\,TIME\\/\\fR'}))
def options_in_manual(tree):
    for command, text in sorted(tree.helps.items()):
        manual = re.sub(r'\\f.|\\[,/]', '', tree.manuals[command]).replace('\\-', '-')
        for option in sorted(options_in(text) - options_in(manual)):
            yield f'the man page of "ringside {command}": {option} is missing'


@rule('the documents name no option that the command lacks',
      bad=Tree(helps={'serve': '--backlog=N'},
               files={'README.md': '    ringside serve --fantasy echo+tcp://:7\n'}),
      good=Tree(helps={'serve': '--backlog=N'},
                files={'README.md': '    build/ringside serve --backlog 3 | tee --append x\n'}))
def options_in_documents(tree):
    for path, number, line in tree.lines('.md', '.h2m'):
        for found in re.finditer(r'\bringside ([a-z]+)((?: +[^|;&`#]+)?)', line):
            known = options_in(tree.helps.get(found[1], '')) | {'--help', '--version', '--usage'}
            if found[1] in tree.helps:
                for option in sorted(options_in(found[2]) - known):
                    yield f'{path}:{number}: ringside {found[1]} has no {option}'
