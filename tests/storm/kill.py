"""kill -9, and a new server on the same port at once."""
import statistics
import time

import peers
from stage import Clients, Failed


def serve(stage, port):
    return stage.server(f'echo+tcp://127.0.0.1:{port}', f'echo+udp://127.0.0.1:{port}')


def cycle(stage, server):
    """Returns the next server, and how long nobody was served."""
    with Clients(server, 'talk', clients=8) as clients:
        clients.await_ready()
        killed = time.monotonic()
        server.kill()
        server = serve(stage, server.url.port)
        for url in server.urls:
            with peers.connect(url) as connected:
                if peers.ask(connected, b'again') != b'again':
                    raise Failed('a wrong answer')
        took = time.monotonic() - killed
        clients.await_end(60)
    return server, took


def run(stage):
    times = []
    server = serve(stage, 0)
    try:
        for _ in range(stage.size(100, 3)):
            server, took = cycle(stage, server)
            times.append(1000 * took)
    finally:
        server.kill()
    stage.judge('serving again after', round(max(times), 1), 'ms', 50,
                f'slowest of {len(times)}, median {statistics.median(times):.1f}', timing=True)
