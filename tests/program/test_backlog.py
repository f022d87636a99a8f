"""How many connections may wait: as many as the kernel allows, up to 4096, or fewer on request."""
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

SOMAXCONN = pathlib.Path('/proc/sys/net/core/somaxconn')  # of the network namespace


def setUpModule():
    namespace.enter()


class TestBacklog(unittest.TestCase):
    def backlog(self, *options):
        """What the kernel says the listener has, and what the server said."""
        with peers.folder() as folder:
            stats = pathlib.Path(folder, 'stats.json')
            with ringside.Server('--json-stats', stats, *options,
                                 'echo+tcp://127.0.0.1:0') as server:
                lines = subprocess.run(['ss', '-Hltn', f'sport = :{server.url.port}'], text=True,
                                       capture_output=True, check=True).stdout.splitlines()
                told = server.stderr()
            options = json.loads(stats.read_text())['options']
        has = int(lines[0].split()[2])
        self.assertEqual(options['backlog'], has)
        return has, told

    def set_most(self, number):
        try:
            SOMAXCONN.write_text(f'{number}\n')
        except OSError as error:
            self.skipTest(f'{SOMAXCONN}: {error}')

    def test_is_4096_where_the_kernel_allows_more(self):
        self.set_most(10000)
        self.assertEqual(self.backlog(), (4096, ''))

    def test_is_what_the_kernel_allows(self):
        self.set_most(100)
        self.assertEqual(self.backlog(), (100, ''))

    def test_that_was_asked_for_is_given_and_what_is_not_is_told(self):
        self.set_most(10000)
        self.assertEqual(self.backlog('--backlog', 9000), (9000, ''))
        self.set_most(100)
        self.assertEqual(self.backlog('--backlog', 77), (77, ''))
        self.assertEqual(self.backlog('--backlog', 9000), (
            100, 'ringside serve: --backlog 9000: the kernel allows 100 (net.core.somaxconn)\n'))


if __name__ == '__main__':
    tap.main()
