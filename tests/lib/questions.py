"""A question that each service answers over UDP, and how much longer than it the answer may be."""
import struct

import stamp

IRTT_MAGIC = b'\x14\xa7\x5b'
IRTT_OPEN, IRTT_REPLY, IRTT_CLOSE, IRTT_HMAC = 1, 2, 4, 8
SOCKPERF_CLIENT, SOCKPERF_PONG = 1, 2


def uvarint(value):
    octets = bytearray()
    while value >= 0x80:
        octets.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes([*octets, value])


def irtt_parameters(**values):
    """As IRTT writes them: numbers of seven bits an octet, signed ones in zigzag."""
    kinds = {'version': 1, 'duration_ns': 2, 'interval_ns': 3, 'length': 4, 'received_stats': 5,
             'stamp_at': 6, 'clock': 7, 'dscp': 8}
    return b''.join(uvarint(kinds[name]) + uvarint(value << 1) for name, value in values.items())


def irtt_open(flags=0, **values):
    values = {'version': 1, 'duration_ns': 10**9, 'interval_ns': 10**8, 'length': 64} | values
    return IRTT_MAGIC + bytes([IRTT_OPEN | flags]) + irtt_parameters(**values)


def sockperf(sequence=1, flags=SOCKPERF_CLIENT | SOCKPERF_PONG, length=14):
    return struct.pack('>QHI', sequence, flags, length).ljust(length, b'\0')


def ntp(version=4, mode=3):
    return struct.pack('>B39xQ', version << 3 | mode, 0x0123456789abcdef)


# Of who wants to try nothing but the parameters: IRTT answers, and keeps no session.
ASK = {
    'echo': lambda: b'?',
    'time': lambda: b'',
    'daytime': lambda: b'?',
    'ctime': lambda: b'?',
    'stamped': lambda: b'?',
    'greeting': lambda: b'?',
    'stamp': lambda: stamp.request(1),
    'irtt': lambda: irtt_open(IRTT_CLOSE),
    'sockperf': sockperf,
    'ntp': ntp,
}
