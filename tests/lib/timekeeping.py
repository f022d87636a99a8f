"""What the kernel says of its clock, and a server for which it says something better."""
import ctypes
import os
import struct
import subprocess
import unittest

import ringside

STA_UNSYNC = 0x40
TIME_ERROR = 5

# As tests/lib/synchronised.c has them.
ERROR_NS = 1_500_000
TAI_OFFSET_S = 37


def clock():
    """Is it synchronised, how far may it be off in ns, and what is TAI's offset in s?"""
    timex = (ctypes.c_long * 32)()
    state = ctypes.CDLL(None).adjtimex(timex)
    error_us, status = struct.unpack_from('qi', bytes(timex), 24)
    tai_offset_s, = struct.unpack_from('i', bytes(timex), 160)
    return state != TIME_ERROR and not status & STA_UNSYNC, error_us * 1000, tai_offset_s


def synchronised():
    """The environment of a server whose kernel says that somebody keeps its clock."""
    preloaded = os.environ.get('RINGSIDE_SYNCHRONISED', '')
    if not preloaded:
        raise unittest.SkipTest('not started by Meson, or a sanitizer has to be loaded first')
    segments = subprocess.run(['readelf', '-lW', ringside.BINARY], capture_output=True, text=True,
                              check=True).stdout
    if 'INTERP' not in segments:
        raise unittest.SkipTest('this ringside is static: no loader puts anything before it')
    return os.environ | {'LD_PRELOAD': preloaded}
