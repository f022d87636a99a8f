"""Mixed load for an hour: nothing may grow, nothing may be wrong, nothing may be lost untold.

All kinds of load run side by side, slice after slice. Between two slices nobody is connected, so
that what the server holds then can be compared to the byte and to the descriptor.
"""
import contextlib
import itertools
import json
import pathlib
import statistics
import time

import peers
from stage import Clients, DEADLINE_S, Load, await_true, cpu_ns, files, memory

# Listener, and what is asked of it.
LOADS = {
    'small': ('echo+tcp', ('-c', 50, '--rate', 2000)),
    'deep': ('echo+tcp', ('-c', 8, '-p', 16, '-s', '16-1400', '--rate', 2000)),
    'bulk': ('echo+tcp', ('-c', 4, '-s', '64k', '--rate', 200)),
    'reconnecting': ('echo+tcp', ('-c', 10, '--rate', 500, '--reconnect-every', 5,
                                  '--close', 'reset')),
    'datagrams': ('echo+udp', ('-c', 20, '--rate', 2000, '-s', '16-1400')),
    'unix': ('echo+unix', ('-c', 20, '--rate', 1000, '-s', '1k')),
    'records': ('echo+unixpacket', ('-c', 20, '--rate', 500, '-s', '1k')),
    'local datagrams': ('echo+unixgram', ('-c', 10, '--rate', 500)),
    'stamp': ('stamp+udp', ('-c', 10, '--rate', 200)),
    'irtt': ('irtt+udp', ('-c', 5, '--rate', 100)),
}
CHURN_RATE = 200
TIMEOUTS_S = 20, 5  # a machine that stands still for a second has lost nothing
WARM_UP = 0.1  # of all slices
SAMPLES_MIN = 3  # before the first slice, after the one that warms up, and after another
SLOPE_MAX = 4096  # bytes an hour: a page
HOUR_S = 3600


def listeners(folder):
    local = {name: f'{name}:{folder}/{name[5:]}' for name in (
        'echo+unix', 'echo+unixpacket', 'echo+unixgram')}
    return {kind: local.get(kind, f'{kind}://127.0.0.1:0') for kind, _ in LOADS.values()}


def slopes(samples):
    """Of a straight line through each two of them; bytes an hour."""
    for first, second in itertools.combinations(samples, 2):
        yield (second['memory'] - first['memory']) * HOUR_S / (second['at_s'] - first['at_s'])


class Soak:
    def __init__(self, stage, server, targets, stats):
        self.stage, self.server, self.targets, self.stats = stage, server, targets, stats
        self.begun = time.monotonic()
        self.samples = []
        self.sums = dict.fromkeys(('requests', 'sent', 'lost', 'late', 'client drops', 'corrupt',
                                   'errors', 'conversations'), 0)
        self.errors = {}

    def all_gone(self):
        """Nobody is connected, by the server's own account."""
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            return json.loads(self.stats.read_text())['connections'] == 0
        return False

    def sample(self):
        await_true(self.all_gone, 'the last client to be gone')
        self.samples.append({
            'at_s': round(time.monotonic() - self.begun, 3), 'memory': memory(self.server.pid),
            'files': files(self.server.pid), 'cpu_ns': cpu_ns(self.server.pid)} | self.sums)

    def add(self, name, result):
        errors = {kind: count for kind, count in result['errors'].items() if count}
        wrong = errors.pop('corrupt', 0) + errors.pop('surplus', 0)
        total = errors.pop('total', 0)
        self.sums['corrupt'] += wrong
        self.sums['errors'] += total - wrong
        for kind, count in errors.items():
            self.errors[f'{name}: {kind}'] = self.errors.get(f'{name}: {kind}', 0) + count
        for key in ('requests', 'sent', 'lost', 'late'):
            self.sums[key] += result[key] or 0
        self.sums['client drops'] += result['kernel_drops']['client'] or 0

    def slice(self, slice_s):
        """All kinds at once; the server has each kind's first word before the sample."""
        timeout_s = self.stage.size(*TIMEOUTS_S)
        with contextlib.ExitStack() as stack:
            loads = {name: stack.enter_context(
                Load('-d', f'{slice_s}s', '--pace', 'timer', '--timeout', f'{timeout_s}s',
                     *options, self.targets[kind], backend=self.stage.backend))
                for name, (kind, options) in LOADS.items()}
            churn = stack.enter_context(
                Clients(self.server, 'churn', clients=64, sources=50, failures=1000,
                        rate=CHURN_RATE, count=CHURN_RATE * slice_s))
            for name, load in loads.items():
                self.add(name, load.await_end(slice_s + DEADLINE_S))
            result = churn.await_end(slice_s + DEADLINE_S)
        self.sums['conversations'] += result['answered']
        self.sums['corrupt'] += result['wrong_bytes'] + result['surplus_bytes']
        self.sums['errors'] += result['failed'] + result['reset']

    def run(self, slice_s):
        self.sample()
        while len(self.samples) < SAMPLES_MIN or (
                time.monotonic() - self.begun < self.stage.duration_s):
            self.slice(slice_s)
            self.sample()

    def judge(self, final):
        stage, sums = self.stage, self.sums
        settled = self.samples[1 + int(WARM_UP * len(self.samples)):]
        slope = statistics.median(slopes(settled))
        dropped = (final['kernel_drops'] + final['counters']['datagrams_dropped'] +
                   sums['client drops'])
        wandering = max(abs(each['files'] - self.samples[0]['files']) for each in self.samples)
        stage.judge('wrong answers', sums['corrupt'], '', 0,
                    f'{sums["requests"] + sums["conversations"]:,} right ones')
        stage.judge('errors', sums['errors'], '', 0,
                    ', '.join(f'{count} {kind}' for kind, count in self.errors.items()))
        stage.judge('datagrams lost without account', max(0, sums['lost'] - dropped), '', 0,
                    f'{sums["lost"]} lost, {dropped} dropped by the kernel, {sums["late"]} late')
        stage.judge('memory grows by', round(slope), 'B/h', SLOPE_MAX,
                    f'{settled[0]["memory"] >> 10:,} to {settled[-1]["memory"] >> 10:,} KiB, '
                    f'{len(settled)} samples', timing=True)
        stage.judge('descriptors more or less', wandering, '', 0)


def run(stage):
    slice_s = stage.size(min(60, max(1, stage.duration_s // 20)), 1)
    if stage.short:
        stage.duration_s = 2
    with peers.folder() as folder:
        stats = pathlib.Path(folder) / 'stats.json'
        urls = listeners(folder)
        with stage.server('-t', 2, '--json-stats', stats, '--stats-interval', '100ms',
                          *urls.values()) as server:
            targets = {kind: f'{url.service}+{url.target}' if url.service != 'echo' else url.target
                       for kind, url in zip(urls, server.urls)}
            soak = Soak(stage, server, targets, stats)
            stage.samples = soak.samples
            soak.run(slice_s)
        soak.judge(json.loads(stats.read_text()))
