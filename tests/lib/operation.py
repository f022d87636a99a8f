"""What stands around a server that is operated: a service manager's socket, sockets that are passed
on, a client of its metrics."""
import contextlib
import http.client
import os
import re
import select
import shutil
import socket
import sys
import threading
import time

import peers
from ringside import DEADLINE_S


class Manager:
    """What a service manager hears by NOTIFY_SOCKET."""

    def __init__(self, abstract=False):
        self.folder = peers.folder()
        self.path = f'{"@" if abstract else ""}{self.folder.name}/notify'
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path.replace('@', '\0'))
        self.socket.settimeout(DEADLINE_S)
        self.reader = None

    def environment(self, watchdog_us=None):
        environment = os.environ | {'NOTIFY_SOCKET': self.path}
        if watchdog_us:
            environment['WATCHDOG_USEC'] = str(watchdog_us)
        return environment

    def hear(self):
        """The next message: its assignments, by name."""
        return dict(line.split('=', 1) for line in self.socket.recv(4096).decode().splitlines())

    def await_message(self, good):
        """The first message for which good() is true."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            message = self.hear()
            if good(message):
                return message
        raise AssertionError('no such message')

    def heard(self):
        """What has arrived until now."""
        messages = []
        while select.select([self.socket], [], [], 0)[0]:
            messages.append(self.hear())
        return messages

    def forget(self):
        """Read from now on what comes, and keep none of it: who tells a manager waits for room."""
        def read():
            with contextlib.suppress(OSError):
                while self.socket.recv(4096):
                    pass
        self.socket.settimeout(None)
        self.reader = threading.Thread(target=read)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.reader:
            self.socket.shutdown(socket.SHUT_RDWR)
            self.reader.join()
        self.socket.close()
        self.folder.cleanup()


_PASS = '''
import os, sys
count, names = int(sys.argv[1]), sys.argv[2]
held = [os.dup(int(fd)) for fd in sys.argv[3:3 + count]]
moved = [os.dup2(fd, 100 + i) for i, fd in enumerate(held)]
for i, fd in enumerate(moved):
    os.dup2(fd, 3 + i, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(count), LISTEN_FDNAMES=names)
os.execv(sys.argv[3 + count], sys.argv[3 + count:])
'''


def passing(**sockets):
    """What Server() and run() want so that sockets are passed as systemd passes them: name=socket,
    or name=[socket, ...]."""
    pairs = [(name, one) for name, value in sockets.items()
             for one in (value if isinstance(value, list) else [value])]
    fds = [one if isinstance(one, int) else one.fileno() for _, one in pairs]
    return {'wrap': [sys.executable, '-c', _PASS, str(len(fds)),
                     ':'.join(name for name, _ in pairs), *map(str, fds)],
            'pass_fds': fds}


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost', timeout=DEADLINE_S)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(DEADLINE_S)
        self.sock.connect(self.path)


def metrics_address(server):
    """Where a server says that its metrics are; a port that it was free to choose included."""
    found = re.search(r'metrics at (?:http://)?(\S+)', server.stderr())
    if not found:
        raise AssertionError(f'no metrics: {server.stderr()!r}')
    return found[1]


def request(server, path, method='GET', headers=None):
    """Ask the server's HTTP listener; returns the response, which has its body as text."""
    address = metrics_address(server)
    if address.startswith('unix:'):
        connection = _UnixConnection(address.removeprefix('unix:'))
    else:
        connection = http.client.HTTPConnection(address, timeout=DEADLINE_S)
    with contextlib.closing(connection):
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        response.text = response.read().decode()
        return response


def activate():
    """The path of systemd-socket-activate, or None."""
    return shutil.which('systemd-socket-activate') or \
        shutil.which('systemd-socket-activate', path='/lib/systemd:/usr/lib/systemd')
