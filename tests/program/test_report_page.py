"""The page of ringside report as Chromium shows it: on a desk, on a telephone, dark, on paper."""
import json
import pathlib
import shutil
import struct
import sys
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import browser  # noqa: E402
import document  # noqa: E402
import experiment_document  # noqa: E402
import peers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

PAPER_PX = 688  # A4 within its margins
SCREENS = [(1280, False, False), (1280, True, False), (360, False, True), (360, True, True)]

# Of the figures that are shown: how high, and how many shapes they hold.
FIGURES = """[...document.querySelectorAll('svg')].map(svg => {
    const box = svg.getBoundingClientRect();
    const shapes = [...svg.querySelectorAll('path, use')].filter(
        shape => shape.getBoundingClientRect().width > 0);
    return [box.width, box.height, shapes.length]}).filter(figure => figure[0] > 0)"""

# Texts whose contrast with the page, by WCAG 2, is below 4.5.
PALE = """(() => {
    const bright = colour => {
        const parts = colour.match(/[0-9.]+/g).slice(0, 3).map(value => value / 255).map(
            value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]};
    const page = bright(getComputedStyle(document.body).backgroundColor);
    const pale = [];
    for (const element of document.querySelectorAll('body *')) {
        if (![...element.childNodes].some(node => node.nodeType == 3 && node.data.trim()))
            continue;
        const style = getComputedStyle(element);
        const svg = element.closest('svg');
        if (svg && !['text', 'tspan'].includes(element.tagName)) continue;
        const own = bright(svg ? style.fill : style.color);
        const contrast = (Math.max(own, page) + 0.05) / (Math.min(own, page) + 0.05);
        if (contrast < 4.5) pale.push([element.tagName, element.textContent, contrast]);
    }
    return pale})()"""


def pixels(png):
    """The bytes of a PNG's rows, which tell pictures apart."""
    data, at = b'', 8
    while at < len(png):
        length, kind = struct.unpack('>I4s', png[at:at + 8])
        if kind == b'IDAT':
            data += png[at + 8:at + 8 + length]
        at += 12 + length
    return zlib.decompress(data)


@unittest.skipUnless(shutil.which('gnuplot'), 'gnuplot is not installed')
@unittest.skipUnless(browser.COMMAND, 'chromium is not installed')
class TestPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(peers.folder())
        load = document.document([100_000] * 900 + [400_000] * 99 + [9_000_000],
                                 label='a label that is long enough to need two lines')
        documents = [load, document.document([200_000] * 1000, label='another'),
                     experiment_document.bench(), experiment_document.ablate(),
                     experiment_document.comparison()]
        paths = []
        for i, made in enumerate(documents):
            made.setdefault('arguments', []).append('x' * 200)
            paths.append(f'{cls.folder}/{i}.json')
            pathlib.Path(paths[-1]).write_text(json.dumps(made))
        result = ringside.run('report', *paths, '-o', 'report.html', '--svg', 'figures',
                              cwd=cls.folder)
        assert result.returncode == 0, result.stderr
        cls.path = f'{cls.folder}/report.html'
        cls.browser = cls.enterClassContext(browser.Browser())

    def each_screen(self):
        for width, dark, mobile in SCREENS:
            with self.subTest(width=width, dark=dark):
                self.browser.open(self.path, width=width, dark=dark, mobile=mobile)
                yield width, dark

    def test_it_opens_without_complaint_and_without_network(self):
        for _ in self.each_screen():
            self.assertEqual(self.browser.complaints(), [])
            self.assertEqual(self.browser.requests(), [])

    def test_nothing_is_wider_than_the_screen(self):
        for width, _ in self.each_screen():
            self.assertEqual(self.browser.ask('document.documentElement.scrollWidth'), width)

    def test_every_figure_is_seen(self):
        counts = set()
        for width, _ in self.each_screen():
            figures = self.browser.ask(FIGURES)
            counts.add(len(figures))
            for figure_width, height, shapes in figures:
                self.assertGreater(figure_width, 280)
                self.assertGreater(height, 60)
                self.assertGreater(shapes, 3)
        self.assertEqual(counts, {self.browser.ask('document.querySelectorAll("figure").length')})
        self.assertGreater(counts.pop(), 15)

    def test_texts_stand_out_in_light_and_dark(self):
        for _ in self.each_screen():
            self.assertEqual(self.browser.ask(PALE), [])

    def test_letters_of_figures_are_large_enough_on_a_telephone(self):
        self.browser.open(self.path, width=360, mobile=True)
        least = self.browser.ask("""Math.min(...[...document.querySelectorAll('svg text')].map(
            text => text.getBoundingClientRect()).filter(box => box.width > box.height).map(
            box => box.height))""")
        self.assertGreater(least, 9)

    def test_light_and_dark_differ(self):
        colours = {}
        for dark in (False, True):
            self.browser.open(self.path, dark=dark)
            colours[dark] = self.browser.ask("""[getComputedStyle(document.body).backgroundColor,
                getComputedStyle(document.querySelector('svg text')).fill]""")
        self.assertEqual(colours[False][0], 'rgb(255, 255, 255)')
        self.assertNotEqual(colours[False][0], colours[True][0])
        self.assertNotEqual(colours[False][1], colours[True][1])

    def test_screenshots_are_not_empty(self):
        seen = set()
        for _ in self.each_screen():
            rows = pixels(self.browser.screenshot())
            self.assertGreater(len(set(rows)), 16)
            seen.add(zlib.crc32(rows))
        self.assertEqual(len(seen), len(SCREENS))

    def test_it_can_be_printed(self):
        self.browser.open(self.path, dark=True)
        paper = self.browser.pdf()
        self.assertTrue(paper.startswith(b'%PDF-'))
        self.assertGreater(paper.count(b'/Type /Page\n') + paper.count(b'/Type /Page '), 3)

    def test_paper_is_white_and_no_table_is_cut_off(self):
        self.browser.open(self.path, width=PAPER_PX, dark=True)
        self.browser.call('Emulation.setEmulatedMedia', media='print', features=[
            {'name': 'prefers-color-scheme', 'value': 'dark'}])
        self.assertEqual(self.browser.ask('getComputedStyle(document.body).backgroundColor'),
                         'rgb(255, 255, 255)')
        self.assertEqual(self.browser.ask(PALE), [])
        self.assertEqual(self.browser.ask(f"""[...document.querySelectorAll('table')].filter(
            table => table.getBoundingClientRect().right > {PAPER_PX}).map(
            table => table.textContent.slice(0, 50))"""), [])

    def test_a_picture_alone_is_shown_in_light_and_dark(self):
        colours = []
        for dark in (False, True):
            self.browser.open(f'{self.folder}/figures/01-percentiles.svg', dark=dark)
            self.assertEqual(self.browser.complaints(), [])
            colours.append(self.browser.ask(
                'getComputedStyle(document.documentElement).backgroundColor'))
        self.assertEqual(colours[0], 'rgb(255, 255, 255)')
        self.assertNotEqual(colours[0], colours[1])


if __name__ == '__main__':
    tap.main()
