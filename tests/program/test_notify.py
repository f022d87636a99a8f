"""What a service manager is told of ringside serve, by sd_notify(3)."""
import pathlib
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import operation  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

TCP = 'echo+tcp://127.0.0.1:0'
UDP = 'echo+udp://127.0.0.1:0'


class TestMessages(unittest.TestCase):
    def test_ready_is_the_first_and_says_that_every_listener_answers(self):
        with operation.Manager() as manager:
            with ringside.Server('-t', '2', TCP, UDP, env=manager.environment()) as server:
                first = manager.hear()
                self.assertEqual(first['READY'], '1')
                self.assertIn('0 connections', first['STATUS'])
                for url in server.urls:
                    with peers.connect(url) as connected:
                        self.assertEqual(peers.ask(connected, b'hello'), b'hello')

    def test_a_server_that_cannot_listen_is_never_ready(self):
        with operation.Manager() as manager, peers.make(ringside.Url('tcp://127.0.0.1:0')) as other:
            other.bind(('127.0.0.1', 0))
            other.listen()
            port = other.getsockname()[1]
            result = ringside.run('serve', TCP, f'echo+tcp://127.0.0.1:{port}',
                                  env=manager.environment())
            self.assertEqual(result.returncode, 2)
            self.assertEqual(manager.heard(), [])

    def test_the_status_is_renewed(self):
        with operation.Manager() as manager:
            with ringside.Server('--stats-interval', '50ms', TCP,
                                 env=manager.environment()) as server:
                with peers.connect(server.url) as connected:
                    self.assertEqual(peers.ask(connected, b'hello'), b'hello')
                    message = manager.await_message(
                        lambda heard: '1 connection,' in heard.get('STATUS', ''))
                    self.assertNotIn('READY', message)
                    self.assertIn('messages/s', message['STATUS'])

    def test_stopping_is_told_before_the_end(self):
        with operation.Manager() as manager:
            with ringside.Server(TCP, env=manager.environment()) as server:
                manager.await_message(lambda heard: 'READY' in heard)
                server.end()
                self.assertEqual(manager.heard()[-1]['STOPPING'], '1')

    def test_a_manager_with_an_abstract_name_is_told(self):
        with operation.Manager(abstract=True) as manager:
            with ringside.Server(TCP, env=manager.environment()):
                self.assertEqual(manager.hear()['READY'], '1')

    def errors_of(self, address):
        """What a server says whose manager is said to be there. It serves all the same."""
        environment = operation.os.environ | {'NOTIFY_SOCKET': address}
        with ringside.Server('--stats-interval', '20ms', TCP, env=environment) as server:
            with peers.connect(server.url) as connected:
                self.assertEqual(peers.ask(connected, b'hello'), b'hello')
            errors = server.end()
        self.assertEqual(errors.count('NOTIFY_SOCKET'), 1, errors)
        return errors

    def test_a_manager_that_is_not_there_is_worth_one_line(self):
        self.assertIn('No such file', self.errors_of('/nonexistent/notify'))

    def test_a_manager_whose_address_is_of_no_known_kind_is_worth_one_line(self):
        for address in 'vsock:2:1234', 'notify', '@', '/':
            with self.subTest(address=address):
                self.assertIn('neither a path nor an abstract name', self.errors_of(address))


class TestWatchdog(unittest.TestCase):
    def test_it_is_told_while_all_threads_serve(self):
        with operation.Manager() as manager:
            with ringside.Server('-t', '2', TCP, env=manager.environment(200000)):
                for _ in range(3):
                    manager.await_message(lambda heard: heard == {'WATCHDOG': '1'})

    def test_without_the_variable_it_is_not(self):
        with operation.Manager() as manager:
            with ringside.Server('--stats-interval', '20ms', TCP, env=manager.environment()):
                for _ in range(10):
                    self.assertNotIn('WATCHDOG', manager.hear())

    def test_one_of_two_threads_that_hangs_ends_it(self):
        """The thread burns a second for each datagram; so long nothing else passes through it."""
        with operation.Manager() as manager:
            server = ringside.Server('-t', '2', '--inject', 'spin=1s:udp', TCP, UDP,
                                     env=manager.environment(400000))
            self.addCleanup(server.kill)
            manager.await_message(lambda heard: 'WATCHDOG' in heard)
            with peers.connect(server.urls[1]) as connected:
                for _ in range(60):
                    connected.send(b'x')
                self.await_warnings(server, 1)
                # Between two batches the thread has time for an answer, and there are few.
                while self.told_during_warnings(server, manager, 3):
                    pass

    def told_during_warnings(self, server, manager, count):
        """Is the watchdog told before there are so many warnings more?"""
        manager.heard()
        self.await_warnings(server, server.stderr().count('does not answer') + count)
        return any('WATCHDOG' in heard for heard in manager.heard())

    def await_warnings(self, server, count):
        deadline = time.monotonic() + ringside.DEADLINE_S
        while server.stderr().count('does not answer') < count:
            self.assertLess(time.monotonic(), deadline, server.stderr())
            time.sleep(0.02)


class TestHangs(unittest.TestCase):
    def test_a_second_signal_ends_what_drains(self):
        """And the watchdog is told meanwhile: a server that drains has not failed."""
        with operation.Manager() as manager:
            with ringside.Server('--inject', 'delay=30s:tcp', TCP,
                                 env=manager.environment(200000)) as server:
                with peers.connect(server.url) as connected:
                    connected.sendall(b'hello')
                    server.signal(signal.SIGTERM)
                    manager.await_message(lambda heard: 'STOPPING' in heard)
                    manager.await_message(lambda heard: heard == {'WATCHDOG': '1'})
                    server.signal(signal.SIGTERM)
                    self.assertEqual(server.wait(), 0)


if __name__ == '__main__':
    tap.main()
