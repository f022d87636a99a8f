"""STAMP as scapy reads and writes it (Debian package python3-scapy)."""
import os
import sys
import unittest

import readers

try:
    from scapy.contrib import stamp
    from scapy.layers.inet import UDP
except ImportError:
    stamp = None

UNKNOWN, MALFORMED, INTEGRITY = 0x80, 0x40, 0x20  # flags of TLVs


def need():
    """Skip where there is no scapy; where another Python has it, go on in that one."""
    if stamp:
        return
    if os.path.exists(readers.DEBIAN_PYTHON) and not os.path.samefile(sys.executable,
                                                                      readers.DEBIAN_PYTHON):
        os.execv(readers.DEBIAN_PYTHON, [readers.DEBIAN_PYTHON, *sys.argv])
    raise unittest.SkipTest('there is no scapy (Debian package python3-scapy)')


def request(timestamp, tlvs=(), **fields):
    """The octets of a Session-Sender's packet; tlvs: (type, value), with UNKNOWN set."""
    # By its number: the names that scapy 2.5 has for flags begin at the wrong end.
    listed = [stamp.STAMPTestTLV(flags=UNKNOWN, type=kind, len=len(value), value=value)
              for kind, value in tlvs]
    octets = bytes(stamp.STAMPSessionSenderTestUnauthenticated(tlv_objects=listed, **fields))
    # Scapy takes seconds: of 64 bits it would keep less than there are.
    return octets[:4] + timestamp.to_bytes(8, 'big') + octets[12:]


def _parse(kind, octets):
    # It asks the UDP header around it where the extensions end.
    return kind(octets, _parent=UDP(len=8 + len(octets)))


def sender(octets):
    return _parse(stamp.STAMPSessionSenderTestUnauthenticated, octets)


def reflector(octets):
    return _parse(stamp.STAMPSessionReflectorTestUnauthenticated, octets)


def estimate(s=0, z=0, scale=0, multiplier=1):
    return stamp.ErrorEstimate(S=s, Z=z, scale=scale, multiplier=multiplier)


def timestamp_of(packet, name):
    """All 64 bits of it: as a number of seconds scapy rounds it."""
    return packet.fields[name]
