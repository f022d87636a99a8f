"""Job files of ringside bench: every section is work, and all are one experiment."""
import json
import os
import pathlib
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lib'))
import page  # noqa: E402
import peers  # noqa: E402
import readers  # noqa: E402
import ringside  # noqa: E402
import tap  # noqa: E402

GLOBAL = '[global]\nrounds = 2\nduration = 100ms\nomit = 20ms\nbackend = epoll\n'


class JobTest(unittest.TestCase):
    def setUp(self):
        folder = peers.folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / 'jobs.ini'

    def run_jobs(self, text, *options):
        self.path.write_text(text)
        return ringside.run_trials('bench', '--job', self.path, *options, cwd=self.folder)

    def measure(self, text, *options):
        result = self.run_jobs(text, '--json', '-', *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)


class TestRun(JobTest):
    def test_sections_are_points_named_after_them(self):
        found = self.measure(GLOBAL + '[small]\nsize = 16\n[several]\nconnections = 1,2\n'
                             'rate = 1k\n[named]\nworkloads = udp-1\n')
        self.assertEqual(readers.experiment_schema_errors(found), '')
        points = [one['point'] for one in found['series']]
        self.assertEqual([point['name'] for point in points],
                         ['small', 'several/tcp-1-64-1kps', 'several/tcp-2-64-1kps', 'named'])
        self.assertEqual([(point['transport'], point['connections'], point['size'], point['rate'])
                          for point in points],
                         [('tcp', 50, 16, 0), ('tcp', 1, 64, 1000), ('tcp', 2, 64, 1000),
                          ('udp', 1, 64, 0)])
        self.assertEqual(points[0]['title'], 'small: TCP 50 x 16 B')
        options = found['options']
        self.assertEqual((options['rounds'], options['connections'], options['workloads']),
                         (2, [], []))

    def test_they_are_one_experiment(self):
        """Their trials alternate; one after another they would not."""
        found = self.measure(GLOBAL + '[a]\nconnections = 1\n[b]\nconnections = 2\n')
        runs = sorted((run['sequence'], run['round'], one['name']) for one in found['series']
                      for run in one['runs'])
        self.assertEqual([number for _, number, _ in runs], [0, 0, 1, 1])
        names = [name for _, _, name in runs]
        self.assertEqual(set(names[:2]), {'a/epoll', 'b/epoll'})
        self.assertEqual(names[2:], names[1::-1])

    def test_sections_can_be_picked_and_overridden(self):
        found = self.measure(GLOBAL + '[a]\nconnections = 1\n[b]\nconnections = 2\n[c]\nsize = 1\n',
                             '--section', 'c', '--section', 'a', '--rounds', 1, '-s', 8)
        self.assertEqual([one['name'] for one in found['series']], ['c/epoll', 'a/epoll'])
        self.assertEqual([one['point']['size'] for one in found['series']], [8, 8])
        self.assertEqual(found['rounds'], 1)

    def test_the_table_has_their_names(self):
        result = self.run_jobs(GLOBAL + '[quite-a-long-name-of-a-section]\nsize = 16\n')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout,
                         r'(?m)^quite-a-long-name-of-a-section: TCP 50 x 16 B epoll +\d')

    def test_lines_are_shown_and_do_the_same(self):
        text = GLOBAL + '[a]\nconnections = 1\n[b]\nworkloads = udp-1\n'
        result = self.run_jobs(text, '--showcmd', '--seed', 7)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        self.assertEqual(lines[0::2], ['# a', '# b'])
        words = shlex.split(lines[3])
        self.assertEqual(words, ['ringside', 'bench', '--rounds=2', '--duration=100ms',
                                 '--omit=20ms', '--backend=epoll', '--workloads=udp-1', '--seed=7'])
        run = subprocess.run([ringside.BINARY, *words[1:], '--json', '-'], capture_output=True,
                             text=True, check=True, timeout=4 * ringside.DEADLINE_S)
        self.assertEqual([one['name'] for one in json.loads(run.stdout)['series']],
                         ['udp-1/epoll'])

    def test_the_example_of_the_page_is_a_job_file(self):
        texts = [text for _, text in page.blocks(page.ROOT / 'docs' / 'jobs.md', 'ini')]
        self.assertEqual(len(texts), 2)
        found = self.measure(texts[1], '--rounds', '1', '-d', '1s', '-O', '50ms')
        names = list(dict.fromkeys(one['point']['name'] for one in found['series']))
        self.assertEqual(names, ['chat', 'bulk/tcp-4-64Ki', 'bulk/tcp-16-64Ki'])


class TestRefused(JobTest):
    def refused(self, text, says, *options):
        """One line of error that names the file, nothing measured, nothing printed."""
        result = self.run_jobs(text, *options)
        self.assertEqual((result.returncode, result.stdout), (2, ''), result.stderr)
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertTrue(result.stderr.startswith(f'ringside bench: {self.path}:'), result.stderr)
        self.assertIn(says, result.stderr)

    def test_what_is_not_of_the_work_has_to_be_the_same_for_all(self):
        for entry in ('rounds = 3', 'duration = 1s', 'netns', 'server-cmd = x=true {port}',
                      'features = +gso', 'backend = epoll', 'ratio = epoll/uring', 'json = x.json'):
            name = entry.partition(' ')[0]
            for text, section in ((f'[a]\nsize = 1\n[b]\n{entry}\n', 'b'),
                                  (f'[a]\n{entry}\n[b]\nsize = 1\n', 'a')):
                with self.subTest(entry=entry, section=section):
                    self.refused(text, f"[{section}] has a '{name}' of its own")
        self.assertEqual(os.listdir(self.folder), ['jobs.ini'])

    def test_they_may_say_the_same(self):
        text = ('[a]\nrounds = 1\nduration = 100ms\nomit = 0s\nbackend = epoll\n'
                '[b]\nduration = 100ms\nrounds = 1\nbackend = epoll\nomit = 0s\nsize = 1\n')
        self.assertEqual(self.run_jobs(text).returncode, 0)

    def test_what_the_options_cannot_be(self):
        self.refused('[a]\nconnections = x\n', ":2: --connections: 'x'")
        self.refused('[a]\nconections = 1\n', "did you mean 'connections'?")
        self.refused('[a]\nsize = 1..64M\ndepth = 1..1k\n', ': [a]: these are more than 256 points')
        self.refused('[a]\nurl = tcp://127.0.0.1:1\n', "there is no option 'url'")
        self.refused('', 'there is no job in it')

    def test_two_points_of_one_name(self):
        self.refused('[a]\nsize = 1\n', ": [a]: there are two points 'a'", '--section', 'a',
                     '--section', 'a')

    def test_options_of_jobs_without_a_file(self):
        for option in ('--section=a', '--showcmd'):
            result = ringside.run('bench', option)
            self.assertEqual((result.returncode, result.stdout), (2, ''))
            self.assertIn(f'{option.partition("=")[0]} is about a job file: --job FILE',
                          result.stderr)


if __name__ == '__main__':
    tap.main()
