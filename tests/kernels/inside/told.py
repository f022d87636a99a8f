"""What ringside tells of its choice between io_uring and epoll."""
import contextlib
import json
import os
import pathlib

import ringside

_SANDBOX = 'ringside serve: the sandbox is without '


def by_probe(**keywords):
    """What auto takes here, and why."""
    backend = json.loads(ringside.run('probe', '--json', **keywords).stdout)['backend']
    return backend['effective'], backend['reason']


def by_server(errors):
    """The lines of a server's standard error, but for those on what this kernel cannot confine."""
    return [line for line in errors.splitlines() if not line.startswith(_SANDBOX)]


def _links(folder):
    """What descriptors stand for, but for those that are closed meanwhile."""
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            yield os.readlink(path)


def has_ring(server):
    """Has it a ring of io_uring open, as the kernel tells it?"""
    return 'anon_inode:[io_uring]' in _links(pathlib.Path(f'/proc/{server.pid}/fd'))
