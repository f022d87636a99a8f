"""Programs that people already have: the clients of textbooks, socat, nc and rdate."""
import os
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import namespace  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

# As it stands in many a book: sends in a loop and prints what comes.
HELLO_CLIENT = '''
import socket, sys

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect((sys.argv[1], int(sys.argv[2])))
for i in range(5):
    client.send(b'Hello World')
    print(client.recv(1024).decode())
client.close()
'''

# The client of a UDP time server: sends a line and prints the time.
TIME_CLIENT = '''
import socket, sys

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(30)
client.sendto(b'What time is it?\\n', (sys.argv[1], int(sys.argv[2])))
data, address = client.recvfrom(8192)
print(data.decode())
client.close()
'''

# The interactive client of another book: what is typed is sent, until an empty line.
TYPING_CLIENT = '''
from socket import *
import sys

client = socket(AF_INET, SOCK_STREAM)
client.connect((sys.argv[1], int(sys.argv[2])))
while True:
    data = sys.stdin.readline().strip()
    if not data:
        break
    client.send(data.encode())
    data = client.recv(1024)
    if not data:
        break
    print(data.decode())
client.close()
'''


def client(*command, **keywords):
    """Run a client to its end; returns what it printed."""
    keywords.setdefault('input', '')
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            timeout=ringside.DEADLINE_S, check=True, **keywords)
    return result.stdout


class TestPython(unittest.TestCase):
    def run_client(self, script, url, **keywords):
        return client(sys.executable, '-c', script, url.host, str(url.port), **keywords)

    def test_hello_world_in_a_loop(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            self.assertEqual(self.run_client(HELLO_CLIENT, server.url), 'Hello World\n' * 5)

    def test_the_time_over_udp(self):
        with ringside.Server('ctime+udp://127.0.0.1:0') as server:
            printed = self.run_client(TIME_CLIENT, server.url)
        told = time.mktime(time.strptime(printed.strip()))
        self.assertLess(abs(time.time() - told), ringside.DEADLINE_S)

    def test_what_is_typed_comes_back_with_the_time(self):
        with ringside.Server('stamped+tcp://127.0.0.1:0') as server:
            printed = self.run_client(TYPING_CLIENT, server.url, input='hello\nagain\n\nnot sent\n')
        first, second = printed.splitlines()
        self.assertRegex(first, r'^\[\w{3} \w{3} .* \d{4}\] hello$')
        self.assertRegex(second, r'^\[\w{3} \w{3} .* \d{4}\] again$')


@unittest.skipUnless(shutil.which('socat'), 'socat is not installed')
class TestSocat(unittest.TestCase):
    def test_every_transport(self):
        text = 'hello\nfrom socat\n'
        with peers.folder() as folder, ringside.Server(
                'echo+tcp://127.0.0.1:0', 'echo+udp://127.0.0.1:0', f'echo+unix:{folder}/s',
                f'echo+unixgram:{folder}/d', f'echo+unixpacket:{folder}/p') as server:
            tcp, udp = (f'{url.host}:{url.port}' for url in server.urls[:2])
            # Datagrams have no end: so many bytes are the answer.
            for peer in (f'TCP:{tcp}', f'UDP:{udp},readbytes={len(text)}',
                         f'UNIX-CONNECT:{folder}/s', f'UNIX-CONNECT:{folder}/p,type=5',
                         f'UNIX-CONNECT:{folder}/d,type=2,bind={folder}/c,readbytes={len(text)}'):
                with self.subTest(peer=peer):
                    self.assertEqual(client('socat', '-t', '30', '-', peer, input=text), text)

    def test_a_megabyte_with_half_close(self):
        text = peers.pattern(1, 1 << 20).hex()
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            printed = client('socat', '-t', '30', '-', f'TCP:127.0.0.1:{server.url.port}',
                             input=text)
        self.assertEqual(printed, text)

    def test_daytime_is_a_line_and_the_end(self):
        with ringside.Server('daytime+tcp://127.0.0.1:0') as server:
            printed = client('socat', '-u', f'TCP:127.0.0.1:{server.url.port}', '-')
        self.assertEqual(len(printed.strip()), 24)


@unittest.skipUnless(shutil.which('nc'), 'nc is not installed')
class TestNc(unittest.TestCase):
    def test_tcp(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            printed = client('nc', '-N', '127.0.0.1', str(server.url.port), input='hello\n')
        self.assertEqual(printed, 'hello\n')

    def test_udp(self):
        with ringside.Server('greeting+udp://127.0.0.1:0') as server:
            printed = client('nc', '-u', '-W', '1', '127.0.0.1', str(server.url.port), input='hi\n')
        self.assertEqual(printed, 'Hello Dave')


@unittest.skipUnless(shutil.which('ncat'), 'ncat is not installed')
class TestNcat(unittest.TestCase):
    def test_tcp(self):
        with ringside.Server('echo+tcp://127.0.0.1:0') as server:
            printed = client('ncat', '127.0.0.1', str(server.url.port), input='hello\n')
        self.assertEqual(printed, 'hello\n')

    def test_unix(self):
        with peers.folder() as folder, ringside.Server(f'echo+unix:{folder}/s'):
            self.assertEqual(client('ncat', '-U', f'{folder}/s', input='hello\n'), 'hello\n')


@unittest.skipUnless(shutil.which('rdate'), 'rdate is not installed')
class TestRdate(unittest.TestCase):
    """It knows only port 37."""

    def check(self, transport, *options):
        with namespace.Namespace() as inside:
            with ringside.Server(f'time+{transport}://127.0.0.1:time', wrap=inside.wrap(),
                                 env=os.environ | {'TZ': 'UTC'}):
                printed = client(*inside.wrap(), 'rdate', '-p', *options, '127.0.0.1',
                                 env=os.environ | {'TZ': 'UTC', 'LC_ALL': 'C'})
        parsed = time.strptime(printed.strip(), '%a %b %d %H:%M:%S UTC %Y')
        told = time.mktime(parsed) - time.timezone
        self.assertLess(abs(time.time() - told), ringside.DEADLINE_S, printed)

    def test_tcp(self):
        self.check('tcp')

    def test_udp(self):
        self.check('udp', '-u')


if __name__ == '__main__':
    tap.main()
