"""STAMP (RFC 8762) and TWAMP Light (RFC 5357, appendix I), written once more, without ringside."""
import hashlib
import hmac
import socket
import struct
import threading
import time

LENGTH = 44
SECONDS_1900_TO_1970 = 2208988800
NS_PER_S = 1_000_000_000
IP_RECVTTL = 12
UNSYNCHRONISED = 0x0001  # the error estimate of who knows nothing


def ntp(wall_ns):
    seconds, rest = divmod(wall_ns, NS_PER_S)
    return (seconds + SECONDS_1900_TO_1970 << 32 | (rest << 32) // NS_PER_S) & (1 << 64) - 1


def wall_ns(timestamp):
    """Of NTP's era 0."""
    return ((timestamp >> 32) - SECONDS_1900_TO_1970) * NS_PER_S + \
        ((timestamp & 0xffffffff) * NS_PER_S >> 32)


def request(sequence, timestamp=None, error=UNSYNCHRONISED, ssid=0, behind=b''):
    timestamp = ntp(time.time_ns()) if timestamp is None else timestamp
    return struct.pack('>IQHH28x', sequence, timestamp, error, ssid) + behind


def tlv(kind, value, flags=0x80):
    return struct.pack('>BBH', flags, kind, len(value)) + value


def sign(octets, key):
    """An HMAC as RFC 8762 section 4.4 wants it."""
    return hmac.digest(key, octets, hashlib.sha256)[:16]


def signed_request(sequence, key, timestamp=None, error=UNSYNCHRONISED, ssid=0, behind=b''):
    """112 octets, and what stands behind them."""
    timestamp = ntp(time.time_ns()) if timestamp is None else timestamp
    octets = struct.pack('>I12xQHH68x', sequence, timestamp, error, ssid)
    return octets + sign(octets, key) + behind


def answer(asked, arrived_ns, hop_limit=255, shift_ns=0):
    """What a reflector sends back that follows the RFC and guards against nothing: all octets it
    must set, a copy of the extensions, as long as what it was asked and never below 44."""
    sequence, timestamp, error = struct.unpack_from('>IQH', asked)
    ssid = asked[14:16].ljust(2, b'\0')
    made = struct.pack('>IQH2sQIQHxxB3x', sequence, ntp(time.time_ns() + shift_ns), UNSYNCHRONISED,
                       ssid, ntp(arrived_ns + shift_ns), sequence, timestamp, error, hop_limit)
    return made + asked[LENGTH:]


def signed_answer(asked, key, arrived_ns, hop_limit=255):
    """The same of 112 octets; None if they are not signed by the key."""
    sequence, timestamp, error, ssid = struct.unpack_from('>I12xQHH', asked)
    if asked[96:112] != sign(asked[:96], key):
        return None
    made = struct.pack('>I12xQHH4xQ8xI12xQH6xB15x', sequence, ntp(time.time_ns()), UNSYNCHRONISED,
                       ssid, ntp(arrived_ns), sequence, timestamp, error, hop_limit)
    return made + sign(made, key) + asked[112:]


class Reflector:
    """Answers on a free port of host until the end of its context; its clock is off by shift_ns.
    With a key it answers what is signed."""

    def __init__(self, host='127.0.0.1', shift_ns=0, port=0, key=None):
        self.shift_ns = shift_ns
        self.key = key
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.socket.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
        self.address = self.socket.getsockname()
        self.answered = 0
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self):
        while True:
            asked, control, _, peer = self.socket.recvmsg(65535, 128)
            if peer == self.address:  # the order to end
                return
            hop_limit = next((struct.unpack('i', data)[0] for level, kind, data in control
                              if (level, kind) == (socket.IPPROTO_IP, socket.IP_TTL)), 255)
            octets = self._answer(asked, time.time_ns(), hop_limit)
            if octets:
                self.answered += 1
                self.socket.sendto(octets, peer)

    def _answer(self, asked, arrived_ns, hop_limit):
        if self.key:
            return signed_answer(asked, self.key, arrived_ns, hop_limit) \
                if len(asked) >= 112 else None
        return answer(asked, arrived_ns, hop_limit, self.shift_ns) if len(asked) >= 14 else None

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.sendto(b'', self.address)
        self.thread.join()
        self.socket.close()
