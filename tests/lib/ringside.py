"""Start ringside for a test, hear what it says, and end it.

The environment tells what is tested: RINGSIDE (the binary), RINGSIDE_TEST_BACKEND and
RINGSIDE_TEST_FEATURES (for --backend and --features; empty: the defaults), and
RINGSIDE_TEST_DEADLINE_S (seconds).
"""
import contextlib
import os
import pathlib
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

# For what takes milliseconds on an idle machine; only failures wait so long. More is wanted where
# programs are several times slower, as under sanitizers.
DEADLINE_S = int(os.environ.get('RINGSIDE_TEST_DEADLINE_S', 30))

BINARY = str(pathlib.Path(os.environ.get('RINGSIDE', 'build/ringside')).resolve())
# What ringside is run by, as by valgrind; empty: by nothing.
WRAPPER = os.environ.get('RINGSIDE_WRAPPER', '').split()
BACKEND = os.environ.get('RINGSIDE_TEST_BACKEND', '')
FEATURES = os.environ.get('RINGSIDE_TEST_FEATURES', '')

# Programs of others that ./dev setup has unpacked, since their packages would start services; and
# those that only root has on the path.
_UNPACKED = pathlib.Path(__file__).resolve().parents[2] / '.cache' / 'unpacked' / 'usr'
os.environ['PATH'] = os.pathsep.join([os.environ.get('PATH', os.defpath), f'{_UNPACKED}/bin',
                                      f'{_UNPACKED}/sbin', '/usr/sbin'])

_URL = re.compile(r'^(?:(\w+)\+)?(tcp|udp|unix|unixgram|unixpacket):(?://)?(.*)$')


def engine_options():
    """What selects the backend and the features of this run."""
    options = ['--backend', BACKEND] if BACKEND else []
    return options + (['--features', FEATURES] if FEATURES else [])


def run(*arguments, **keywords):
    """Run ringside to its end; the result has returncode, stdout and stderr as text."""
    keywords.setdefault('timeout', DEADLINE_S)
    keywords.setdefault('stdin', subprocess.DEVNULL if 'input' not in keywords else None)
    if keywords['stdin'] is None:
        del keywords['stdin']
    wrap = keywords.pop('wrap', ())
    return subprocess.run([*wrap, *WRAPPER, BINARY, *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, **keywords)


# Why a short trial may come to nothing on a busy machine: all CPUs had other work, or the network
# dropped the one packet that held all datagrams, for which a load waits a second.
SILENCE = 'nothing was answered in the measured time'


def run_trials(*arguments, **keywords):
    """Run a command that measures, like run(); with longer trials if there was silence in one."""
    keywords.setdefault('timeout', 4 * DEADLINE_S)
    result = run(*arguments, **keywords)
    if result.returncode == 0 or SILENCE not in result.stderr:
        return result
    return run(*arguments, '-d', '2s', **keywords)


def raise_descriptor_limit(needed):
    """Let this process and its children have so many descriptors, or skip the test."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < needed:
        raise unittest.SkipTest(f'needs {needed} descriptors, the hard limit is {hard}')
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


# What looks for leaks is a tracer too, and there can be only one.
TRACEABLE = os.environ | {'ASAN_OPTIONS': 'detect_leaks=0'}


def may_trace():
    """Is there strace, and does the system let it trace?"""
    if not shutil.which('strace'):
        return False
    return subprocess.run(['strace', '-o', '/dev/null', 'true'], capture_output=True,
                          check=False).returncode == 0


def _thread_states(pid):
    """/proc/PID/task/*/stat of the threads that do not end meanwhile."""
    texts = []
    for stat in pathlib.Path(f'/proc/{pid}/task').glob('*/stat'):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            texts.append(stat.read_text())
    return texts


def stop(pid):
    """Stop a process, and return when each thread stands still, but for those of its rings."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + DEADLINE_S
    while True:
        threads = _thread_states(pid)
        states = {thread.rpartition(')')[2].split()[0] for thread in threads
                  if '(iou-' not in thread}
        if states <= {'T', 't'}:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f'process {pid} does not stop: {states}')


class Url:
    """A listener's URL, taken apart."""

    def __init__(self, text):
        match = _URL.match(text)
        if not match:
            raise ValueError(f'no URL: {text!r}')
        self.text = text
        self.service, self.transport, self.rest = match.groups()
        self.local = self.transport.startswith('unix')
        self.stream = self.transport in ('tcp', 'unix')
        if not self.local:
            host, _, port = self.rest.rpartition(':')
            self.host, self.port = host.strip('[]'), int(port)

    def __str__(self):
        return self.text

    @property
    def target(self):
        """The URL without its service, as a client wants it."""
        return self.text.partition('+')[2] if self.service else self.text


class Server:
    """ringside serve, armed. As a context manager it has to end well on SIGTERM.

    count: of its listeners, where the URLs among the arguments do not tell.
    """

    def __init__(self, *arguments, wrap=(), engine=None, count=None, **keywords):
        self.arguments = [str(argument) for argument in arguments]
        engine = engine_options() if engine is None else list(engine)
        # Appended to, since reading it moves the position that the server writes at, too.
        self.stderr_file = tempfile.TemporaryFile('a+')
        self.process = subprocess.Popen(
            [*wrap, *WRAPPER, BINARY, 'serve', *engine, *self.arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.stderr_file, **keywords)
        self.lines = []
        try:
            self._await_listening(count or sum(bool(_URL.match(a)) for a in self.arguments) or 2)
        except BaseException:
            self.kill()
            raise

    def _await_listening(self, count):
        text = b''
        deadline = time.monotonic() + DEADLINE_S
        while text.count(b'\n') < count:
            ready, _, _ = select.select([self.process.stdout], [], [], deadline - time.monotonic())
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b''
            if not piece:
                raise AssertionError(f'serve {self.arguments} did not come up: {text!r}, '
                                     f'{self.stderr()!r}')
            text += piece
        self.lines = text.decode().splitlines()
        self.urls = [Url(line.removeprefix('listening ')) for line in self.lines]

    @property
    def url(self):
        return self.urls[0]

    @property
    def pid(self):
        return self.process.pid

    def stderr(self):
        self.stderr_file.seek(0)
        return self.stderr_file.read()

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Let it stand still until SIGCONT."""
        stop(self.pid)

    def wait(self):
        """The exit code, once it has ended by itself."""
        return self.process.wait(DEADLINE_S)

    def kill(self):
        """End it at once; nothing to do if it has ended."""
        self.process.kill()
        self.process.wait()
        self.close()

    def close(self):
        """Forget an ended server."""
        self.process.stdout.close()
        self.stderr_file.close()

    def end(self):
        """Terminate it; returns what it wrote to standard error."""
        self.signal(signal.SIGTERM)
        code = self.wait()
        errors = self.stderr()
        rest = self.process.stdout.read()
        self.close()
        if code != 0 or rest:
            raise AssertionError(f'serve {self.arguments} ended with {code}, wrote {rest!r} and '
                                 f'{errors!r}')
        return errors

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            if not self.process.stdout.closed:
                self.end()
            return
        if self.process.stdout.closed:
            return
        print(f'serve {self.arguments}: {self.stderr()}', file=sys.stderr)
        self.kill()
