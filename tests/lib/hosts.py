"""Hosts that are network namespaces: each with its name and address, and reached by ssh.

The ssh is a stand-in that enters the namespace: launchers start it by its name, so they are run as
they would be, but for the encryption. It comes first on the path of environment().
"""
import contextlib
import os
import pathlib
import subprocess
import unittest

import peers
import ringside

SERVER = '10.77.0.1'

SSH = '''#!/bin/bash
# ssh [OPTION...] HOST COMMAND...: run it in the namespace of that host.
while [[ $1 == -* ]]; do
	case $1 in
	-o | -l | -p | -F | -i | -S) shift 2 ;;
	*) shift ;;
	esac
done
host=$1
shift
exec ip netns exec "{prefix}-$host" unshare --uts sh -c \\
	'hostname "$0"; exec sh -c "$1"' "$host" "$*"
'''


def _ip(*arguments):
    subprocess.run(['ip', *arguments], check=True, capture_output=True)


class Hosts(contextlib.ExitStack):
    """As a context manager. wrap() is put before what is to run where the server is, or on another
    host."""

    def __init__(self, *names):
        super().__init__()
        self.names = names
        self.prefix = f'ringside-{os.getpid()}'

    def _namespace(self, name):
        _ip('netns', 'add', name)
        self.callback(_ip, 'netns', 'delete', name)
        _ip('-n', name, 'link', 'set', 'lo', 'up')

    def _build(self):
        server = self._name('server')
        self._namespace(server)
        _ip('-n', server, 'link', 'add', 'bridge', 'type', 'bridge')
        _ip('-n', server, 'address', 'add', f'{SERVER}/24', 'dev', 'bridge')
        _ip('-n', server, 'link', 'set', 'bridge', 'up')
        for number, name in enumerate(self.names, 11):
            inside = self._name(name)
            self._namespace(inside)
            _ip('-n', server, 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0',
                'netns', inside)
            _ip('-n', server, 'link', 'set', name, 'master', 'bridge', 'up')
            _ip('-n', inside, 'address', 'add', f'10.77.0.{number}/24', 'dev', 'eth0')
            _ip('-n', inside, 'link', 'set', 'eth0', 'up')

    def _name(self, host):
        return f'{self.prefix}-{host}'

    def __enter__(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest('network namespaces need root')
        super().__enter__()
        self.folder = self.enter_context(peers.folder())
        ssh = pathlib.Path(self.folder) / 'ssh'
        ssh.write_text(SSH.format(prefix=self.prefix))
        ssh.chmod(0o755)
        try:
            self._build()
        except (OSError, subprocess.CalledProcessError) as error:
            self.close()
            raise unittest.SkipTest(f'no network namespaces: {error}') from error
        return self

    def wrap(self, host='server'):
        return ['ip', 'netns', 'exec', self._name(host)]

    def environment(self):
        """With ringside and ssh on the path, and an mpirun that may run as root, here."""
        binaries = pathlib.Path(ringside.BINARY).parent
        return os.environ | {
            'PATH': f'{self.folder}:{binaries}:{os.environ["PATH"]}',
            'ANSIBLE_PIPELINING': '1',
            'ANSIBLE_SSH_TRANSFER_METHOD': 'piped',
            'OMPI_MCA_oob_tcp_if_include': f'{SERVER}/24',
            'OMPI_MCA_btl_tcp_if_include': f'{SERVER}/24',
            **MPI_ENVIRONMENT,
        }


# As root, with more ranks than there are CPUs; what OpenMPI leaks is not ours.
MPI_ENVIRONMENT = {
    'ASAN_OPTIONS': 'detect_leaks=0',
    'OMPI_ALLOW_RUN_AS_ROOT': '1',
    'OMPI_ALLOW_RUN_AS_ROOT_CONFIRM': '1',
    'OMPI_MCA_rmaps_base_oversubscribe': '1',
    'OMPI_MCA_hwloc_base_binding_policy': 'none',
}
