"""Run a module's unittest cases and report them as TAP, a point each, for Meson.

A test file ends with tap.main(); names of cases on the command line select some of them:

    RINGSIDE=build/ringside python3 tests/program/test_serve.py TestEcho.test_udp
"""
import sys
import unittest


class TapResult(unittest.TestResult):
    """Prints each verdict as soon as it is known; what went wrong goes to standard error."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self.reported = False

    def startTest(self, test):
        super().startTest(test)
        self.reported = False

    def stopTest(self, test):
        super().stopTest(test)
        self.reported = False  # what fails or is skipped outside of tests has a point of its own

    def point(self, test, verdict, directive=''):
        self.count += 1
        self.reported = True
        name = '.'.join(test.id().split('.')[-2:]) if test else 'setting up'
        print(f'{verdict} {self.count} - {name}{directive}', flush=True)

    def failed(self, test, error):
        print(self._exc_info_to_string(error, test), file=sys.stderr, flush=True)
        if not self.reported:
            self.point(test, 'not ok')

    def addSuccess(self, test):
        if not self.reported:
            self.point(test, 'ok')

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.failed(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.failed(test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if not self.reported:
            self.point(test, 'ok', f' # SKIP {reason}')

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            print(f'in {subtest}', file=sys.stderr)
            self.failed(test, err)


def main():
    loader = unittest.defaultTestLoader
    names = sys.argv[1:]
    if names:
        suite = loader.loadTestsFromNames(names, sys.modules['__main__'])
    else:
        suite = loader.loadTestsFromModule(sys.modules['__main__'])
    result = TapResult()
    suite.run(result)
    print(f'1..{result.count}', flush=True)
    sys.exit(0 if result.wasSuccessful() else 1)
