"""The first process of a kernel that is tried.

It sets the scene, runs the jobs of /plan.json one after another, and tells on the second serial
line what they print, as lines of JSON.
"""
import ctypes
import fcntl
import json
import math
import os
import pathlib
import resource
import signal
import socket
import struct
import subprocess
import threading
import time

REPORT_TO = '/dev/ttyS1'
MOUNTS = (('proc', '/proc'), ('sysfs', '/sys'), ('devtmpfs', '/dev'), ('tmpfs', '/dev/shm'),
          ('tmpfs', '/run'))
RESTART = 0x1234567  # reboot(2)
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
LINE_MAX = 2000
ALIVE_EVERY_S = 2
GRACE_S = 60  # after a job's limit, until this kernel no longer counts as one that goes on
FILES_MAX = 65536

libc = ctypes.CDLL(None, use_errno=True)


def mount_all():
    for kind, place in MOUNTS:
        os.makedirs(place, exist_ok=True)
        if libc.mount(kind.encode(), place.encode(), kind.encode(), 0, None) < 0:
            raise OSError(ctypes.get_errno(), f'{kind} cannot be mounted on {place}')
    # Nothing is mounted there: it is in memory as it is, and the build may stand in it.
    os.makedirs('/tmp', exist_ok=True)
    os.chmod('/tmp', 0o1777)


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack('16sH14x', b'lo', 0)
        flags = struct.unpack('16sH14x', fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack('16sH14x', b'lo', flags | IFF_UP))


def raise_limits():
    """More descriptors than any job needs; a kernel's own limit for its first process is 4096."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_MAX, FILES_MAX))


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def perform(job, report):
    """Run a job; each line that it prints is told at once."""
    begun, say = time.monotonic(), report.say
    report.alive_until = begun + job['limit_s'] + GRACE_S
    say(job=job['name'], begins=True)
    process = subprocess.Popen(job['command'], env=job['environment'], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors='replace', start_new_session=True)
    limit = threading.Timer(job['limit_s'], kill_group, [process])
    limit.start()
    for line in process.stdout:
        say(job=job['name'], line=line.rstrip('\n')[:LINE_MAX])
    code = process.wait()
    limit.cancel()
    kill_group(process)
    say(job=job['name'], code=code, seconds=round(time.monotonic() - begun, 1))


class Report:
    """Records on their way out of here."""

    def __init__(self, path):
        self.stream = open(path, 'w', encoding='utf-8')
        self.lock = threading.Lock()
        self.alive_until = math.inf

    def say(self, **record):
        with self.lock:
            print(json.dumps(record), file=self.stream, flush=True)

    def stay_alive(self):
        """Say so now and then: a job may be silent for long, and this kernel goes on the same. Of a
        job that is not over long after its limit nothing is said, so that the kernel is ended."""
        while True:
            time.sleep(ALIVE_EVERY_S)
            if time.monotonic() < self.alive_until:
                self.say(alive=True)


def main():
    mount_all()
    loopback_up()
    raise_limits()
    plan = json.loads(pathlib.Path('/plan.json').read_text())
    report = Report(REPORT_TO)
    report.say(release=os.uname().release)
    threading.Thread(target=report.stay_alive, daemon=True).start()
    for job in plan:
        perform(job, report)
    report.say(end=True)
    libc.tcdrain(report.stream.fileno())
    libc.reboot(RESTART)
