"""What an idle connection costs of our own memory: a server full of them against one that is made
for few. A server allocates for all its connections at the start, so what it grows by while they
come says nothing of what they cost."""
import contextlib

import peers
from stage import Clients, Failed, SERVER_FILES, files_max, memory

FEW = 16


def run(stage):
    count = stage.size(50_000, 2_000)
    room = files_max() - SERVER_FILES
    servers = -(-count // room)
    each = -(-count // servers)
    options = ('--idle-timeout', '10m', 'echo+tcp://127.0.0.1:0')
    with stage.server('-c', FEW, *options) as server:
        least = memory(server.pid)
    used = grown = 0
    with contextlib.ExitStack() as stack:
        started = []
        for _ in range(servers):
            server = stack.enter_context(stage.server('-c', each + FEW, *options))
            before = memory(server.pid)
            clients = stack.enter_context(Clients(server, 'silent', clients=each, sources=8))
            started.append((server, clients.await_ready(), before))
        for server, clients, before in started:
            with peers.connect(server.url) as good:
                if peers.ask(good, b'still here?') != b'still here?':
                    raise Failed('a server full of idle connections answers wrongly')
            used += memory(server.pid) - least
            grown += memory(server.pid) - before
        held = sum(clients.end()['open'] for _, clients, _ in started)
    note = f'{servers} servers, as a process may have {files_max()} files' if servers > 1 else ''
    stage.judge('idle connections at once', held, '', count, note, least=True)
    stage.judge('memory for each', round(used / (servers * each)), 'B', 4096)
    stage.judge('grown by each while they came', round(grown / (servers * each)), 'B', 4096)
