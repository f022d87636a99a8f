"""ringside-mpi: one load by all ranks, and one result that is their sum."""
import base64
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import hosts  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

BINARY = os.environ.get('RINGSIDE_MPI', '')
ENVIRONMENT = os.environ | hosts.MPI_ENVIRONMENT


def setUpModule():
    if not BINARY:
        raise unittest.SkipTest('built without ringside-mpi (-Dmpi=enabled), or with TSan')
    if not shutil.which('mpirun'):
        raise unittest.SkipTest('mpirun is not installed (openmpi-bin)')


def mpirun(*arguments, wrap=(), env=None):
    """Run it to its end. -q: it does not say again that a rank has ended with an error."""
    return subprocess.run([*wrap, 'mpirun', '-q', *map(str, arguments)], capture_output=True,
                          stdin=subprocess.DEVNULL, text=True, check=False,
                          timeout=2 * ringside.DEADLINE_S, env=env or ENVIRONMENT)


def numbers(payload):
    """The ZigZag LEB128 numbers of HdrHistogram's encoding V2 (9 bytes at most)."""
    at = 0
    while at < len(payload):
        value = shift = 0
        for count in range(9):
            byte = payload[at]
            at += 1
            value |= (byte if count == 8 else byte & 0x7f) << shift
            shift += 7
            if count == 8 or not byte & 0x80:
                break
        yield value >> 1 ^ -(value & 1)


def counts(text):
    """{index of a bucket: count} of a document's histogram."""
    raw = zlib.decompress(base64.b64decode(text)[8:])
    found, index = {}, 0
    for number in numbers(raw[40:]):
        if number < 0:
            index -= number
            continue
        if number > 0:
            found[index] = number
        index += 1
    return found


class MpiTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.json = pathlib.Path(folder.name) / 'all.json'

    def serve(self, **keywords):
        server = ringside.Server('echo+tcp://127.0.0.1:0', **keywords)
        self.addCleanup(server.__exit__, None, None, None)
        return server.url

    def load(self, count, *options, code=0):
        """The document of a load by so many ranks."""
        result = mpirun('-np', count, BINARY, 'load', '--json', self.json, *options)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return json.loads(self.json.read_text())

    def check_sums(self, document, ranks):
        runs = document['runs']
        self.assertEqual([run['rank'] for run in runs], list(range(ranks)))
        self.assertEqual([row['rank'] for row in document['hosts']], list(range(ranks)))
        for key in ('sent', 'requests', 'bytes', 'bytes_sent', 'lost', 'connects', 'cpu_ns',
                    'system_calls', 'completions'):
            self.assertEqual(document[key], sum(run[key] for run in runs), key)
        for key in document['errors']:
            self.assertEqual(document['errors'][key], sum(run['errors'][key] for run in runs))
        self.assertEqual(document['duration_ns'], max(run['duration_ns'] for run in runs))

    def check_histogram(self, document, key):
        """Bucket by bucket, and the figures that are exact."""
        parts = [run[key] for run in document['runs']]
        sums = {}
        for part in parts:
            for index, count in counts(part['histogram']).items():
                sums[index] = sums.get(index, 0) + count
        self.assertEqual(counts(document[key]['histogram']), sums)
        self.assertEqual(document[key]['min'], min(part['min'] for part in parts))
        self.assertEqual(document[key]['max'], max(part['max'] for part in parts))
        return sum(sums.values())


class TestSum(MpiTest):
    def test_result_is_the_sum_of_the_ranks(self):
        url = self.serve()
        for ranks in 1, 2, 4:
            with self.subTest(ranks=ranks):
                document = self.load(ranks, '-c', 3, '-n', 4003, url)
                self.check_sums(document, ranks)
                self.assertEqual(document['requests'], 4003)
                self.assertEqual(self.check_histogram(document, 'latency_ns'), 4003)
                self.assertEqual(self.check_histogram(document, 'connect_ns'), 3 * ranks)
                self.assertEqual([run['requests'] for run in document['runs']],
                                 [4003 // ranks + (rank < 4003 % ranks) for rank in range(ranks)])
                self.assertEqual(document['connected'], 3 * ranks)
                self.assertEqual(document['options']['connections'], 3 * ranks)

    def test_rate_is_split_and_judged_as_a_whole(self):
        document = self.load(2, '-c', 2, '-R', 1000, '-n', 301, '--threshold', 'max<1ns',
                             self.serve(), code=1)
        self.check_sums(document, 2)
        self.assertEqual(document['options']['rate'], 1000)
        self.assertEqual(document['verdict']['evidence']['rate_wanted_per_s'], 500)
        self.assertEqual(self.check_histogram(document, 'slip_ns'), 301)
        self.assertEqual([row['share'] for row in document['hosts']], ['1/2', '2/2'])
        broken, = document['thresholds']
        self.assertFalse(broken['kept'])
        self.assertEqual(broken['actual'], document['latency_ns']['max'])

    def test_every_run_begins_together(self):
        document = self.load(2, '-c', 2, '-n', 200, '-x', 3, self.serve())
        self.assertEqual([(run['rank'], run['index']) for run in document['runs']],
                         [(rank, index) for rank in (0, 1) for index in (1, 2, 3)])
        self.assertEqual(document['requests'], 600)

    def test_rank_0_alone_prints(self):
        url = self.serve()
        result = mpirun('-np', 3, BINARY, 'load', '-c', 1, '-n', 30, url)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.count(str(url)), 1, result.stdout)
        self.assertEqual(result.stderr, '')
        result = mpirun('-np', 3, BINARY, 'load', '--help')
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout.count('Usage: ringside-mpi load'), 1)


class TestErrors(MpiTest):
    def check(self, pattern, *arguments):
        self.check_result(pattern, mpirun(*arguments))

    def check_result(self, pattern, result):
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertEqual(result.stdout, '')
        self.assertRegex(result.stderr, rf'\Aringside-mpi load: {pattern}\n\Z')

    def test_one_rank_that_cannot_connect_ends_all(self):
        good = ['-np', 1, BINARY, 'load', '-d', '60s', '-c', 1, self.serve()]
        with socket.socket() as refusing:
            refusing.bind(('127.0.0.1', 0))
            url = f'tcp://127.0.0.1:{refusing.getsockname()[1]}'
            host = re.escape(socket.gethostname())
            self.check(rf'rank 1 of 2 on {host}: cannot reach echo\+{url}: Connection refused',
                       *good, ':', '-np', 1, BINARY, 'load', '-d', '60s', '-c', 1, url)

    def test_one_rank_without_files_ends_all(self):
        url = self.serve()
        load = [BINARY, 'load', '-d', '60s', '-c', '200', str(url)]
        self.check(r'rank 1 of 2 on \S+: --connections 200 needs \d+ open files, .*',
                   '-np', 1, *load, ':', '-np', 1, 'sh', '-c', 'ulimit -n 150; exec "$@"', 'sh',
                   *load)

    def test_options_of_a_single_process_are_refused(self):
        for option in ('--share=1/2', '--start-at=4000000000', '--steady=slope:1%/5s',
                       '--job=x.ini', '--server-pid=1', '--json-stream=-', '--dry-run',
                       '--split', '--round-trips=x'):
            name = option.partition('=')[0]
            with self.subTest(option=name):
                result = subprocess.run([BINARY, 'load', option, 'tcp://127.0.0.1:1'],
                                        capture_output=True, text=True, check=False,
                                        timeout=ringside.DEADLINE_S, env=ENVIRONMENT)
                self.check_result(f'rank 0 of 1 on .*: {name} is not for ringside-mpi: .*', result)

    def test_unknown_command_says_what_there_is(self):
        result = subprocess.run([BINARY, 'serve'], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn('the only command is load', result.stderr)

    def test_rank_that_aborts_ends_the_windows_of_all(self):
        options = ['load', '-d', '600s', '-i', '50ms', '-c', '1', '--abort-on', 'error',
                   '--json', self.json]
        with socket.create_server(('127.0.0.1', 0)) as listener:
            url = f'tcp://127.0.0.1:{listener.getsockname()[1]}'
            process = subprocess.Popen(
                ['mpirun', '-q', '-np', '1', BINARY, *map(str, options), str(self.serve()), ':',
                 '-np', '1', BINARY, *map(str, options), url], env=ENVIRONMENT,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            self.addCleanup(process.stderr.close)
            self.addCleanup(process.kill)
            # One more than the load's own: it tries the address first.
            while True:
                listener.settimeout(ringside.DEADLINE_S)
                connected, _ = listener.accept()
                with connected:
                    connected.settimeout(ringside.DEADLINE_S)
                    if connected.recv(64):
                        break
            self.assertEqual(process.wait(ringside.DEADLINE_S), 1)
        document = json.loads(self.json.read_text())
        self.check_sums(document, 2)
        self.assertFalse(document['interrupted'])
        self.assertEqual([row['errors'] for row in document['hosts']], [0, 1])


class TestHosts(MpiTest):
    def test_ranks_in_network_namespaces(self):
        with hosts.Hosts('one', 'two') as net:
            with ringside.Server(f'echo+tcp://{hosts.SERVER}:0', wrap=net.wrap()) as server:
                result = mpirun('--host', 'one,two', BINARY, 'load', '-c', 2, '-n', 1000,
                                '--json', self.json, server.url, wrap=net.wrap(),
                                env=net.environment())
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        document = json.loads(self.json.read_text())
        self.check_sums(document, 2)
        self.assertEqual([row['name'] for row in document['hosts']], ['one', 'two'])
        self.assertEqual([run['host'] for run in document['runs']], ['one', 'two'])
        self.assertEqual(self.check_histogram(document, 'latency_ns'), 1000)
        self.assertRegex(result.stdout, r'(?s)rank +host.* 0 one .* 1 two ')


if __name__ == '__main__':
    tap.main()
