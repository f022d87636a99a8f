"""The pages of the documentation: their fenced blocks, and the example program among them."""
import contextlib
import pathlib
import re
import subprocess

import namespace
import ringside

ROOT = pathlib.Path(__file__).resolve().parents[2]


def documents():
    return [ROOT / 'README.md', *sorted((ROOT / 'docs').glob('*.md'))]


def blocks(path, language):
    """(line number, text) of each fenced block in a language."""
    text = path.read_text()
    for match in re.finditer(rf'(?ms)^```{language}\n(.*?)^```$', text):
        yield text.count('\n', 0, match.start()) + 2, match[1]


def example():
    """The echo server of docs/engine.md."""
    _, text = next(blocks(ROOT / 'docs' / 'engine.md', 'c'))
    return text


def compile_c(text, program, *arguments):
    """Build a program from C text; returns what the compiler has to say against it."""
    built = subprocess.run(['cc', '-std=c17', '-D_GNU_SOURCE', '-x', 'c', '-', '-x', 'none',
                            '-o', program, *arguments],
                           input=text, text=True, capture_output=True, check=False)
    return built.stderr if built.returncode != 0 else ''


@contextlib.contextmanager
def running(program, **keywords):
    """Run the example where its port is free; gives what to put before a client's command."""
    with namespace.Namespace() as inside:
        server = subprocess.Popen([*inside.wrap(), program], stderr=subprocess.DEVNULL, **keywords)
        try:
            yield inside.wrap()
        finally:
            server.kill()
            server.wait()


def ask_example(wrap):
    """The result of talking with it. It prints nothing, so it is asked until it is there."""
    for _ in range(100):
        answer = ringside.run('talk', '--text-once', 'hello', 'tcp://127.0.0.1:7777', wrap=wrap)
        if answer.returncode != 2:
            break
    return answer
