"""Connect, ask, compare, close: a million times."""
from stage import Clients, DEADLINE_S


def run(stage):
    count = stage.size(1_000_000, 2_000)
    with stage.server('echo+tcp://127.0.0.1:0') as server:
        # From many addresses: each leaves its port waiting for a minute.
        with Clients(server, 'churn', clients=64, count=count, sources=100,
                     failures=100) as clients:
            result = clients.await_end(20 * DEADLINE_S)
    speed = f'{result["answered"] / result["elapsed_ns"] * 1e9:,.0f} a second'
    stage.judge('conversations answered', result['answered'], '', count, speed, least=True)
    stage.judge('wrong bytes', result['wrong_bytes'] + result['surplus_bytes'], '', 0)
    stage.judge('failed connects, resets', result['failed'] + result['reset'], '', 0,
                result['first_error'])
