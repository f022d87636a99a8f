"""Debian's suites, on the mirror that apt uses here: which packages they hold, and fetching them.

All is kept in a folder of ours; this machine's own lists, and what is installed, stay untouched.
"""
import os
import pathlib
import re
import shutil
import subprocess
import time

SUITES = ('bullseye', 'bookworm', 'bookworm-backports', 'trixie', 'trixie-backports', 'forky',
          'sid', 'experimental')
LISTS_S_MAX = 24 * 3600  # older lists are fetched anew
MOVING = ('oldstable', 'stable', 'testing', 'unstable', 'sid')


class Unreachable(Exception):
    """No packages can be had here; says why."""


def run(*command, **keywords):
    keywords.setdefault('stdin', subprocess.DEVNULL)
    return subprocess.run(command, capture_output=True, text=True, check=False, **keywords)


def own_release():
    """The code name of the release that runs here."""
    found = re.search(r'^VERSION_CODENAME=(\w+)', pathlib.Path('/etc/os-release').read_text(),
                      re.MULTILINE)
    return found[1] if found else 'sid'


def own_source():
    """The mirror that apt has Debian itself from, and the keyring that its entry names or ''."""
    listed = run('apt-get', 'indextargets', '--format', '$(REPO_URI) $(SOURCESENTRY) $(RELEASE)',
                 'Created-By: Packages', 'Component: main').stdout
    for line in listed.splitlines():
        mirror, entry, release = line.split()
        if release in (own_release(), *MOVING):
            text = pathlib.Path(entry.rpartition(':')[0]).read_text()
            keyring = re.search(r'^Signed-By:\s*(\S+)|[\[ ]signed-by=([^] ]+)', text, re.MULTILINE)
            return mirror, keyring and (keyring[1] or keyring[2]) or ''
    raise Unreachable('apt has no Debian release among its sources')


class Mirror:
    """The lists of all suites, in folder."""

    def __init__(self, folder):
        self.folder = folder
        if not shutil.which('apt-get'):
            raise Unreachable('no apt here')
        for name in ('lists/partial', 'cache/archives/partial'):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / 'status').touch()
        self.refresh()

    def _options(self):
        options = {
            'Dir::Etc::SourceList': self.folder / 'sources.list',
            'Dir::Etc::SourceParts': '-',
            'Dir::State': self.folder,
            'Dir::State::Lists': self.folder / 'lists',
            # What is installed here is not to be had from the mirror, and says nothing of it.
            'Dir::State::status': self.folder / 'status',
            'Dir::Cache': self.folder / 'cache',
            'Acquire::Languages': 'none',
            # What has been superseded says so, and is what is wanted here.
            'Acquire::Check-Date': 'false',
            'Acquire::Check-Valid-Until': 'false',
            'APT::Sandbox::User': '',
            # A mirror that is out of reach is an error, not a warning.
            'APT::Update::Error-Mode': 'any',
        }
        return [part for name, value in options.items() for part in ('-o', f'{name}={value}')]

    def refresh(self):
        """Fetch the lists, unless those at hand are young. Where that fails, as without any network
        or for a suite that the mirror lacks, those at hand are used, and it is tried again next
        time."""
        stamp = self.folder / 'refreshed'
        if stamp.exists() and time.time() - stamp.stat().st_mtime < LISTS_S_MAX:
            return
        mirror, keyring = own_source()
        trust = f'[signed-by={keyring}] ' if keyring else ''
        (self.folder / 'sources.list').write_text(''.join(
            f'deb {trust}{mirror} {suite} main\n' for suite in SUITES))
        result = run('apt-get', *self._options(), '-q', 'update')
        if not any((self.folder / 'lists').glob('*_Packages*')):
            raise Unreachable(f'no suite of the mirror can be read: {result.stderr.strip()}')
        if result.returncode == 0:
            stamp.touch()

    def names(self, pattern):
        """Packages whose name matches a regular expression."""
        listed = run('apt-cache', *self._options(), 'search', '--names-only', pattern)
        if listed.returncode != 0:
            raise Unreachable(f'the lists of the mirror cannot be read: {listed.stderr.strip()}')
        return [line.split()[0] for line in listed.stdout.splitlines()]

    def fetch(self, package, folder):
        """Download a package into a folder; the path of its file."""
        environment = os.environ | {'LC_ALL': 'C'}
        result = run('apt-get', *self._options(), '-q', 'download', package, cwd=folder,
                     env=environment)
        files = list(folder.glob(f'{package}_*.deb'))
        if result.returncode != 0 or len(files) != 1:
            raise Unreachable(f'{package} did not arrive: {result.stderr.strip()}')
        return files[0]
