"""bench/gate/prove: the verdicts of comparisons on this machine are counted, and judged."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import page  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402


class TestGateProve(unittest.TestCase):
    def test_each_comparison_is_told_and_counted(self):
        binary = pathlib.Path(ringside.BINARY)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'found.json'
            result = subprocess.run(
                [page.ROOT / 'bench' / 'gate' / 'prove', '--same', '1', '--slow', '1', '--hardly',
                 '0', '--pairs', '1', '--json', path], text=True, capture_output=True, check=False,
                env=os.environ | {'BUILD': str(binary.parent)}, stdin=subprocess.DEVNULL,
                timeout=8 * ringside.DEADLINE_S)
            self.assertIn(result.returncode, (0, 1), result.stderr)
            found = json.loads(path.read_text())
        # One pair can tell nothing.
        self.assertEqual(found, {'same': {'inconclusive': 1}, 'slow': {'inconclusive': 1}})
        self.assertEqual(result.stdout.count('; 1 pairs'), 2, result.stdout)
        self.assertIn('NOT kept', result.stdout.splitlines()[-1])
        self.assertEqual(result.returncode, 1)


if __name__ == '__main__':
    tap.main()
