"""One server after another on sockets that are passed to each, as systemd does for a socket unit:
the next is up before the last is told to end."""
import contextlib
import fcntl
import os
import signal
import socket

from stage import Clients, Load, Skipped

FIRST = 200  # passed descriptors are kept out of the way of 3 and 4, where they have to arrive
PASS = ('exec 3<&"$1" 4<&"$2"; export LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=tcp:udp; '
        'shift 2; exec "$@"')


class Sockets:
    """Bound and listening, as long as the scenario lasts."""

    def __init__(self, stack):
        self.fds = []
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            made = stack.enter_context(socket.socket(socket.AF_INET, kind | socket.SOCK_NONBLOCK))
            made.bind(('127.0.0.1', 0))
            if kind == socket.SOCK_STREAM:
                made.listen(4096)
            self.fds.append(fcntl.fcntl(made, fcntl.F_DUPFD, FIRST))
            stack.callback(os.close, self.fds[-1])

    def serve(self, stage):
        """A server that has been passed them, armed."""
        try:
            return stage.server('echo+fd:tcp', 'echo+fd:udp', pass_fds=self.fds,
                                wrap=('bash', '-c', PASS, 'pass', *map(str, self.fds)))
        except AssertionError as error:
            if 'fd:tcp' in str(error):
                raise Skipped('this serve cannot be passed sockets') from error
            raise


def run(stage):
    count, rate = stage.size((100, 10_000), (3, 1_000))
    with contextlib.ExitStack() as stack:
        sockets = Sockets(stack)
        server = sockets.serve(stage)
        stack.callback(lambda: server.process.stdout.closed or server.kill())
        _, udp = server.urls
        clients = stack.enter_context(Clients(
            server, 'churn', clients=256, sources=100, rate=rate, count=100_000_000,
            failures=100_000))
        load = stack.enter_context(
            Load('-c', 20, '--rate', 2000, '--pace', 'timer', '-d', '1h', udp.target))
        clients.await_ready()
        for _ in range(count):
            following = sockets.serve(stage)
            server.end()
            server = following
        load.process.send_signal(signal.SIGINT)
        datagrams, result = load.await_end(60), clients.end()
        server.end()
    begun = result['begun'] / result['elapsed_ns'] * 1e9
    stage.judge('failed connects', result['failed'], '', 0,
                f'{count} times, {begun:,.0f} conversations a second; {result["first_error"]}')
    stage.judge('conversations cut', len(result['unanswered_ns']) + result['reset'], '', 0)
    stage.judge('wrong bytes', result['wrong_bytes'] + result['surplus_bytes'], '', 0)
    stage.judge('datagrams lost', datagrams['lost'], '', 0, f'of {datagrams["sent"]:,}')
