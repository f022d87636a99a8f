"""Chromium without a window, driven through the pipe of its DevTools: a page is opened as a reader
with that screen and those wishes would, and asked what it shows.
"""
import base64
import contextlib
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time
import unittest

DEADLINE_S = 60
COMMAND = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which(
    'google-chrome')
# What tells of trouble, and of requests.
NEWS = ('Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded',
        'Network.requestWillBeSent')


class Browser:
    """Use as a context manager. Raises SkipTest where there is no Chromium, or it cannot run."""

    def __enter__(self):
        if not COMMAND:
            raise unittest.SkipTest('chromium is not installed')
        self.stack = contextlib.ExitStack()
        profile = self.stack.enter_context(tempfile.TemporaryDirectory(
            ignore_cleanup_errors=True))
        self.errors = self.stack.enter_context(tempfile.TemporaryFile('w+'))
        theirs, self.write_fd = os.pipe()
        self.read_fd, answers = os.pipe()
        # Descriptors 3 and 4 are where it looks for the pipe.
        script = f'exec "$@" 3<&{theirs} 4>&{answers}'
        self.process = subprocess.Popen(
            ['sh', '-c', script, 'sh', COMMAND, '--headless=new', '--no-sandbox', '--disable-gpu',
             '--remote-debugging-pipe', f'--user-data-dir={profile}', '--no-first-run',
             '--disable-dev-shm-usage', '--disable-background-networking', '--disable-sync',
             '--hide-scrollbars', '--force-color-profile=srgb', 'about:blank'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors,
            pass_fds=(theirs, answers), start_new_session=True,
            env=os.environ | {'HOME': profile, 'XDG_CONFIG_HOME': profile,
                              'XDG_CACHE_HOME': profile})
        os.close(theirs)
        os.close(answers)
        self.buffer, self.number, self.session, self.news = b'', 0, None, []
        try:
            self._attach()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, error, trace):
        with contextlib.suppress(OSError, AssertionError, unittest.SkipTest):
            self.session = None
            self.call('Browser.close')
        os.close(self.write_fd)
        os.close(self.read_fd)
        try:
            self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.stack.close()

    def _attach(self):
        try:
            self.call('Browser.getVersion')
        except AssertionError as failure:
            raise unittest.SkipTest(f'chromium does not start: {failure}') from failure
        targets = self.call('Target.getTargets')['targetInfos']
        page = next(target for target in targets if target['type'] == 'page')
        self.session = self.call('Target.attachToTarget', targetId=page['targetId'],
                                 flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.call(f'{domain}.enable')

    def _message(self, deadline):
        """The next one; they are parted by zeroes."""
        while b'\0' not in self.buffer:
            ready, _, _ = select.select([self.read_fd], [], [], max(deadline - time.monotonic(),
                                                                    0))
            piece = os.read(self.read_fd, 1 << 20) if ready else b''
            if not piece:
                self.errors.seek(0)
                raise AssertionError('it is silent' if not ready else
                                     f'it has ended: {self.errors.read()[-300:]}')
            self.buffer += piece
        text, _, self.buffer = self.buffer.partition(b'\0')
        message = json.loads(text)
        if message.get('method') in NEWS:
            self.news.append(message)
        return message

    def call(self, method, **parameters):
        """The result of a command."""
        self.number += 1
        number = self.number
        message = {'id': number, 'method': method, 'params': parameters}
        if self.session:
            message['sessionId'] = self.session
        data = json.dumps(message).encode() + b'\0'
        while data:
            data = data[os.write(self.write_fd, data):]
        deadline = time.monotonic() + DEADLINE_S
        while True:
            answer = self._message(deadline)
            if answer.get('id') == number:
                if 'error' in answer:
                    raise AssertionError(f'{method}: {answer["error"]}')
                return answer['result']

    def open(self, path, width=1280, height=900, dark=False, mobile=False):
        """Load a file; the news of loading it are in self.news."""
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height,
                  deviceScaleFactor=2 if mobile else 1, mobile=mobile)
        self.call('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}])
        self.news = []
        self.call('Page.navigate', url=pathlib.Path(path).resolve().as_uri())
        deadline = time.monotonic() + DEADLINE_S
        while self._message(deadline).get('method') != 'Page.loadEventFired':
            pass
        # An answer from the page comes after all that its loading has caused.
        self.ask('document.fonts.ready.then(() => new Promise(requestAnimationFrame))')

    def ask(self, expression):
        """The value of a JavaScript expression in the page."""
        answer = self.call('Runtime.evaluate', expression=expression, returnByValue=True,
                           awaitPromise=True)
        if 'exceptionDetails' in answer:
            raise AssertionError(f'{expression}: {answer["exceptionDetails"]}')
        return answer['result'].get('value')

    def requests(self):
        """What the page has asked for, beside itself and data that it holds."""
        urls = [news['params']['request']['url'] for news in self.news
                if news['method'] == 'Network.requestWillBeSent']
        return [url for url in urls[1:] if not url.startswith('data:')]

    def complaints(self):
        return [news for news in self.news if news['method'] != 'Network.requestWillBeSent']

    def screenshot(self):
        """The whole page as a PNG."""
        answer = self.call('Page.captureScreenshot', format='png', captureBeyondViewport=True)
        return base64.b64decode(answer['data'])

    def pdf(self):
        return base64.b64decode(self.call('Page.printToPDF', printBackground=False)['data'])
