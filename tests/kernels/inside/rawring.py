"""A ring by bare system calls, without anything of ringside's or liburing's."""
import ctypes
import mmap
import os
import struct

# <linux/io_uring.h>
SYS_SETUP, SYS_ENTER, SYS_REGISTER = 425, 426, 427
SETUP_SQPOLL, SETUP_R_DISABLED, SETUP_COOP_TASKRUN = 1 << 1, 1 << 6, 1 << 8
SETUP_SINGLE_ISSUER, SETUP_DEFER_TASKRUN, SETUP_NO_SQARRAY = 1 << 12, 1 << 13, 1 << 16
ENTER_GETEVENTS, ENTER_SQ_WAKEUP, ENTER_REGISTERED_RING = 1 << 0, 1 << 1, 1 << 4
FEAT_RECVSEND_BUNDLE, FEAT_MIN_TIMEOUT = 1 << 14, 1 << 15
REGISTER_PROBE, REGISTER_RESTRICTIONS, REGISTER_ENABLE_RINGS = 8, 11, 12
REGISTER_RING_FDS, REGISTER_PBUF_RING, REGISTER_NAPI = 20, 22, 27
PBUF_RING_INC = 2
RESTRICTION_SQE_OP = 1
OP_NOP, OP_ACCEPT, OP_READ, OP_SEND, OP_RECV, OP_SEND_ZC = 0, 13, 22, 26, 27, 47
SQE_BUFFER_SELECT = 1 << 5
CQE_BUFFER, CQE_MORE, CQE_BUF_MORE = 1 << 0, 1 << 1, 1 << 4
RECV_POLL_FIRST, RECV_MULTISHOT, RECV_BUNDLE = 1 << 0, 1 << 1, 1 << 4
ACCEPT_MULTISHOT = 1 << 0
OFFSET_SQES = 0x10000000

ENTRIES = 8
PIECE = 64  # bytes of a provided buffer
GROUP = 0
IDLE_MS = 1  # until a thread of SQPOLL sleeps
PAGE = mmap.PAGESIZE
_libc = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    """A system call; OSError if it fails."""
    result = _libc.syscall(*map(ctypes.c_long, (number, *arguments)))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def address(memory):
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def pages(length=PAGE):
    return mmap.mmap(-1, length, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


class Ring:
    """One of 8 entries; as a context manager it is closed."""

    def __init__(self, flags=0):
        params = bytearray(120)
        struct.pack_into('<IIIII', params, 0, 0, 0, flags, 0, IDLE_MS)
        self.fd = call(SYS_SETUP, ENTRIES, address(params))
        words = struct.unpack('<30I', params)
        self.features = words[5]
        self.sq_tail, self.sq_array = words[11], words[16]
        self.cq_head, self.cqes = words[20], words[25]
        self.indexed = not flags & SETUP_NO_SQARRAY
        self.polled = bool(flags & SETUP_SQPOLL)
        length = max(self.cqes + words[1] * 16, self.sq_array + ENTRIES * 4)
        self.ring = mmap.mmap(self.fd, length)
        self.sqes = mmap.mmap(self.fd, ENTRIES * 64, offset=OFFSET_SQES)
        self.buffers = pages()
        self.memory = pages()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        os.close(self.fd)
        self.ring.close()
        self.sqes.close()

    def register(self, what, record, count=1):
        """record: a bytearray, which the kernel may write to, or None."""
        return call(SYS_REGISTER, self.fd, what, address(record) if record else 0, count)

    def _word(self, at):
        return struct.unpack_from('<I', self.ring, at)[0]

    def _submit(self, fd, more):
        wait = ENTER_GETEVENTS | (ENTER_SQ_WAKEUP if self.polled else 0)
        call(SYS_ENTER, fd, 1, 1, wait | more, 0, 0)

    def result(self, opcode, fd=-1, memory=0, length=0, *, flags=0, priority=0, enter=None):
        """Do one operation, and wait for its first completion: its result and flags. enter: the
        descriptor and flag that the ring is entered by, if not by its own."""
        tail = self._word(self.sq_tail)
        at = tail % ENTRIES
        struct.pack_into('<BBHiQQIIQHHIQQ', self.sqes, at * 64, opcode, flags, priority, fd, 0,
                         memory, length, 0, 0, GROUP, 0, 0, 0, 0)
        if self.indexed:
            struct.pack_into('<I', self.ring, self.sq_array + 4 * at, at)
        struct.pack_into('<I', self.ring, self.sq_tail, tail + 1)
        self._submit(*(enter or (self.fd, 0)))
        head = self._word(self.cq_head)
        _, result, told = struct.unpack_from('<QiI', self.ring,
                                             self.cqes + head % (2 * ENTRIES) * 16)
        struct.pack_into('<I', self.ring, self.cq_head, head + 1)
        return result, told

    def provide(self, flags=0):
        """Buffers of PIECE bytes, as many as the ring of them holds."""
        self.register(REGISTER_PBUF_RING, bytearray(struct.pack(
            '<QIHHQQQ', address(self.buffers), ENTRIES, GROUP, flags, 0, 0, 0)))
        for at in range(ENTRIES):
            place = address(self.memory) + at * PIECE
            struct.pack_into('<QIH', self.buffers, 16 * at, place, PIECE, at)
        struct.pack_into('<H', self.buffers, 14, ENTRIES)
