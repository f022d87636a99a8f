"""The targets of ./dev cross: for what machine and by which compiler ringside is built, on what the
result is run, and which of the tests."""
from typing import NamedTuple

# Development packages of the libraries that ringside is linked with, what a compiler needs, and
# locales.
LIBRARIES = ('libc-bin libc6-dev libgcc-12-dev libinih-dev libjansson-dev libmicrohttpd-dev '
             'libseccomp-dev nettle-dev zlib1g-dev').split()

BOTH_WAYS = ['epoll', 'epoll-none', 'uring', 'uring-none']
PROGRAMS = ['small_services', 'talk', 'talk_requests']
BACKEND_PROGRAMS = ['services', 'clients', 'stamp', 'irtt', 'activation', 'notify', 'sandbox']
EVERYTHING = [
    'unit-*', 'torture-engine', *(f'contract-{run}' for run in BOTH_WAYS),
    *(f'program-{name}' for name in PROGRAMS),
    *(f'program-{name}-{backend}' for name in BACKEND_PROGRAMS for backend in ('epoll', 'uring'))]
# What qemu-user does not know of the kernel is no subject here: io_uring, stamps, segments.
EMULATION = [
    'unit-*', 'contract-epoll', 'contract-epoll-none', 'program-services-epoll-none',
    'program-clients-epoll-none', 'program-small_services', 'program-talk']


class Machine(NamedTuple):
    """A machine, or a C library, that is not the one here."""
    folder: str         # of the cache, with its libraries
    prepare: list       # what is run, with the folder as first argument, to fill it
    libraries: list     # places in it that have some
    compiler: list      # its command; {root}: the folder
    family: str         # Meson's cpu_family
    endian: str = 'little'
    emulator: str = ''  # what runs its programs here; none: the processor does
    tools: str = ''     # before the names of ar and strip
    compile: list = []  # more arguments of the compiler
    link: list = []     # and of the linker
    sysroot: bool = True  # what is said in the folder takes it for the root
    criterion: str = 'stand-in'  # or 'installed': among its libraries


def debian(architecture, triplet, family, compiler, more=(), **rest):
    """A machine for which Debian has packages."""
    return Machine(architecture, ['tests/cross/sysroot', architecture, *LIBRARIES, *more],
                   [f'lib/{triplet}', f'usr/lib/{triplet}'], [*compiler, '--sysroot={root}'],
                   family, **rest)


class Target(NamedTuple):
    what: str           # for the table: the machine and the C library
    compiler: str       # its command
    tests: list         # names of Meson's tests, with wildcards
    level: str = '2'    # of optimisation
    machine: Machine = None
    # What cannot be run there, and why: names of Meson's tests, and SUITE::NAME of those within,
    # with wildcards. The latter are skipped by the stand-in for Criterion.
    without: dict = {}


# Compiled with lib32gcc alone: beside gcc-multilib Debian allows no compiler for other machines.
I386 = debian('i386', 'i386-linux-gnu', 'x86', ['gcc', '-m32'], more=['libcriterion-dev'],
              criterion='installed')
# Programs that use Debian's Criterion for arm64 abort under qemu-user as it starts its first test.
AARCH64 = debian('arm64', 'aarch64-linux-gnu', 'aarch64', ['aarch64-linux-gnu-gcc'],
                 emulator='qemu-aarch64-static', tools='aarch64-linux-gnu-')
# Debian has no Criterion for it.
S390X = debian('s390x', 's390x-linux-gnu', 's390x', ['s390x-linux-gnu-gcc'], endian='big',
               emulator='qemu-s390x-static', tools='s390x-linux-gnu-')
# A static program has no dynamic loader, which Criterion cannot do without.
MUSL = Machine('musl', ['tests/cross/musl-libraries'], ['lib'],
               ['musl-gcc', '-static', '-idirafter', '{root}/kernel'], 'x86_64',
               compile=['-isystem', '{root}/include'], link=['-L{root}/lib'], sysroot=False)

# The simulated kernel takes the place of functions of the C library by their names there.
NARROW = {
    'unit-sim-*': 'the simulated kernel knows the functions of 64-bit machines alone',
    'torture-engine': 'the calls that it lets fail are those of 64-bit machines',
}
NO_RING = 'it compares with io_uring, which qemu-user does not know'
NO_MESSAGES = 'qemu-user passes few control messages on'
NO_STAMPS = 'qemu-user knows no SO_TIMESTAMPING'
NO_UNSENT = 'qemu-user knows no SIOCOUTQNSD'
EMULATED = {
    'unit-sim-features': NO_RING,
    'unit-sim-ring': NO_RING,
    'unit-sim-message': 'what it compares with would be qemu-user instead of the kernel',
    'ancillary::the_header_of_ipv*': NO_MESSAGES,
    'ancillary::each_answer_has_the_class_that_it_was_given': NO_MESSAGES,
    'ancillary::an_empty_datagram_has_its_time': NO_MESSAGES,
    'ancillary::what_is_longer_than_the_buffer_says_so_and_has_its_time': NO_MESSAGES,
    'arrival::*_has_its_own_time': NO_STAMPS,
    'arrival::*_kernels_time': NO_STAMPS,
    'arrival::a_client_of_any_kind_is_told': NO_STAMPS,
    'arrival::a_record_sent_before_the_connection_is_accepted_has_no_time_of_the_kernels':
        NO_STAMPS,
    'arrival::it_is_told_beside_departures': NO_STAMPS,
    'arrival::waiting_for_stamps_ends': NO_STAMPS,
    'arrival::what_a_tcp_client_sends_before_it_is_accepted_has_its_time': NO_STAMPS,
    'departure::a_stream_says_which_byte_was_the_last': NO_STAMPS,
    'departure::each_datagram_of_a_client_has_one_over_ipv*': NO_STAMPS,
    'departure::many_at_once_leave_once_each': NO_STAMPS,
    'departure::those_of_many_turns_are_read_as_fast_as_they_come': NO_STAMPS,
    'departure_trouble::a_client_may_close_before_they_come': NO_STAMPS,
    'departure_trouble::a_full_socket_mixes_no_names_up': NO_STAMPS,
    'departure_trouble::none_is_lost_where_more_come_than_there_is_room_for': NO_STAMPS,
    'drops::what_a_*': 'qemu-user knows no SO_MEMINFO',
    'pressure::a_peer_behind_a_slow_line_is_not_reset_while_it_reads': NO_UNSENT,
    'process_files::memory_that_is_touched_is_in_use': 'qemu-user knows no MAP_POPULATE',
    'socket::what_an_accepted_connection_leaves_unsent_is_bounded': NO_UNSENT,
    'sockopt::congestion_control_is_chosen_by_name': 'qemu-user takes the name for a number',
    'decision::error_is_that_of_all_metrics_and_looks': 'it takes minutes where it is emulated',
}
# A number of two bytes beside a message, which qemu-user hands over as it is. It matters when a few
# datagrams leave at once, which may happen to all that load sends in these tests.
SEGMENTS = 'qemu-user lets UDP_SEGMENT have the other order of bytes'
EMULATED_BIG = EMULATED | {
    'contract-epoll': SEGMENTS,  # contract-epoll-none sends none
    'load_answers::*datagrams*': SEGMENTS,
    'load_faults::*': SEGMENTS,
    'load_trips::*': SEGMENTS,
}

# musl's names are others, and torture-engine's failing calls are those of glibc.
OTHER_LIBRARY = {
    'unit-sim-*': "the simulated kernel knows glibc's functions alone",
    'torture-engine': "the calls that it lets fail are glibc's",
}

TARGETS = {
    'gcc-O0': Target('x86-64, glibc', 'gcc', EVERYTHING, level='0'),
    'gcc-O3': Target('x86-64, glibc', 'gcc', EVERYTHING, level='3'),
    'clang-O0': Target('x86-64, glibc', 'clang', EVERYTHING, level='0'),
    'clang-O3': Target('x86-64, glibc', 'clang', EVERYTHING, level='3'),
    'musl': Target('x86-64, musl, static', 'gcc', EVERYTHING, machine=MUSL,
                   without=OTHER_LIBRARY),
    'i386': Target('32-bit x86, glibc', 'gcc', EVERYTHING, machine=I386, without=NARROW),
    'aarch64': Target('aarch64, glibc', 'gcc', EMULATION, machine=AARCH64, without=EMULATED),
    's390x': Target('s390x, glibc', 'gcc', EMULATION, machine=S390X,
                    without=EMULATED_BIG),
}
