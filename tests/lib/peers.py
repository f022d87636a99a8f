"""Plain sockets as peers of ringside; every wait ends at a deadline."""
import os
import random
import socket
import struct
import tempfile

from ringside import DEADLINE_S

_TYPES = {
    'tcp': socket.SOCK_STREAM,
    'udp': socket.SOCK_DGRAM,
    'unix': socket.SOCK_STREAM,
    'unixgram': socket.SOCK_DGRAM,
    'unixpacket': socket.SOCK_SEQPACKET,
}


def have_ipv6():
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(('::1', 0))
        except OSError:
            return False
    return True


def address(url):
    """What socket.connect() wants for a Url."""
    if not url.local:
        return (url.host, url.port)
    return '\0' + url.rest[1:] if url.rest.startswith('@') else url.rest


def make(url):
    """An unconnected socket of the URL's kind."""
    family = socket.AF_UNIX if url.local else socket.AF_INET6 if ':' in url.host else socket.AF_INET
    made = socket.socket(family, _TYPES[url.transport])
    made.settimeout(DEADLINE_S)
    return made


def connect(url):
    """A connected socket; a UNIX datagram socket gets a name, so that it can be answered."""
    connected = make(url)
    if url.transport == 'unixgram':
        connected.bind('')
    connected.connect(address(url))
    return connected


def receive(connected, length):
    """Exactly length bytes of a stream, or what came before its end."""
    received = bytearray()
    while len(received) < length:
        piece = connected.recv(min(length - len(received), 1 << 20))
        if not piece:
            break
        received += piece
    return bytes(received)


def receive_all(connected):
    """All until the end of a stream."""
    received = bytearray()
    while piece := connected.recv(1 << 20):
        received += piece
    return bytes(received)


def ask(connected, message):
    """Send a message and return its answer, as long as the message on a stream."""
    connected.sendall(message)
    if connected.type == socket.SOCK_STREAM:
        return receive(connected, len(message))
    return connected.recv(1 << 17)


def reset(connected):
    """Close with a reset."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    connected.close()


def pending(connected):
    """What has arrived and was not read; b'' if nothing."""
    connected.setblocking(False)
    try:
        return connected.recv(1 << 17)
    except BlockingIOError:
        return b''
    finally:
        connected.settimeout(DEADLINE_S)


def pattern(seed, length):
    """Bytes that no two conversations share."""
    return random.Random(seed).randbytes(length)


def private_host():
    """An address in 127/8 that only this process uses: nobody else can be given its ports."""
    pid = os.getpid()
    return f'127.{128 + (pid >> 16 & 0x3f)}.{pid >> 8 & 0xff}.{1 + (pid & 0xff) % 254}'


def spoof(source, destination, payload):
    """Send a datagram that claims to come from source."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        datagram = struct.pack('!HHHH', source[1], destination[1], 8 + len(payload), 0) + payload
        header = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(datagram), 0, 0, 64,
                             socket.IPPROTO_UDP, 0, socket.inet_aton(source[0]),
                             socket.inet_aton(destination[0]))
        raw.sendto(header + datagram, destination)


def folder():
    """A short-named temporary directory, for UNIX sockets."""
    return tempfile.TemporaryDirectory(prefix='rs-')
