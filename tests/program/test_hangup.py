"""SIGHUP, which a closed terminal sends, and who wants a configuration to be read again."""
import fcntl
import os
import pathlib
import pty
import signal
import sys
import termios
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

# An answer is owed for so long that a server which did not wait would not give it.
ECHO = ('--inject', 'delay=300ms:tcp', 'echo+tcp://127.0.0.1:0')


class TestHangup(unittest.TestCase):
    def at_a_terminal(self, before=lambda: None):
        """A server that a terminal is the master of, and that terminal's other end."""
        master, slave = pty.openpty()

        def prepare():
            before()
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        server = ringside.Server(*ECHO, preexec_fn=prepare, pass_fds=(slave,))
        os.close(slave)
        return server, master

    def test_a_server_without_a_terminal_goes_on_and_says_why(self):
        with ringside.Server(*ECHO, start_new_session=True) as server:
            with peers.connect(server.url) as connected:
                server.signal(signal.SIGHUP)
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            self.assertIn('SIGHUP: the configuration is not read again', server.end())

    def test_a_terminal_that_is_closed_ends_it_as_sigterm_does(self):
        server, master = self.at_a_terminal()
        with server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'one'), b'one')
                connected.sendall(b'two')
                os.close(master)
                server.signal(signal.SIGHUP)  # as a shell does, besides the kernel
                self.assertEqual(peers.receive_all(connected), b'two')
            self.assertEqual(server.wait(), 0)
            self.assertNotIn('cut off', server.stderr())

    def test_who_is_to_outlive_the_terminal_does(self):
        """As nohup(1) starts it."""
        server, master = self.at_a_terminal(
            lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        with server:
            os.close(master)
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            self.assertNotIn('SIGHUP', server.end())


if __name__ == '__main__':
    tap.main()
