"""The file system that each kernel is booted with: our programs, Python, and what both need.

Programs stand there under the paths they have here, with the very libraries that they are linked
with here, so that from one kernel to the next nothing differs but the kernel. They are not linked
statically: Debian has no static libnanomsg (of Criterion) and libp11-kit.
"""
import json
import pathlib
import re
import subprocess
import sys

import archive

INSIDE = pathlib.Path(__file__).resolve().parent / 'inside'
LIB = INSIDE.parents[1] / 'lib'
PYTHON = pathlib.Path(sys.executable).resolve()
CONSOLE = ('/dev/console', 5, 1)

_INIT = '''#!{python} -BIS
import sys
sys.path[:0] = {path}
import init
init.main()
'''

# Prints the files of all modules that the program inside needs, of those that Python imports by
# name when it has to, and the library that the C library loads when a thread is cancelled.
_LIST_MODULES = '''
import ctypes, encodings.ascii, encodings.idna, encodings.latin_1, encodings.utf_8, sys
ctypes.CDLL("libgcc_s.so.1")
for line in open("/proc/self/maps"):
    if "libgcc_s" in line:
        print(line.split()[-1])
for name in sys.argv[1:]:
    __import__(name)
for module in list(sys.modules.values()):
    for place in {getattr(module, '__file__', None), getattr(module, '__cached__', None)}:
        if place:
            print(place)
'''


def _output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL).stdout


def _libraries(path):
    """The libraries that a program is linked with, and its loader."""
    try:
        return re.findall(r'(?:=> |^\t)(/\S+) \(0x', _output('ldd', str(path)), re.MULTILINE)
    except subprocess.CalledProcessError:
        return []  # linked with nothing


def _modules():
    names = [path.stem for path in INSIDE.glob('*.py')]
    path = f'import sys; sys.path[:0] = [{str(INSIDE)!r}, {str(LIB)!r}]'
    listed = _output(str(PYTHON), '-IS', '-c', path + _LIST_MODULES, *names).split()
    return [place for place in listed if pathlib.Path(place).exists()]


def _all_files(programs):
    """What has to be there, with what that is linked with."""
    places = {str(PYTHON), *map(str, programs), *_modules()}
    for place in sorted(places):
        if not place.endswith(('.py', '.pyc')):
            places.update(_libraries(place))
    return sorted(places)


def write(target, programs, plan):
    """Write the archive. programs: paths of ours that the jobs of the plan start, see plan.py."""
    with open(target, 'wb') as stream, archive.Archive(stream) as made:
        made.device(*CONSOLE)
        for place in _all_files(programs):
            path = pathlib.Path(place)
            made.file(place, path.read_bytes(), 0o755 if path.stat().st_mode & 0o100 else 0o644,
                      int(path.stat().st_mtime))
        made.file('/plan.json', json.dumps(plan).encode())
        init = _INIT.format(python=PYTHON, path=[str(INSIDE), str(LIB)])
        made.file('/init', init.encode(), 0o755)
