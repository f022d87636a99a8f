"""Documents of experiments (ringside-experiment/1) and comparisons (ringside-comparison/1) made by
hand: figures follow a simple model of a server, with noise from a seed.
"""
import copy
import random
import statistics

import document

FIGURES = ('requests_per_s', 'latency_mean_ns', 'latency_p50_ns', 'latency_p90_ns',
           'latency_p99_ns', 'latency_p99.9_ns', 'latency_max_ns', 'cpu_ns_per_request',
           'system_calls_per_request', 'server_cpu_ns_per_request',
           'server_system_calls_per_request', 'lost_percent')
FEATURES = {
    'multishot_receive': (True, True, 'on by default'),
    'buffer_ring': (True, True, 'on by default'),
    'send_bundle': (False, False, 'off by default'),
    'zero_copy': (True, False, 'this kernel has no IORING_OP_SEND_ZC'),
}
PLACE = {'server_cpus': [1], 'load_cpus': [0], 'network': 'loopback'}


def estimate(values, coverage=0.95):
    """A median and its interval, here the whole range; None without values."""
    if not values:
        return None
    return {'median': statistics.median(values), 'low': min(values), 'high': max(values),
            'coverage': coverage}


def ratio(median, spread=0.02, coverage=0.95):
    return {'median': median, 'low': median * (1 - spread), 'high': median * (1 + spread),
            'coverage': coverage}


def point(transport='tcp', connections=1, depth=1, size=64, rate=0, threads=1, **members):
    title = f'{transport.upper()} {connections} x {size} B' + (f', {depth} deep' if depth > 1
                                                               else '')
    name = f'{transport}-{connections}' + (f'x{depth}' if depth > 1 else '') + (
        f'-{size}' if size != 64 else '') + (f'-{rate}' if rate else '')
    return {'name': name, 'title': title, 'transport': transport, 'connections': connections,
            'depth': depth, 'size': size, 'rate': rate, 'threads': threads, 'reconnects': False,
            'asleep': False} | members


def server(name, backend=None, command=None, features=None, inject=None, threads=1):
    if command is None and backend is None:
        backend = name
    return {'name': name, 'command': command, 'backend': backend, 'features': features,
            'inject': inject, 'threads': threads}


def _latencies(at, source, cost_ns, count):
    """Of a closed loop: what stands before a request, and a tail."""
    base = cost_ns * max(at['connections'] * at['depth'], 2)
    return [int(base * source.lognormvariate(0, 0.25) * (6 if source.random() < 0.004 else 1))
            for _ in range(count)]


def run(at, source, cost_ns, number, sequence, count=2000):
    values = _latencies(at, source, cost_ns, count)
    ordered = sorted(values)
    rate = 1e9 / cost_ns * source.gauss(1, 0.02)
    times = document.times(values)
    figures = {
        'requests_per_s': rate, 'latency_mean_ns': statistics.fmean(values),
        'latency_p50_ns': times['p50'], 'latency_p90_ns': times['p90'],
        'latency_p99_ns': times['p99'], 'latency_p99.9_ns': times['p99.9'],
        'latency_max_ns': ordered[-1], 'cpu_ns_per_request': cost_ns * 0.8,
        'system_calls_per_request': 2.0,
        'server_cpu_ns_per_request': cost_ns * source.gauss(0.9, 0.01),
        'server_system_calls_per_request': 2.0, 'lost_percent': 0.0,
    }
    errors = dict.fromkeys(('total', 'connect', 'reset', 'closed', 'timeout', 'corrupt', 'surplus',
                            'send'), 0)
    return {'round': number, 'sequence': sequence, 'figures': figures,
            'started_unix_ns': document.STARTED_NS + sequence * document.NS_PER_S,
            'duration_ns': document.NS_PER_S, 'requests': count, 'sent': count, 'lost': 0,
            'errors': errors, 'latency_ns': times,
            'verdict': document.document([1000])['verdict']}, values


def series(at, who, group=0, rounds=6, cost_ns=4000, seed=1, error=None):
    """A series of rounds; one with an error has no runs."""
    source = random.Random(f'{at["name"]} {who["name"]} {seed}')
    made = [run(at, source, cost_ns, i, 2 * i, count=1500) for i in range(0 if error else rounds)]
    values = [value for _, run_values in made for value in run_values]
    runs = [run_made for run_made, _ in made]
    own = who['command'] is None
    median = {key: estimate([run_made['figures'][key] for run_made in runs]) for key in FIGURES
              if runs and (own or key != 'server_system_calls_per_request')}
    features = {name: {'requested': requested, 'effective': effective, 'reason': reason, 'uses': 9}
                for name, (requested, effective, reason) in FEATURES.items()}
    return {
        'name': f'{at["name"]}/{who["name"]}', 'point': at, 'server': who, 'group': group,
        'retries': 0,
        'error': error, 'remark': None,
        'backend': {'requested': who['backend'], 'effective': who['backend'], 'reason': None}
        if own else None,
        'features': features if own else None,
        'load': {'backend': {'requested': 'auto', 'effective': 'uring', 'reason': None},
                 'features': features},
        'median': median, 'latency_ns': document.times(values), 'runs': runs,
    }


def experiment(name, all_series, **members):
    """A document of a command; members replace what is at the top or are added."""
    host = document.document([1000])['host'] | {'place': dict(PLACE), 'clock_source': 'tsc'}
    made = {
        'schema': 'ringside-experiment/1', 'version': '0.1.0', 'command': name,
        'arguments': [f'ringside {name}', '--json', f'{name}.json'], 'host': host,
        'options': {'json': f'{name}.json'}, 'started_unix_ns': document.STARTED_NS,
        'elapsed_ns': 90 * document.NS_PER_S, 'seed': 7, 'omit_ns': document.NS_PER_S // 5,
        'duration_ns': document.NS_PER_S, 'rounds': 6, 'disturbance': 0.01, 'interrupted': False,
        'series': all_series,
    }
    return copy.deepcopy(made | members)


def ratios(over, under):
    """Of bench: one series against another, from the runs of the same rounds."""
    pairs = list(zip(over['runs'], under['runs']))
    return {'over': over['name'], 'under': under['name'],
            'figures': {key: estimate([a['figures'][key] / b['figures'][key] for a, b in pairs])
                        for key in FIGURES if pairs and all(b['figures'][key] for _, b in pairs)}}


def bench(points=None, servers=None, **members):
    """uring against epoll, the first costing 8 % less, and maybe others."""
    points = points or [point(connections=n) for n in (1, 50, 1000)]
    servers = servers or [server('uring'), server('epoll')]
    made, found = [], []
    for group, at in enumerate(points):
        own = [series(at, who, group, cost_ns=int((4000 + 2 * at['connections']) * (1 + 0.08 * i)
                                                  / at['depth'] ** 0.7 * (1 + at['size'] / 5e4)))
               for i, who in enumerate(servers)]
        made += own
        found += [ratios(own[0], other) for other in own[1:]]
    return experiment('bench', made, **{'no_uring': None, 'ratios': found} | members)


def ablate(points=None, effects=None, **members):
    """What four features are worth: effects is {feature: (kind, rate, CPU, p99)}, as ratios."""
    points = points or [point(connections=50)]
    effects = effects or {
        'multishot_receive': ('leave-one-out', 1.09, 0.90, 0.95),
        'buffer_ring': ('leave-one-out', 1.02, 0.985, 1.01),
        'send_bundle': ('add-one', 0.97, 1.04, 1.22),
        'zero_copy': ('add-one', 0.81, 1.24, 1.08),
    }
    made, found = [], []
    for group, at in enumerate(points):
        first = len(made)
        made.append(series(at, server('base', backend='uring'), group))
        for feature, (kind, rate, cpu, p99) in effects.items():
            sign = '-' if kind == 'leave-one-out' else '+'
            made.append(series(at, server(f'{sign}{feature}', backend='uring',
                                          features=f'{sign}{feature}'), group,
                               cost_ns=int(4000 * cpu)))
            other = len(made) - 1
            found.append({
                'feature': feature, 'kind': kind, 'point': at['name'],
                'with': first if kind == 'leave-one-out' else other,
                'without': other if kind == 'leave-one-out' else first,
                'uses': 9, 'reason': None, 'came_with_it': [], 'went_with_it': [],
                'figures': {'requests_per_s': ratio(rate), 'server_cpu_ns_per_request': ratio(cpu),
                            'latency_p50_ns': ratio(1 / rate), 'latency_p99_ns': ratio(p99, 0.1)}})
    return experiment('ablate', made, **{
        'base': {'backend': 'uring', 'features': None, 'effective': ['multishot_receive'],
                 'missing': None},
        'effects': found,
        'unavailable': [{'feature': 'napi', 'reason': 'no network device of this host polls'}],
        'ladder': [rung for at in points for rung in ladder(at)],
    } | members)


def ladder(at):
    """Three rungs of ablate, each cheaper than the one before by 5 %."""
    rungs = [{'point': at['name'], 'letters': letters, 'letter': letters[-1], 'feature': feature,
              'series': 0, 'effective': True,
              **{over: {'requests_per_s': ratio(1 / cost), 'latency_p99_ns': ratio(cost, 0.1),
                        'server_cpu_ns_per_request': ratio(cost)}
                 for over, cost in (('over_none', 0.95 ** i), ('over_previous', 0.95))}}
             for i, (letters, feature) in enumerate(
                 [('none', None), ('+M', 'multishot_receive'), ('+MB', 'buffer_ring')])]
    rungs[0] |= {'letter': None, 'over_none': None, 'over_previous': None}
    return rungs


def noise(**members):
    """Twice the same server, of which some figures scatter more than others."""
    made = [series(point(connections=50), server(name, 'epoll')) for name in ('first', 'second')]
    floors = {key: {**{part: made[0]['median'][key][part] for part in ('median', 'low', 'high')},
                    'cv': scatter, 'runs': 12, 'pairs': 6,
                    'ratio': ratio(1.001, scatter), 'spread': 1.4 * scatter, 'least_effect': 0.05,
                    'detectable': {'6': 3 * scatter, '12': 2 * scatter, '40': None},
                    'consecutive_runs_differing': {'over_5_percent': 0.1,
                                                   'over_10_percent': 0.0},
                    'drift': -0.012} for key, scatter in (
                        ('requests_per_s', 0.021), ('latency_p99_ns', 0.13))}
    advice = [{'name': name, 'reading': reading, 'available': verdict != 'unknown',
               'verdict': verdict, 'advice': text} for name, reading, verdict, text in (
                   ('load_average', '9.13', 'bad', 'find out who'),
                   ('smt', 'off', 'good', 'CPUs share no core'),
                   ('governor', 'no file', 'unknown', 'not set by this kernel'))]
    return experiment('noise', made, **{'no_uring': None, 'noise': floors, 'steal': 0.0,
                                        'advice': advice} | members)


def find(**members):
    """A search of three trials: the peak, a rate that is kept, and one that is not."""
    own = server('uring')
    made = [series(point(connections=50, rate=rate), own, i, rounds=1, cost_ns=cost)
            for i, (rate, cost) in enumerate(((0, 5000), (100000, 10000), (180000, 6000)))]
    steps = [{'phase': phase, 'rate_per_s': rate, 'achieved_per_s': rate and 0.99 * rate,
              'series': i, 'run': 0, 'kept': kept, 'limit': limit, 'reason': reason,
              'thresholds': []} for i, (phase, rate, kept, limit, reason) in enumerate((
                  ('peak', None, None, None, None), ('bracket', 100000, True, None, None),
                  ('bisect', 180000, False, 'objective', 'p(99)<1ms was 1.40 ms')))]
    search = {'end': 'found', 'text': '100k/s keep p(99)<1ms (3 of 3 runs)', 'target': None,
              'peak_per_s': 200000.5, 'rate_per_s': 100000.0, 'not_kept_per_s': 180000.0,
              'limit': 'objective', 'confirmed_kept': 3, 'confirmations': 3,
              'confirmations_failed': 0, 'steps': steps}
    return experiment('find', made, **{'rounds': 0, 'search': search} | members)


def sweep(name='connections', values=(1, 2, 4, 8, 16, 32, 64), servers=None, **members):
    return bench([point(**{name: value}) for value in values], servers, command='sweep',
                 arguments=['ringside sweep', f'--{name}', ','.join(map(str, values))],
                 **{'parameters': [{'name': name, 'values': list(values)}],
                    'knees': []} | members)


def side(values):
    return {'values': values, **(estimate(values) or dict.fromkeys(('median', 'low', 'high',
                                                                     'coverage')))}


def metric(name, base, changed, verdict, unit='ns', better='lower', spread=0.02, **members):
    """One metric of a comparison: base and changed are medians, or None."""
    source = random.Random(name)
    values = [[middle * source.gauss(1, spread / 2) for _ in range(12)] if middle else []
              for middle in (base, changed)]
    return {
        'benchmark': 'tcp-50', 'base_benchmark': 'tcp-50', 'metric': name, 'title': name,
        'unit': unit, 'better': better, 'exact': False,
        'judged': True, 'least_effect': 0.05, 'base': side(values[0]), 'changed': side(values[1]),
        'ratio': ratio(changed / base, spread) if base and changed else None,
        'p': 0.004 if verdict in ('regressed', 'improved') else 0.6, 'mann_whitney_p': 0.01,
        'detectable': 1.5 * spread, 'p_level': 0.025, 'counted': False,
        'verdict': verdict, 'reason': f'it is {verdict}',
    } | members


def comparison(metrics=None, verdict='regressed', **members):
    host = document.document([1000])['host']
    metrics = metrics or [
        metric('requests_per_s', 215e3, 190e3, 'regressed', unit='1/s', better='higher'),
        metric('latency_p50_ns', 190e3, 214e3, 'regressed'),
        metric('latency_p99_ns', 420e3, 410e3, 'inconclusive', spread=0.12),
        metric('server_cpu_ns_per_request', 4570, 4100, 'improved'),
        metric('server_system_calls_per_request', 2.0, 2.0, 'same', unit='1', spread=0,
               exact=True),
        metric('latency_max_ns', None, None, 'inconclusive', reason='no run has it'),
    ]
    return copy.deepcopy({
        'schema': 'ringside-comparison/1', 'version': '0.1.0', 'command': 'compare',
        'arguments': ['ringside compare', '--a', 'old/ringside bench', '--b', 'new/ringside bench'],
        'host': host, 'options': {'pairs': 12}, 'started_unix_ns': document.STARTED_NS,
        'elapsed_ns': 30 * document.NS_PER_S, 'origin': 'commands', 'measured': 'result',
        'sentence': f'it is {verdict}', 'paired': True,
        'base': {'name': 'v1.0', 'source': 'old/ringside bench', 'settings': {'connections': '50'}},
        'changed': {'name': 'v1.1', 'source': 'new/ringside bench',
                    'settings': {'connections': '50'}},
        'pairs': 12, 'looks': [6, 12], 'out_of_time': False, 'interrupted': False,
        'confidence': 0.95, 'seed': 7, 'metrics': metrics, 'verdict': verdict,
        'warnings': ['the least effect of 5 % is below what 12 pairs detect here'],
    } | members)
