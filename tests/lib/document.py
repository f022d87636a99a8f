"""Result documents made by hand (docs/result.schema.json), with histograms encoded here: a second
writer of the format, independent of HdrHistogram_c.
"""
import base64
import collections
import copy
import struct
import zlib

NS_PER_S = 1_000_000_000
STARTED_NS = 1_764_000_000 * NS_PER_S
VALUE_MAX = 60 * NS_PER_S
PERCENTS = {'p50': 50, 'p90': 90, 'p99': 99, 'p99.9': 99.9}


def bucket_index(value):
    """The bucket of a value: 2048 of width 1 to begin with, then 1024 an octave."""
    octave = (value | 2047).bit_length() - 11
    return octave * 1024 + (value >> octave)


def bucket_end(index):
    """The largest value of a bucket."""
    octave = max(index // 1024 - 1, 0)
    return (index - octave * 1024 + 1 << octave) - 1


def number(value):
    """ZigZag, then seven bits a byte, but eight in the ninth."""
    value = value << 1 if value >= 0 else (-value << 1) - 1
    encoded = bytearray()
    while value >= 0x80 and len(encoded) < 8:
        encoded.append(value & 0x7f | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def compress(payload, claimed=None, offset=0, digits=3, lowest=1, highest=VALUE_MAX):
    """The text of HdrHistogram's encoding V2 around a payload."""
    header = struct.pack('>IIIIQQd', 0x1c849313, len(payload) if claimed is None else claimed,
                         offset, digits, lowest, highest, 1.0)
    stream = zlib.compress(header + payload)
    return base64.b64encode(struct.pack('>II', 0x1c849314, len(stream)) + stream).decode()


def encode(values):
    """The histogram of values; None if there are none."""
    if not values:
        return None
    counts = collections.Counter(bucket_index(min(value, VALUE_MAX)) for value in values)
    payload, at = b'', 0
    for index in sorted(counts):
        payload += number(at - index) if index > at else b''
        payload += number(counts[index])
        at = index + 1
    return compress(payload)


def _counts(payload):
    """The numbers of the counts array: ZigZag LEB128 of 9 bytes at most."""
    position = 0
    while position < len(payload):
        value = shift = 0
        while True:
            byte = payload[position]
            position += 1
            last = shift == 56
            value |= (byte if last else byte & 0x7f) << shift
            shift += 7
            if last or byte < 0x80:
                break
        yield value >> 1 ^ -(value & 1)


def decode(text):
    """Which values a histogram has how often: {lowest value of the bucket: count}; None: none."""
    if text is None:
        return {}
    payload = zlib.decompress(base64.b64decode(text)[8:])
    counts, index = {}, 0
    for count in _counts(payload[40:]):
        if count < 0:
            index -= count
            continue
        if count > 0:
            counts[bucket_end(index - 1) + 1 if index else 0] = count
        index += 1
    return counts


def percentile(values, percent):
    """As ringside has it: the end of the bucket in which percent of the values are reached."""
    ordered = sorted(values)
    rank = max(int(percent / 100 * len(ordered) + 0.5), 1)
    end = bucket_end(bucket_index(ordered[rank - 1]))
    return max(min(end, ordered[-1]), ordered[0])


def times(values):
    """A distribution of times, all null without values."""
    known = bool(values)
    result = {'min': min(values) if known else None,
              'mean': (sum(values) + len(values) // 2) // len(values) if known else None,
              'max': max(values) if known else None}
    for name, percent in PERCENTS.items():
        result[name] = percentile(values, percent) if known else None
    return result | {'histogram': encode(values)}


def differences(values, base=0):
    """A distribution of values that may be negative; None without values. The offset is 0."""
    if not values:
        return None
    ordered = sorted(values)
    mean = sum(values) / len(values)
    result = {'count': len(values), 'min': ordered[0] - base, 'mean': round(mean) - base,
              'stddev': (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5,
              'max': ordered[-1] - base}
    for name, percent in PERCENTS.items():
        rank = max(int(percent / 100 * len(ordered) + 0.5), 1)
        result[name] = ordered[rank - 1] - base
    return result | {'base': base, 'histogram': encode([v for v in values if v >= 0]),
                     'histogram_negative': encode([-v for v in values if v < 0]),
                     'histogram_offset': -base}


def delays(trips, same_host=True, synchronised=None, **members):
    """Of a list of (T1, T2, T3, T4), each sent after the one before it. synchronised: what each
    end says of its clock, with 1 ms and 2 ms of error."""
    here, there = synchronised or (None, None)
    valid = same_host or bool(here and there)
    ways = {'round_trip': [t[3] - t[0] - (t[2] - t[1]) for t in trips],
            'send_delay': [t[1] - t[0] for t in trips],
            'receive_delay': [t[3] - t[2] for t in trips],
            'residence': [t[2] - t[1] for t in trips]}
    for name, way in (('round_trip', 'round_trip'), ('send', 'send_delay'),
                      ('receive', 'receive_delay')):
        values = ways[way]
        ways[f'{name}_ipdv'] = [b - a for a, b in zip(values, values[1:])]
    made = {'clocks': {'same_host': same_host, 'synchronised': here,
                       'error_ns': None if here is None else 1_000_000,
                       'peer_synchronised': there,
                       'peer_error_ns': None if there is None else 2_000_000},
            'one_way_valid': valid}
    for name, values in ways.items():
        relative = name in ('send_delay', 'receive_delay') and not valid
        made[f'{name}_ns'] = differences(values, min(values) if relative else 0)
    return made | {'lost_known': 0, 'lost_up': 0, 'lost_down': 0, 'stamps_missing': 0} | members


POINTS = {'client_user_send': None, 'client_kernel_send': 'client sends',
          'server_kernel_receive': 'way there', 'server_user_receive': 'server wakes up',
          'server_send': 'server answers', 'client_kernel_receive': 'way back',
          'client_user_receive': 'client wakes up'}
CLIENT_POINTS = [point for point in POINTS if point.startswith('client')]


def split(trips, points=None, **members):
    """Of a list of [time at each point]; points: all, if they are not told."""
    points = points or list(POINTS)
    order, parts, bands = list(POINTS), [], {}
    both = [0] * len(trips)
    for i, (begin, end) in enumerate(zip(points, points[1:])):
        values = [trip[i + 1] - trip[i] for trip in trips]
        crossing = begin[:6] != end[:6]
        both = [a + b for a, b in zip(both, values)] if crossing else both
        passed = order[order.index(begin) + 1:order.index(end) + 1]
        parts.append({'from': begin, 'to': end, 'crossing': crossing,
                      'title': ', '.join(POINTS[point] for point in passed),
                      'times_ns': differences(values)})
    for trip in trips:
        band = bands.setdefault((trip[-1] - trip[0]).bit_length() - 1, [0] * len(points))
        band[0] += 1
        for i in range(len(points) - 1):
            band[i + 1] += trip[i + 1] - trip[i]
    crossing = any(part['crossing'] for part in parts)
    return {'points': points, 'parts': parts, 'both_ways_ns': differences(both if crossing else []),
            'whole_ns': differences([trip[-1] - trip[0] for trip in trips]),
            'bands': [{'from_ns': 1 << i, 'to_ns': (2 << i) - 1, 'round_trips': band[0],
                       'sums_ns': band[1:]} for i, band in sorted(bands.items())],
            'round_trips': len(trips), 'followed_up': 0, 'incomplete': 0, 'unordered': 0,
            'mismatched': 0} | members


def window(values, started_ns=STARTED_NS, duration_ns=NS_PER_S, lost=0):
    """What a document and each of its runs have."""
    errors = dict.fromkeys(('total', 'connect', 'reset', 'closed', 'timeout', 'corrupt', 'surplus',
                            'send'), 0)
    count = len(values)
    return {
        'started_unix_ns': started_ns, 'started_ns': 5_000_000, 'ended_ns': 5_000_000 + duration_ns,
        'duration_ns': duration_ns, 'sent': count + lost, 'sent_after': 0,
        'requests': count, 'answered_after': 0,
        'requests_per_s': count * NS_PER_S / duration_ns, 'bytes_sent': 64 * (count + lost),
        'bytes': 64 * count, 'bytes_per_s': 64 * count * NS_PER_S / duration_ns,
        'latency_ns': times(values), 'slip_ns': None, 'timer_error_ns': None, 'connect_ns': None,
        'errors': errors, 'lost': lost, 'late': 0, 'duplicated': 0, 'reordered': 0, 'skipped': 0,
        'connects': 4, 'kernel_drops': {'client': 0, 'server': None}, 'cpu_ns': 1500 * count,
        'cpu_ns_per_request': 1500 if count else None, 'user_ns': 500 * count,
        'system_ns': 1000 * count, 'switches_voluntary': 7, 'switches_involuntary': 1,
        'cycles': None, 'instructions': None, 'pmu_missing': 'no PMU here',
        'spin': {'waits': 10, 'hits': 5, 'spent_ns': 1000}, 'system_calls': 2 * count,
        'completions': 2 * count,
        'host_cpu': {'elapsed_ns': duration_ns, 'cpus': 2, 'user_ns': 1000, 'system_ns': 2000,
                     'irq_ns': 0, 'softirq_ns': 10, 'steal_ns': 0, 'idle_ns': 30,
                     'busy_share': 0.25},
        'network': dict.fromkeys((
            'udp_receive_buffer_errors', 'udp_send_buffer_errors', 'udp_in_errors', 'udp_no_ports',
            'tcp_retransmissions', 'tcp_listen_overflows', 'tcp_listen_drops'), 0),
        'server': {'pid': 42, 'cpu_ns': 2000 * count, 'cpu_ns_per_request': 2000 if count else None,
                   'user_ns': 1, 'system_ns': 2, 'switches_voluntary': 3, 'switches_involuntary': 4,
                   'busiest_ns': 500, 'busy_share': 0.5},
        'pace': {'how': None, 'reason': 'closed loop'},
    }


def interval(values):
    latency = times(values)
    del latency['histogram']
    return {'start_ns': 0, 'duration_ns': NS_PER_S, 'sent': len(values), 'requests': len(values),
            'bytes': 64 * len(values), 'errors': 0, 'lost': 0, 'connects': 1,
            'latency_ns': latency}


def run(index, values, **keywords):
    return {'index': index, **window(values, **keywords), 'steady': None,
            'intervals': [interval(values)]}


OPTIONS = {'arguments': ['tcp://127.0.0.1:7777'], 'connections': 4, 'threads': 2, 'depth': 1,
           'size': '64', 'rate': 0, 'verify': True, 'share': None, 'seed': 1, 'json': 'a.json'}


def document(*runs, lost=0, started_ns=STARTED_NS, **members):
    """A complete document of runs of one second, one after another; each run a list of latencies.
    members replace what is at the top; one called options is added to the options."""
    values = [value for run_values in runs for value in run_values]
    feature = {'requested': True, 'effective': True, 'reason': 'on by default', 'uses': 9}
    made = {
        'schema': 'ringside-load/1', 'version': '0.1.0', 'command': 'load',
        'arguments': ['load', '-c', '4', 'tcp://127.0.0.1:7777'], 'label': None,
        'host': {'name': 'alpha', 'system': 'Linux', 'kernel': '6.1.0', 'machine': 'x86_64',
                 'cpus': 2, 'cpu_model': 'A CPU', 'governor': None, 'mitigations': None,
                 'virtualisation': 'kvm', 'commit': None},
        'target': 'echo+tcp://127.0.0.1:7777', 'options': dict(OPTIONS),
        'backend': {'requested': 'auto', 'effective': 'uring', 'reason': None},
        'features': {'buffer_ring': feature}, 'interrupted': False,
        'aborted': False, 'connected': 4,
        **window(values, started_ns, len(runs) * NS_PER_S, lost),
        'runs': [run(i + 1, run_values, started_ns=started_ns + i * NS_PER_S,
                     lost=lost if i == 0 else 0) for i, run_values in enumerate(runs)],
        'server_stats': None, 'thresholds': [],
        'verdict': {'bottleneck': 'neither', 'rate_held': True, 'reason': 'nothing was busy',
                    'evidence': {'generator_busy': 0.4, 'server_busy': None}},
    }
    made['options'] |= members.pop('options', {})
    made |= members
    return copy.deepcopy(made)
