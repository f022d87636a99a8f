"""Pages of ringside report, read as trees, and the documents that they are made of."""
import json
import pathlib
import re
import shutil
import unittest
import xml.etree.ElementTree

import document
import experiment_document
import peers
import ringside

GNUPLOT = unittest.skipUnless(shutil.which('gnuplot'), 'gnuplot is not installed')
SVG = '{http://www.w3.org/2000/svg}'
HTML = '{http://www.w3.org/1999/xhtml}'


def write(folder, documents):
    """{name: document or text} into files; their paths."""
    for name, made in documents.items():
        text = made if isinstance(made, str) else json.dumps(made)
        (pathlib.Path(folder) / name).write_text(text)
    return list(documents)


def report(folder, documents, *options, **keywords):
    return ringside.run('report', *write(folder, documents), *options, cwd=folder, **keywords)


def load(**members):
    """Two runs with intervals, one of which has no answers."""
    made = document.document([100_000] * 900 + [400_000] * 99 + [9_000_000],
                             [110_000] * 990 + [500_000] * 10, **members)
    for run in made['runs']:
        run['intervals'] = [document.interval([100_000 + 1000 * i] * 50) for i in range(5)]
        for i, interval in enumerate(run['intervals']):
            interval['start_ns'] = i * document.NS_PER_S // 5
            interval['duration_ns'] = document.NS_PER_S // 5
    made['runs'][1]['intervals'][2] |= {'requests': 0, 'latency_ns': document.times([])}
    return made


def stamped():
    """What a load of a target with times of its own has, on one host: 100 ns there, 50 with the
    server, 200 back, and ten times of it once."""
    trips = [(1000, 1100, 1150, 1350)] * 9 + [(1000, 2000, 2500, 4500)]
    return {'delays': document.delays(trips),
            'split': document.split([[990, 1000, 1100, 1110, 1150, 1350, 1400]] * 9
                                    + [[900, 1000, 2000, 2100, 2500, 4500, 5000]])}


def everything():
    return {'load.json': load(label='first load', **stamped()),
            'other.json': load(label='second load'),
            'bench.json': experiment_document.bench(),
            'ablate.json': experiment_document.ablate(),
            'noise.json': experiment_document.noise(), 'find.json': experiment_document.find(),
            'compare.json': experiment_document.comparison()}


def texts(element):
    return ' '.join(' '.join(element.itertext()).split())


class Page(unittest.TestCase):
    def page(self, documents, *options):
        """The page as a tree: it is well-formed XML."""
        with peers.folder() as folder:
            result = report(folder, documents, '-o', 'report.html', *options)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, '', ''))
            self.text = (pathlib.Path(folder) / 'report.html').read_text()
            self.assertFalse((pathlib.Path(folder) / 'pwned').exists())
        return xml.etree.ElementTree.fromstring(self.text)

    def assert_says(self, page, *parts):
        """Of the body, as a reader would find it: the whole would be too long a message."""
        text = texts(page.find(f'{HTML}body'))
        self.assertEqual([part for part in parts if part not in text], [])

    def headings(self, page):
        return [texts(found) for found in page.iter() if re.fullmatch(
            rf'{HTML}h[1-6]', found.tag)]

    def figures(self, page):
        return [texts(found.find(f'{HTML}figcaption/{HTML}strong'))
                for found in page.iter(f'{HTML}figure')]

    def curves(self, svg):
        """Paths and points in the colours of the palette."""
        return [found for found in svg.iter() if (found.get('stroke') or found.get(
            'color') or '').startswith('#') and found.get('class') != 'gridline']
