"""./dev storm in its short form, a test a scenario; and that it finds what is wrong.

Limits on time are not judged here, as they mean nothing on a machine that does other things, too.
"""
import json
import os
import pathlib
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import page  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

STORM = page.ROOT / 'tests' / 'storm' / 'storm.py'
FORBID = os.environ.get('RINGSIDE_FORBID', '')
SANITIZED = 'RINGSIDE_BUILD' not in os.environ  # or not started by Meson


def storm(*arguments, **environment):
    return subprocess.run([sys.executable, STORM, *arguments], env=os.environ | environment,
                          stdin=subprocess.DEVNULL, text=True, capture_output=True, check=False,
                          timeout=6 * ringside.DEADLINE_S)


def short(*names, **environment):
    """The rows, and how it all ended."""
    result = storm(*names, '--short', '--backend', ringside.BACKEND, '--json', '-', **environment)
    return json.loads(result.stdout)['rows'] if result.stdout else [], result


class TestShort(unittest.TestCase):
    def check(self, name):
        rows, result = short(name)
        verdicts = {row['figure']: row['verdict'] for row in rows}
        if list(verdicts.values()) == ['skipped']:
            self.skipTest(rows[0]['note'])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertLessEqual(set(verdicts.values()), {'held', 'reported'}, result.stderr)
        self.assertIn('held', verdicts.values(), result.stderr)

    def test_churn(self):
        self.check('churn')

    @unittest.skipIf(SANITIZED, 'a sanitizer takes memory of its own')
    def test_idle(self):
        self.check('idle')

    @unittest.skipIf(SANITIZED, 'a sanitizer takes memory of its own')
    def test_slow(self):
        self.check('slow')

    def test_fds(self):
        rows, result = short('fds')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual({row['verdict'] for row in rows}, {'reported'}, result.stderr)

    def test_term(self):
        self.check('term')

    def test_kill(self):
        rows, result = short('kill')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual({row['verdict'] for row in rows}, {'reported'}, result.stderr)

    def test_handover(self):
        self.check('handover')

    def test_loss(self):
        self.check('loss')

    def test_stream(self):
        self.check('stream')

    def test_soak(self):
        self.check('soak')


@unittest.skipIf(ringside.BACKEND == 'uring', 'whoever it finds out, the storm is the same')
class TestFindings(unittest.TestCase):
    """A server that is made to go wrong is found out."""

    def faulty(self, rule, name):
        with peers.folder() as folder:
            server = pathlib.Path(folder) / 'ringside'
            server.write_text(f'#!/bin/sh\n[ "$1" = serve ] && shift && '
                              f'exec {ringside.BINARY} serve --inject {rule} "$@"\n'
                              f'exec {ringside.BINARY} "$@"\n')
            server.chmod(server.stat().st_mode | stat.S_IXUSR)
            clients = os.environ.get('RINGSIDE_STORM_CLIENTS') or str(
                pathlib.Path(ringside.BINARY).parent / 'tests' / 'storm' / 'clients')
            rows, result = short(name, RINGSIDE=str(server), RINGSIDE_STORM_CLIENTS=clients)
        self.assertEqual(result.returncode, 1, result.stderr)
        return {row['figure'] for row in rows if row['verdict'] == 'missed'}

    def test_wrong_bytes(self):
        self.assertIn('wrong bytes', self.faulty('corrupt=1%', 'churn'))

    def test_a_byte_of_a_long_stream(self):
        self.assertIn('tcp: another hash', self.faulty('corrupt=1%', 'stream'))

    def test_answers_that_do_not_come(self):
        self.assertIn('conversations answered', self.faulty('close=1%', 'churn'))

    def test_answers_cut_off_by_the_end(self):
        self.assertIn('answers lost or cut', self.faulty('close=1%', 'term'))

    def test_datagrams_that_nobody_dropped(self):
        self.assertIn('datagrams lost without account', self.faulty('drop=5%:udp', 'soak'))


class TestCommandLine(unittest.TestCase):
    @unittest.skipUnless(FORBID, 'not started by Meson')
    def test_a_backend_that_this_machine_has_not_is_skipped(self):
        result = subprocess.run([FORBID, 'io_uring_setup', 'EPERM', sys.executable, STORM, 'churn',
                                 '--short', '--backend', 'uring'],
                                text=True, capture_output=True, check=False,
                                timeout=ringside.DEADLINE_S)
        self.assertEqual((result.returncode, result.stderr), (0, ''), result.stdout)
        self.assertRegex(result.stdout, r'uring +all +skipped +io_uring is forbidden here')

    def test_what_cannot_be(self):
        for arguments, reason in ((['tornado'], "no scenario 'tornado'"),
                                  (['--time', '1d'], "'1d' is no time"),
                                  (['--backend', 'select'], 'invalid choice')):
            with self.subTest(arguments=arguments):
                result = storm(*arguments)
                self.assertEqual((result.returncode, result.stdout), (2, ''))
                self.assertIn(reason, result.stderr)


if __name__ == '__main__':
    tap.main()
