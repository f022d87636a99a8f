"""Names of hosts: with several addresses, with one that is told twice, and unknown ones; in files
of /etc that only the process under test sees."""
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

HOSTS = '127.0.0.2 pair\n127.0.0.3 pair\n127.0.0.1 twice\n127.0.0.1 twice\n'
# Nobody answers there, and that is known at once.
NAME_SERVERS = 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n'


class TestNames(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / 'hosts').write_text(HOSTS)
        (self.folder / 'resolv.conf').write_text(NAME_SERVERS)
        self.wrap = ['unshare', '--mount', 'sh', '-c',
                     f'mount --bind {self.folder}/hosts /etc/hosts && '
                     f'mount --bind {self.folder}/resolv.conf /etc/resolv.conf && exec "$@"', 'sh']
        try:
            subprocess.run([*self.wrap, 'true'], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            self.skipTest(f'needs unshare, and the right to mount files: {error}')

    def load(self, host, port):
        return ringside.run('load', '-n', '10', '-c', '1', f'tcp://{host}:{port}', wrap=self.wrap)

    def assert_fails(self, host, says):
        result = self.load(host, 9)
        self.assertEqual((result.returncode, result.stdout), (2, ''))
        self.assertRegex(result.stderr, rf'\Aringside load: {says}\n\Z')

    def test_the_address_that_answers_is_taken(self):
        for address in ('127.0.0.2', '127.0.0.3'):
            with self.subTest(address), ringside.Server(f'echo+tcp://{address}:0') as server:
                result = self.load('pair', server.url.port)
                self.assertEqual(result.returncode, 0, result.stderr)

    def test_where_none_answers_the_reason_is_told(self):
        self.assert_fails('pair', r'cannot connect to 127\.0\.0\.[23]:9: Connection refused')

    def test_an_address_that_is_told_twice_is_no_choice(self):
        """So no connection is made to try it."""
        stats = self.folder / 'stats.json'
        with ringside.Server('--json-stats', stats, 'echo+tcp://127.0.0.1:0') as server:
            result = self.load('twice', server.url.port)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(stats.read_text())['counters']['accepted'], 1)

    def test_a_name_that_nobody_can_ask_for(self):
        self.assert_fails('elsewhere', "no name server could say what 'elsewhere' is")


if __name__ == '__main__':
    tap.main()
