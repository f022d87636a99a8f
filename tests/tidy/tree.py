"""What the rules look at: the project's files and what was built of them."""
import dataclasses
import json
import pathlib
import re
import shutil
import subprocess

SKIPPED = {'.git', '.cache', '__pycache__'}
# Inputs of the fuzz targets: bytes that happen to be text here and there.
INPUTS = 'tests/fuzz/corpus/'


@dataclasses.dataclass
class Tree:
    files: dict = dataclasses.field(default_factory=dict)    # path: text
    symbols: dict = dataclasses.field(default_factory=dict)  # source: (defined, used) globals
    helps: dict = dataclasses.field(default_factory=dict)    # command: its --help
    manuals: dict = dataclasses.field(default_factory=dict)  # command: its man page's source

    def paths(self, *suffixes, under=('',)):
        """Paths that end in a suffix (all if none is given) in one of the folders."""
        return [path for path in sorted(self.files)
                if (not suffixes or path.endswith(suffixes)) and path.startswith(tuple(under))]

    def lines(self, *suffixes, under=('',)):
        for path in self.paths(*suffixes, under=under):
            for number, line in enumerate(self.files[path].splitlines(), 1):
                yield path, number, line


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def file_list(root):
    """Tracked files; without git, every file that is not built or fetched."""
    if (root / '.git').exists() and shutil.which('git'):
        return run('git', '-c', 'safe.directory=*', 'ls-files', cwd=root).splitlines()
    paths = (path.relative_to(root) for path in root.rglob('*') if path.is_file())
    return [str(path) for path in paths
            if not SKIPPED & set(path.parts) and not path.parts[0].startswith('build')
            and not any((root / parent / '.meson-subproject-wrap-hash.txt').exists()
                        for parent in path.parents)]


def read_files(root):
    files = {}
    for path in file_list(root):
        if path.startswith(INPUTS):
            continue
        try:
            files[path] = (root / path).read_bytes().decode()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # binary, or just deleted
    return files


def object_symbols(path):
    """The global names that an object file defines, and those that it uses."""
    defined, used = set(), set()
    for line in run('nm', '--extern-only', '--format=posix', str(path)).splitlines():
        name, kind = line.split()[:2]
        (used if kind in 'Uw' else defined).add(name)
    return defined, used


def read_symbols(root, build):
    """Of every C source of ours that was compiled; one compiled twice counts once."""
    symbols = {}
    for entry in json.loads((build / 'compile_commands.json').read_text()):
        source = (build / entry['file']).resolve()
        built = build / entry['output']
        if source.is_relative_to(root) and built.exists() and source.exists():
            path = str(source.relative_to(root))
            if not path.startswith('subprojects/'):
                symbols[path] = object_symbols(built)
    return symbols


def read_tree(root, build, program, manuals):
    """manuals: the man pages, each called PROGRAM.1 or PROGRAM-COMMAND.1."""
    tree = Tree(files=read_files(root), symbols=read_symbols(root, build))
    for manual in map(pathlib.Path, manuals):
        command = re.fullmatch(r'[^-]+-?(.*)\.1', manual.name)[1]
        tree.manuals[command] = manual.read_text()
        tree.helps[command] = run(program, *command.split(), '--help')
    return tree
