"""What passes over loopback: IP packets, as they are and as Wireshark's dissectors read them."""
import json
import select
import shutil
import socket
import struct
import subprocess
import unittest

import ringside

ETHER_TYPE_IP = 0x0800
PACKET_HOST = 0
LINK_TYPE_RAW = 101  # of pcap: packets begin with an IP header


class Capture:
    """All IPv4 packets on loopback from now on, until close()."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                    socket.htons(ETHER_TYPE_IP))
        self.socket.bind(('lo', ETHER_TYPE_IP))
        self.packets = []

    def take(self):
        """All packets so far, in order. Each passes twice, out and in: the second one counts."""
        while select.select([self.socket], [], [], 0)[0]:
            packet, (_, _, kind, *_) = self.socket.recvfrom(65536)
            if kind == PACKET_HOST:
                self.packets.append(packet)
        return self.packets

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def udp(packet):
    """(source port, destination port, payload) of an IP packet, or None."""
    if packet[9] != socket.IPPROTO_UDP:
        return None
    start = (packet[0] & 15) * 4
    source, destination, length = struct.unpack_from('>HHH', packet, start)
    return source, destination, packet[start + 8:start + length]


def pcap(packets):
    """A capture file."""
    octets = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, LINK_TYPE_RAW)
    for packet in packets:
        octets += struct.pack('<IIII', 0, 0, len(packet), len(packet)) + packet
    return octets


def tshark(packets, port, protocol):
    """What Wireshark makes of each packet: {field: text}, without those of its own layers below."""
    if not shutil.which('tshark'):
        raise unittest.SkipTest('there is no tshark: ./dev setup test')
    result = subprocess.run(['tshark', '-r', '-', '-d', f'udp.port=={port},{protocol}', '-T',
                             'json'], input=pcap(packets), capture_output=True, check=False,
                            timeout=2 * ringside.DEADLINE_S)
    if result.returncode != 0:
        raise AssertionError(f'tshark: {result.stderr.decode()}')
    return [packet['_source']['layers'][protocol] for packet in json.loads(result.stdout)]
