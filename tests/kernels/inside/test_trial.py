"""ringside probe against the kernel itself, which is asked by bare system calls (trial.py)."""
import json
import pathlib
import signal
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / 'lib')]
import ringside  # noqa: E402
import tap  # noqa: E402
import trial  # noqa: E402

LIMIT_S = 60  # for an operation that never ends; none takes a second


class TestProbe(unittest.TestCase):
    """A test for each feature: the kernel has it if, and only if, the probe says that it is there.
    The probe also says so of what it has but no engine uses (incremental on 6.17 and 6.18)."""

    @classmethod
    def setUpClass(cls):
        cls.probed = json.loads(ringside.run('probe', '--json').stdout)['features']

    def agree(self, name):
        signal.alarm(LIMIT_S)
        self.addCleanup(signal.alarm, 0)
        try:
            there, why = trial.TRIALS[name](), ''
        except OSError as error:
            there, why = False, f' ({error})'
        probed = self.probed[name]
        self.assertEqual(probed['present'], there, f'the kernel itself says {there}{why}, '
                         f'the probe {probed["present"]}: {probed["reason"]}')


for feature in trial.TRIALS:
    setattr(TestProbe, f'test_{feature}',
            lambda self, feature=feature: self.agree(feature))


if __name__ == '__main__':
    tap.main()
