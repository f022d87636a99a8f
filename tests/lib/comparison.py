"""Comparisons of known values: documents for ringside compare, and what it says of them."""
import contextlib
import json
import pathlib
import unittest

import peers
import readers
import ringside

# Shares by which runs differ: far less than the least effects, and no two alike.
WOBBLE = [0.0011, -0.0023, 0.0031, -0.0007, 0.0017, -0.0029, 0.0005, -0.0013, 0.0019, -0.0003,
          0.0027, -0.0021, 0.0009, -0.0015, 0.0025, -0.0001, 0.0013, -0.0019, 0.0007, -0.0025]
# As far as anything here goes: no 40 pairs of these can be told apart.
NOISE = [0.5, -0.4, 0.3, -0.35, 0.45, -0.3, 0.25, -0.45, 0.6, -0.25]


def spread(value, shares=tuple(WOBBLE), count=12):
    return [value * (1 + shares[i % len(shares)]) for i in range(count)]


def hyperfine(**benchmarks):
    """{name: times}"""
    return json.dumps({'results': [{'command': name, 'mean': times[0], 'times': times}
                                   for name, times in benchmarks.items()]})


def series(point, server, figures, group=0):
    """{key: values}"""
    count = max(len(values) for values in figures.values())
    runs = [{'round': i, 'sequence': i,
             'figures': {key: values[i] for key, values in figures.items() if i < len(values)}}
            for i in range(count)]
    return {'name': f'{point}/{server}', 'point': {'name': point}, 'server': {'name': server},
            'group': group, 'error': None, 'runs': runs}


def experiment(*all_series):
    return json.dumps({'schema': 'ringside-experiment/1', 'version': '0', 'command': 'bench',
                       'host': {'kernel': '6.1.0'}, 'series': all_series})


class Case(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.folder = pathlib.Path(stack.enter_context(peers.folder()))

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def compare(self, *arguments, code, **keywords):
        result = ringside.run('compare', *arguments, cwd=self.folder, **keywords)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def document(self, *arguments, code, **keywords):
        result = self.compare(*arguments, '--json', 'comparison.json', code=code, **keywords)
        document = json.loads((self.folder / 'comparison.json').read_text())
        with contextlib.suppress(unittest.SkipTest):  # test_the_document_keeps_its_schema tells it
            self.assertEqual(readers.comparison_schema_errors(document), '')
        self.assertEqual(document['sentence'], result.stdout.splitlines()[-1])
        return document

    def refused(self, *arguments, says, **keywords):
        """It ends with 2 and one line that says what is wrong."""
        result = self.compare(*arguments, code=2, **keywords)
        self.assertEqual(result.stdout, '')
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertRegex(result.stderr, says)

    def verdicts(self, document):
        return {metric['metric']: metric['verdict'] for metric in document['metrics']
                if metric['judged']}
