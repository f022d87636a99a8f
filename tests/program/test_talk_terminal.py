"""ringside talk at a terminal: it asks, shows answers, and notices when the server goes."""
import os
import pathlib
import pty
import select
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import ringside  # noqa: E402
import tap  # noqa: E402


class Terminal:
    """ringside talk with a terminal for standard input, output and error."""

    def __init__(self, *arguments):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(ringside.BINARY, [ringside.BINARY, 'talk', *arguments])
        self.shown = ''

    def type(self, text):
        os.write(self.fd, text.encode())

    def _read(self, deadline):
        ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise AssertionError(f'nothing more came after {self.shown!r}')
        try:
            return os.read(self.fd, 65536).decode().replace('\r\n', '\n')
        except OSError:  # the other side of a terminal has gone
            return ''

    def expect(self, text):
        """Read on until text stands at the end."""
        deadline = time.monotonic() + ringside.DEADLINE_S
        while not self.shown.endswith(text):
            piece = self._read(deadline)
            if not piece:
                raise AssertionError(f'{text!r} is not at the end of {self.shown!r}')
            self.shown += piece

    def end(self):
        """The exit code; what is shown until then is read."""
        deadline = time.monotonic() + ringside.DEADLINE_S
        while piece := self._read(deadline):
            self.shown += piece
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class TestTerminal(unittest.TestCase):
    def setUp(self):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(self.listener.close)

    def talk(self, *options):
        """A conversation with this test, which is the server."""
        terminal = Terminal(*options, f'tcp://127.0.0.1:{self.listener.getsockname()[1]}')
        server, _ = self.listener.accept()
        self.addCleanup(server.close)
        terminal.expect('> ')
        return terminal, server

    def say(self, terminal, server, line, message, answer):
        terminal.type(line + '\n')
        self.assertEqual(server.recv(100), message)
        server.sendall(answer)

    def test_lines_are_asked_for_and_answers_shown(self):
        terminal, server = self.talk()
        self.say(terminal, server, 'hello', b'hello', b'you said hello')
        terminal.expect('> hello\nyou said hello\n> ')
        self.say(terminal, server, 'again', b'again', b'you said again')
        terminal.expect('> again\nyou said again\n> ')
        terminal.type('\n')
        self.assertEqual(terminal.end(), 0)

    def test_end_of_file_ends_the_conversation(self):
        terminal, _ = self.talk()
        terminal.type('\x04')
        self.assertEqual(terminal.end(), 0)

    def test_close_is_noticed_while_asking(self):
        terminal, server = self.talk()
        server.close()
        self.assertEqual(terminal.end(), 0)
        self.assertTrue(terminal.shown.endswith('> \nringside talk: closed by the server\n'),
                        terminal.shown)

    def test_what_the_server_says_by_itself_is_shown_while_asking(self):
        terminal, server = self.talk()
        server.sendall(b'news')
        terminal.expect('> \nnews\n> ')
        terminal.type('\n')
        self.assertEqual(terminal.end(), 0)

    def test_close_before_the_answer_is_a_failure(self):
        terminal, server = self.talk()
        terminal.type('hello\n')
        self.assertEqual(server.recv(100), b'hello')
        server.close()
        self.assertEqual(terminal.end(), 1)
        self.assertIn('closed by the server without an answer', terminal.shown)

    def test_escape_sequences_of_a_server_do_not_reach_the_terminal(self):
        terminal, server = self.talk()
        self.say(terminal, server, 'x', b'x', b'\x1b]0;title\x07 red')
        terminal.expect('\\x1b]0;title\\x07 red\n> ')
        terminal.type('\n')
        self.assertEqual(terminal.end(), 0)

    def test_control_characters_of_latin_1_do_not_reach_the_terminal(self):
        """A terminal takes U+009B, or a lone 9b, for the beginning of an escape sequence."""
        terminal, server = self.talk()
        self.say(terminal, server, 'x', b'x', b'\xc2\x9b31m \x9b31m')
        terminal.expect('\\xc2\\x9b31m \\x9b31m\n> ')
        terminal.type('\n')
        self.assertEqual(terminal.end(), 0)

    def test_wrong_hexadecimal_may_be_typed_again(self):
        terminal, server = self.talk('--hex')
        terminal.type('4g\n')
        terminal.expect('is not hexadecimal from character 2 on (48 65 6c)\n> ')
        self.say(terminal, server, '48 69', b'Hi', b'ok')
        terminal.expect('> 48 69\n6f 6b\n> ')
        terminal.type('\n')
        self.assertEqual(terminal.end(), 0)


if __name__ == '__main__':
    tap.main()
