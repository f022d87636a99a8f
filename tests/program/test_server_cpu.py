"""load --server-pid: what a server costs that starts processes, beside its own account."""
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TICKS_S = 0.05  # processes that have ended are told in ticks of 0.01 s, which are rounded

# A process a connection; at SIGTERM it tells what it and they have used since it was ready.
FORKING_SERVER = '''
import os
import resource
import signal
import socket
import sys


def used():
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def wait(*_):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def end(*_):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass
    print(used() - begin, flush=True)
    sys.exit()


signal.signal(signal.SIGCHLD, signal.SIG_IGN if sys.argv[1] == 'ignore' else wait)
signal.signal(signal.SIGTERM, end)
listener = socket.create_server(('127.0.0.1', 0), backlog=128)
print('tcp://127.0.0.1:%d' % listener.getsockname()[1], flush=True)
begin = used()
while True:
    connected, _ = listener.accept()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        while data := connected.recv(65536):
            connected.sendall(data)
        os._exit(0)
    connected.close()
'''


class TestServerCpu(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / 'server.py').write_text(FORKING_SERVER)

    def measure(self, mode, *options):
        """The result, and what the server says it has used, in seconds."""
        server = subprocess.Popen([sys.executable, self.folder / 'server.py', mode], text=True,
                                  stdout=subprocess.PIPE)
        try:
            url = server.stdout.readline().strip()
            path = self.folder / 'result.json'
            load = ringside.run('load', '--server-pid', server.pid, '--json', path, *options, url)
            self.assertEqual(load.returncode, 0, load.stdout + load.stderr)
            server.send_signal(signal.SIGTERM)
            told, _ = server.communicate(timeout=ringside.DEADLINE_S)
        finally:
            server.kill()
            server.wait()
        return load.stdout, json.loads(path.read_text()), float(told)

    def check_cpu(self, found, told_s):
        """All requests were in the window, and next to nothing else was done."""
        cpu_s = found['server']['cpu_ns'] / 1e9
        self.assertGreater(cpu_s, 0)
        self.assertLess(cpu_s, told_s + TICKS_S)
        self.assertGreater(cpu_s, told_s / 2 - TICKS_S)

    def test_processes_that_live_are_counted(self):
        _, found, told_s = self.measure('wait', '-n', '30000', '-c', '3')
        self.assertGreater(told_s, 4 * TICKS_S)
        self.check_cpu(found, told_s)

    def test_processes_that_have_ended_are_counted(self):
        _, found, told_s = self.measure('wait', '-n', '500', '-c', '2', '--mode', 'connect')
        self.check_cpu(found, told_s)

    def test_what_nobody_counts_is_not_known(self):
        """It ignores SIGCHLD: what its children have used is thrown away."""
        shown, found, _ = self.measure('ignore', '-n', '200', '-c', '8', '--mode', 'connect')
        if found['server'] is None:
            self.assertIn('not known', shown)
        else:  # at both moments it had no child at all: nothing tells of those in between
            self.skipTest('no child lived when the server was looked at')

    @unittest.skipUnless(shutil.which('socat'), 'socat is not installed')
    def test_a_server_that_starts_programs_is_charged_with_them(self):
        path = self.folder / 's'
        server = subprocess.Popen(['socat', f'UNIX-LISTEN:{path},fork', 'EXEC:cat'])
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        deadline = time.monotonic() + ringside.DEADLINE_S
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        result = self.folder / 'result.json'
        load = ringside.run('load', '-c', 2, '-n', 20000, '--server-pid', server.pid, '--json',
                            result, f'unix:{path}')
        self.assertEqual(load.returncode, 0, load.stderr)
        self.assertGreater(json.loads(result.read_text())['server']['cpu_ns_per_request'], 1000)


if __name__ == '__main__':
    tap.main()
