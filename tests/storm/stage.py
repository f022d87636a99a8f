"""What the scenarios share: servers, clients, readings of processes, and the rows they fill."""
import contextlib
import json
import os
import pathlib
import resource
import select
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import ringside  # noqa: E402

DEADLINE_S = 2 * ringside.DEADLINE_S  # of each single wait; only failures wait so long
CLIENTS = os.environ.get('RINGSIDE_STORM_CLIENTS') or str(
    pathlib.Path(ringside.BINARY).parent / 'tests' / 'storm' / 'clients')
SERVER_FILES = 200  # what a server needs beside its connections, generously

HELD, MISSED, REPORTED, SKIPPED = 'held', 'missed', 'reported', 'skipped'


class Skipped(Exception):
    """This machine cannot do it; the text says why."""


class Failed(Exception):
    """It could not be measured, since something went wrong; the text says what."""


def await_true(condition, what):
    """Wait until condition() is true and return what it says; what names it in the failure."""
    deadline = time.monotonic() + DEADLINE_S
    while not (said := condition()):
        if time.monotonic() > deadline:
            raise Failed(f'waited {DEADLINE_S} s for {what}')
        time.sleep(0.005)
    return said


def files_max():
    """How many descriptors a process started from here may have."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def memory(pid):
    """Resident memory in bytes, counted page by page: the kernel's running count is coarse."""
    try:
        text = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text()
        return 1024 * int(text.partition('\nRss:')[2].split()[0])
    except (FileNotFoundError, IndexError):
        text = pathlib.Path(f'/proc/{pid}/status').read_text()
        return 1024 * int(text.partition('\nVmRSS:')[2].split()[0])


def cpu_ns(pid):
    """CPU time of all threads of a process."""
    spent = 0
    for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            spent += int((task / 'schedstat').read_text().split()[0])
    return spent


def busy_share(pid, duration_s):
    """The share of a CPU that a process takes in the next moments."""
    spent, since = cpu_ns(pid), time.monotonic()
    time.sleep(duration_s)
    return (cpu_ns(pid) - spent) / 1e9 / (time.monotonic() - since)


def files(pid):
    return len(os.listdir(f'/proc/{pid}/fd'))


class Clients:
    """The clients program; ready when it says so. As a context manager it is ended."""

    def __init__(self, server, behaviour, **options):
        options.setdefault('deadline', 20 * DEADLINE_S)
        words = [word for name, value in options.items() for word in (f'--{name}', str(value))]
        reading, self.leash = os.pipe()  # closed, it lets them end
        # Unbuffered: communicate() would not see what was read together with the first line.
        self.process = subprocess.Popen(
            [CLIENTS, *words, behaviour, server.url.host, str(server.url.port)],
            stdin=reading, stdout=subprocess.PIPE, bufsize=0)
        os.close(reading)

    def await_ready(self):
        ready, _, _ = select.select([self.process.stdout], [], [], DEADLINE_S)
        line = self.process.stdout.readline() if ready else b''
        if line != b'ready\n':
            raise Failed(f'the clients did not get ready: {line!r}')
        return self

    def await_end(self, limit_s):
        """Wait until they have ended by themselves; returns what came of them."""
        try:
            output, _ = self.process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired as error:
            raise Failed(f'the clients did not end within {limit_s} s') from error
        if self.process.returncode != 0:
            raise Failed(f'the clients ended with {self.process.returncode}')
        return json.loads(output.splitlines()[-1])

    def end(self):
        """Let them begin nothing more; returns what came of them."""
        self.release()
        return self.await_end(DEADLINE_S)

    def release(self):
        if self.leash is not None:
            os.close(self.leash)
        self.leash = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Load:
    """ringside load, the client that measures; its result is that of --json."""

    def __init__(self, *arguments, backend='epoll'):
        self.process = subprocess.Popen(
            [ringside.BINARY, 'load', '--backend', backend, '--json', '-',
             *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)

    def await_end(self, limit_s):
        try:
            output, errors = self.process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired as error:
            raise Failed(f'load did not end within {limit_s} s') from error
        if self.process.returncode == 2 or not output:
            raise Failed(f'load ended with {self.process.returncode}: {errors.decode()}')
        return json.loads(output)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


class Stage:
    """One scenario on one backend: how large it is to be, and what came of it."""

    def __init__(self, scenario, backend, short, duration_s=None):
        self.scenario = scenario
        self.backend = backend
        self.short = short
        self.duration_s = duration_s
        self.rows = []
        self.samples = None  # of soak

    def size(self, full, short):
        return short if self.short else full

    def server(self, *arguments, **keywords):
        return ringside.Server(*arguments, engine=('--backend', self.backend), **keywords)

    def row(self, figure, value, unit, limit, verdict, note=''):
        self.rows.append({'scenario': self.scenario, 'backend': self.backend, 'figure': figure,
                          'value': value, 'unit': unit, 'limit': limit, 'verdict': verdict,
                          'note': note})

    def judge(self, figure, value, unit, limit, note='', timing=False, least=False):
        """A figure that may be limit at most (least: at least). Times are only judged in the full
        form: the short one runs on machines that do other things, too."""
        held = value >= limit if least else value <= limit
        verdict = REPORTED if timing and self.short else HELD if held else MISSED
        self.row(figure, value, unit, ('>= ' if least else '<= ') + f'{limit:,}', verdict, note)
