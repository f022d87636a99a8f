"""A network that loses 20 % of all packets, and what load says of it."""
import json
import shutil
import subprocess

from stage import DEADLINE_S, Failed, Load, Skipped

PERCENT = 20
RULES = '''
table ip storm {{
	counter lost {{ }}
	counter seen {{ }}
	chain asked {{
		type filter hook input priority 0;
		udp dport {port} counter name seen
		udp dport {port} numgen random mod 100 < {percent} counter name lost drop
	}}
}}
'''


def nft(*arguments, text=None):
    return subprocess.run(['nft', *arguments], input=text, capture_output=True, text=True,
                          check=False, timeout=DEADLINE_S)


def packets():
    """nft's counters."""
    listed = nft('-j', 'list', 'counters')
    if listed.returncode != 0:
        raise Failed(f'nft does not tell its counters: {listed.stderr}')
    return {entry['counter']['name']: entry['counter']['packets']
            for entry in json.loads(listed.stdout)['nftables'] if 'counter' in entry}


def run(stage):
    if not stage.isolated:
        raise Skipped('packets may be dropped only in a network namespace, which needs root')
    if not shutil.which('nft'):
        raise Skipped('nft is not installed')
    duration_s = stage.size(10, 1)
    with stage.server('echo+udp://127.0.0.1:0') as server:
        said = nft('-f', '-', text=RULES.format(port=server.url.port, percent=PERCENT))
        if said.returncode != 0:
            raise Skipped(f'nft: {said.stderr.splitlines()[0]}')
        try:
            # Each datagram a packet: of several that go as one, nft sees one.
            with Load('--features=-gso', '-c', 200, '-p', 64, '--rate', 5000, '--timeout', '5s',
                      '-d', f'{duration_s}s', server.url.target, backend=stage.backend) as load:
                result = load.await_end(duration_s + DEADLINE_S)
            counted = packets()
        finally:
            nft('delete', 'table', 'ip', 'storm')
    reported = 100 * result['lost'] / result['sent']
    dropped = 100 * counted['lost'] / counted['seen']
    stage.judge('reported loss less that counted', round(abs(reported - dropped), 3), 'points', 1,
                f'{result["lost"]} of {result["sent"]} reported, {counted["lost"]} of '
                f'{counted["seen"]} counted')
