"""A network namespace with a loopback of its own, for fixed and low ports."""
import ctypes
import os
import subprocess
import unittest


class Namespace:
    """As a context manager; wrap() is put before a command line that is to run inside."""

    def __init__(self):
        self.name = f'ringside-{os.getpid()}'

    def wrap(self):
        return ['ip', 'netns', 'exec', self.name]

    def run(self, *command, **keywords):
        if 'input' not in keywords:
            keywords['stdin'] = subprocess.DEVNULL
        return subprocess.run([*self.wrap(), *command], capture_output=True, text=True,
                              check=False, **keywords)

    def __enter__(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest('a network namespace needs root')
        try:
            self._ip('netns', 'add', self.name)
        except (OSError, subprocess.CalledProcessError) as error:
            raise unittest.SkipTest(f'no network namespace: {error}') from error
        self._ip('-n', self.name, 'link', 'set', 'lo', 'up')
        return self

    def __exit__(self, *_):
        self._ip('netns', 'delete', self.name)

    @staticmethod
    def _ip(*arguments):
        subprocess.run(['ip', *arguments], check=True, capture_output=True)


CLONE_NEWNET = 0x40000000


def enter():
    """Move this process, and what it starts from now on, to a namespace where nobody else is."""
    if os.geteuid() != 0:
        raise unittest.SkipTest('a network namespace needs root')
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise unittest.SkipTest(f'no network namespace: {os.strerror(ctypes.get_errno())}')
    try:
        subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise unittest.SkipTest(f'no loopback in a network namespace: {error}') from error
