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
