"""Command lines of our test programs."""
import argparse


class Parser(argparse.ArgumentParser):
    """... that says what is wrong in one line."""

    def error(self, message):
        self.exit(2, f'{self.prog}: {message}\n')
