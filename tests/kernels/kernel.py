"""Kernels: which of the packages at hand are tried, and the image of each."""
import dataclasses
import os
import pathlib
import re
import subprocess
import tempfile

import mirror

# What --only calls one of them.
NAME = re.compile(r'\d+\.\d+(-cloud|-rt)?|oldest|newest')
PACKAGES = r'^linux-(image|binary)-[0-9].*-amd64(-unsigned)?$'
_PACKAGE = re.compile(r'linux-(?:image|binary)-(?P<release>(?P<series>\d+\.\d+).*?)-'
                      r'(?:(?P<flavour>cloud|rt)-)?amd64(?P<unsigned>-unsigned)?')


@dataclasses.dataclass(frozen=True)
class Kernel:
    series: str    # '6.12'
    flavour: str   # '', 'cloud' or 'rt'
    release: str   # '6.12.57+deb13', of the package's name
    package: str

    @property
    def name(self):
        """What --only calls it."""
        return self.series + ('-' + self.flavour if self.flavour else '')

    @property
    def version(self):
        return version_of(self.series)

    @property
    def age(self):
        """Sorts by age, the oldest first: a release comes after its candidates, what is signed
        after what is not. Where a kernel has two packages the image is in that called binary."""
        numbers = tuple(int(number) for number in re.findall(r'\d+', self.release))
        return ('rc' not in self.release, numbers, not self.package.endswith('-unsigned'),
                'binary' in self.package)


def version_of(series):
    """(6, 12) of '6.12'."""
    return tuple(int(number) for number in series.split('.'))


def read(package):
    """The kernel in a package; None: there is none in it, as in those of debugging symbols."""
    match = _PACKAGE.fullmatch(package)
    if not match:
        return None
    return Kernel(match['series'], match['flavour'] or '', match['release'], package)


def choose(packages):
    """The latest kernel of each series and flavour, the oldest series first."""
    latest = {}
    for kernel in sorted(filter(None, map(read, packages)), key=lambda kernel: kernel.age):
        latest[kernel.name] = kernel
    return sorted(latest.values(), key=lambda kernel: (kernel.version, kernel.flavour))


def select(kernels, only):
    """Those that --only names: by series and flavour, or as oldest and newest. LookupError names
    the word that stands for none."""
    plain = [kernel for kernel in kernels if not kernel.flavour] or kernels
    names = {kernel.name: kernel for kernel in kernels}
    names |= {'oldest': plain[0], 'newest': plain[-1]} if plain else {}
    chosen = []
    for word in only.split(','):
        if word not in names:
            raise LookupError(word)
        if names[word] not in chosen:
            chosen.append(names[word])
    return chosen


def cache():
    base = os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache'
    return pathlib.Path(base) / 'ringside' / 'kernels'


def _images():
    return cache() / 'images'


def kept():
    """Packages whose images are at hand."""
    return [path.name for path in _images().glob('linux-*') if path.is_file()]


def _unpack(package, folder):
    """Its image, which is a matter of a few of its hundred megabytes."""
    with subprocess.Popen(['dpkg-deb', '--fsys-tarfile', package], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as unpack:
        told = mirror.run('tar', '-x', '--wildcards', '--no-anchored', '-C', folder, 'vmlinuz*',
                          stdin=unpack.stdout)
        unpack.stdout.close()
        said = unpack.stderr.read().decode(errors='replace') + told.stderr
    if unpack.returncode != 0 or told.returncode != 0:
        raise mirror.Unreachable(f'{package.name} cannot be unpacked: {said.strip()}')


def _extract(package, target):
    """The bootable image in a package."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        _unpack(package, folder)
        images = [path for path in pathlib.Path(folder).rglob('vmlinuz*') if path.is_file()]
        if len(images) != 1:
            raise mirror.Unreachable(f'{package.name} has {len(images)} kernels')
        images[0].rename(target)


def image(kernel, source):
    """The path of a kernel's image, fetched unless it is at hand. Only the image is kept."""
    target = _images() / kernel.package
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            _extract(source.fetch(kernel.package, pathlib.Path(folder)), target)
    return target
