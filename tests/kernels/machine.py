"""A machine without hardware: boots a kernel under QEMU, listens to it, and ends it if it hangs."""
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import time

PROGRAM = 'qemu-system-x86_64'
BOOT_S_MAX = 60       # of QEMU's CPU time, until the first process speaks
SILENCE_S_MAX = 120   # of it, between two records
# By the clock: a kernel takes three minutes on a quiet machine, and has taken 25 where QEMU got
# little of a CPU.
WHOLE_S_MAX = 3600
POLL_S = 0.2
CONSOLE_LINES = 20
# Emulated, as /dev/kvm is not to be had everywhere, or is but does not work. Time inside is made
# by instructions, so that nothing runs into a deadline because this machine is busy, and passes at
# once where all wait. With that several processors do not start (5.10), so there is one.
ARGUMENTS = ['-accel', 'tcg', '-icount', 'shift=1,sleep=off', '-cpu', 'max', '-smp', '1',
             '-m', '1024', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot']
COMMAND_LINE = 'console=ttyS0 panic=-1 reboot=t quiet mitigations=off no_timer_check'


@dataclasses.dataclass
class Boot:
    """What became of one: records that the first process told (inside/init.py), in order; trouble:
    why it did not come to its end, or ''; the last lines of the console."""
    records: list
    trouble: str
    console: str
    seconds: float


class Listener:
    """The file that the second serial line is written to, read as it grows."""

    def __init__(self, path):
        self.stream = open(path, 'rb')
        self.rest = b''
        self.records = []

    def hear(self):
        """Take what is new; was there anything?"""
        piece = self.stream.read()
        *lines, self.rest = (self.rest + piece).split(b'\n')
        for line in lines:
            try:
                self.records.append(json.loads(line))
            except ValueError:
                self.records.append({'garbled': line.decode(errors='replace')})
        return bool(piece)

    def doing(self):
        """What was going on last, for people."""
        job = next((record['job'] for record in reversed(self.records) if 'job' in record), None)
        return f'in {job}' if job else 'before its first job' if self.records else 'while it booted'


def _cpu_s(pid):
    """The CPU time of a process: what it has had on a busy machine, too."""
    try:
        fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    except FileNotFoundError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def _watch(process, listener, limits):
    """Wait for the end; why it was not waited for any longer, or ''."""
    boot_s_max, silence_s_max, whole_s_max = limits
    begun, heard_s = time.monotonic(), 0
    while process.poll() is None:
        time.sleep(POLL_S)
        if listener.hear():
            heard_s = _cpu_s(process.pid)
        allowed_s = silence_s_max if listener.records else boot_s_max
        if _cpu_s(process.pid) - heard_s > allowed_s:
            return f'it said nothing for {allowed_s} s of CPU time {listener.doing()}'
        if time.monotonic() - begun > whole_s_max:
            return f'it was not done after {whole_s_max} s, and was ended {listener.doing()}'
    return ''


def last_lines(path):
    text = path.read_text(errors='replace').replace('\r', '')
    return '\n'.join(text.rstrip().splitlines()[-CONSOLE_LINES:])


def _early_end(process, listener, said):
    """Of one that ended, but not by itself: where, how and what QEMU said of it."""
    code = process.returncode
    how = (f' by {signal.Signals(-code).name}' if code < 0 else
           f' with exit code {code}' if code else '')
    return '\n'.join(filter(None, [f'it ended {listener.doing()}{how}', said]))


def boot(image, initramfs, folder, name, *, program=PROGRAM,
         limits=(BOOT_S_MAX, SILENCE_S_MAX, WHOLE_S_MAX)):
    """Boot a kernel, and wait until it has run all its jobs. Leaves in folder what the console said
    (NAME.console) and what the first process told (NAME.jsonl)."""
    console, report = folder / f'{name}.console', folder / f'{name}.jsonl'
    report.write_bytes(b'')
    console.write_bytes(b'')
    listener = Listener(report)
    begun = time.monotonic()
    with subprocess.Popen([program, *ARGUMENTS, '-serial', f'file:{console}',
                           '-serial', f'file:{report}', '-kernel', str(image),
                           '-initrd', str(initramfs), '-append', COMMAND_LINE],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as process:
        trouble = _watch(process, listener, limits)
        if trouble:
            process.kill()
        said = process.communicate()[1].decode(errors='replace').strip()
    listener.hear()
    listener.stream.close()
    if not trouble and {'end': True} not in listener.records:
        trouble = _early_end(process, listener, said)
    return Boot(listener.records, trouble, last_lines(console), time.monotonic() - begun)
