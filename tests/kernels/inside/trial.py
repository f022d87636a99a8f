"""What this kernel says of features when it is asked by bare system calls: {name: trial}, where a
trial tells whether the feature is there, or fails with OSError where it is not.

They share no code with the probe and the engine, so that both cannot be wrong in the same way.
"""
import mmap
import pathlib
import re
import socket
import struct

from rawring import (
    ACCEPT_MULTISHOT, CQE_BUF_MORE, CQE_BUFFER, CQE_MORE, ENTER_REGISTERED_RING,
    FEAT_MIN_TIMEOUT, FEAT_RECVSEND_BUNDLE, OP_ACCEPT, OP_NOP, OP_READ, OP_RECV, OP_SEND,
    OP_SEND_ZC, PBUF_RING_INC, PIECE, RECV_BUNDLE, RECV_MULTISHOT, RECV_POLL_FIRST,
    REGISTER_ENABLE_RINGS, REGISTER_NAPI, REGISTER_PROBE, REGISTER_RESTRICTIONS,
    REGISTER_RING_FDS, RESTRICTION_SQE_OP, SETUP_COOP_TASKRUN, SETUP_DEFER_TASKRUN,
    SETUP_NO_SQARRAY, SETUP_R_DISABLED, SETUP_SINGLE_ISSUER, SETUP_SQPOLL, SQE_BUFFER_SELECT,
    Ring, address, pages)

EACCES = 13
SOL_UDP, UDP_SEGMENT, UDP_GRO = 17, 103, 104
HUGE_PAGE = 2 << 20


def does_nothing(flags):
    """A ring of these flags is set up, and an operation on it ends well."""
    def trial():
        with Ring(flags) as ring:
            return ring.result(OP_NOP) == (0, 0)
    return trial


def has(feature):
    def trial():
        with Ring() as ring:
            return bool(ring.features & feature)
    return trial


def receives(length, *, told, ring_flags=0, priority=0):
    """All that waits is received at once into provided buffers, and the completion says told."""
    def trial():
        ours, theirs = socket.socketpair()
        with ours, theirs, Ring() as ring:
            ring.provide(ring_flags)
            theirs.send(bytes(length))
            result, flags = ring.result(OP_RECV, ours.fileno(), flags=SQE_BUFFER_SELECT,
                                        priority=priority)
            return result == length and flags & told == told
    return trial


def takes(option, value):
    def trial():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            any_socket.setsockopt(SOL_UDP, option, value)
            return True
    return trial


def accepts():
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind('')  # the kernel finds a name
        listener.listen()
        client.connect(listener.getsockname())
        with Ring() as ring:
            result, flags = ring.result(OP_ACCEPT, listener.fileno(), priority=ACCEPT_MULTISHOT)
            if result >= 0:
                socket.close(result)
            return result >= 0 and bool(flags & CQE_MORE)


def thread_sends():
    """To a socket that is not registered with the ring: Linux 5.11."""
    ours, theirs = socket.socketpair()
    with ours, theirs, Ring(SETUP_SQPOLL) as ring:
        ring.memory[0:5] = b'hello'
        result, _ = ring.result(OP_SEND, ours.fileno(), address(ring.memory), 5)
        return result == 5 and theirs.recv(9) == b'hello'


def refuses():
    with Ring(SETUP_R_DISABLED) as ring:
        ring.register(REGISTER_RESTRICTIONS,
                      bytearray(struct.pack('<HBBIII', RESTRICTION_SQE_OP, OP_NOP, 0, 0, 0, 0)))
        ring.register(REGISTER_ENABLE_RINGS, None, 0)
        return ring.result(OP_NOP)[0] == 0 and ring.result(OP_READ)[0] == -EACCES


def entered_by_index():
    with Ring() as ring:
        record = bytearray(struct.pack('<IIQ', 0xffffffff, 0, ring.fd))
        if ring.register(REGISTER_RING_FDS, record) != 1:
            return False
        index = struct.unpack_from('<I', record)[0]
        return ring.result(OP_NOP, enter=(index, ENTER_REGISTERED_RING)) == (0, 0)


def polls_the_card():
    with Ring() as ring:
        ring.register(REGISTER_NAPI, bytearray(struct.pack('<IBBHII', 1, 0, 0, 0, 0, 0)))
        return True


def knows_send_zc():
    with Ring() as ring:
        record = bytearray(16 + 256 * 8)
        ring.register(REGISTER_PROBE, record, 256)
        return bool(struct.unpack_from('<H', record, 16 + 8 * OP_SEND_ZC + 2)[0] & 1)


def _huge_kb():
    text = pathlib.Path('/proc/self/smaps_rollup').read_text()
    return int(re.search(r'^AnonHugePages:\s+(\d+)', text, re.MULTILINE)[1])


def is_on_a_huge_page():
    """... wherever one fits into memory."""
    before_kb, memory = _huge_kb(), pages(2 * HUGE_PAGE)
    memory.madvise(mmap.MADV_HUGEPAGE)
    for at in range(0, len(memory), mmap.PAGESIZE):
        memory[at] = 1
    return _huge_kb() > before_kb


TRIALS = {
    'multishot_accept': accepts,
    'multishot_receive': receives(1, told=CQE_MORE, priority=RECV_MULTISHOT),
    'buffer_ring': receives(1, told=CQE_BUFFER),
    'incremental': receives(1, told=CQE_BUF_MORE, ring_flags=PBUF_RING_INC),
    # The flag came with Linux 6.10, and did nothing for a first receive before 6.17.
    'receive_bundle': receives(2 * PIECE, told=CQE_BUFFER, priority=RECV_BUNDLE),
    'send_bundle': has(FEAT_RECVSEND_BUNDLE),
    'defer_taskrun': does_nothing(SETUP_SINGLE_ISSUER | SETUP_DEFER_TASKRUN),
    'coop_taskrun': does_nothing(SETUP_COOP_TASKRUN),
    'no_sqarray': does_nothing(SETUP_NO_SQARRAY),
    'registered_ring': entered_by_index,
    'zero_copy': knows_send_zc,
    'sqpoll': thread_sends,
    'min_wait': has(FEAT_MIN_TIMEOUT),
    'napi': polls_the_card,
    'huge_pages': is_on_a_huge_page,
    'poll_first': receives(1, told=CQE_BUFFER, priority=RECV_POLL_FIRST),
    'gro': takes(UDP_GRO, 1),
    'gso': takes(UDP_SEGMENT, 512),
    'restrictions': refuses,
}
