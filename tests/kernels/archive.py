"""Archives that the kernel unpacks into its first file system: cpio, format newc."""
import os
import stat

END = 'TRAILER!!!'


class Archive:
    """Written to a binary stream, a member at a time; as a context manager it is ended well."""

    def __init__(self, stream):
        self.stream = stream
        self.count = 0
        self.folders = set()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self._member(END, 0, b'')

    def _pad(self, length):
        self.stream.write(bytes(-length % 4))

    def _member(self, path, mode, content, modified=0, device=(0, 0)):
        name = path.encode() + b'\0'
        self.count += 1
        fields = (self.count, mode, 0, 0, 1, modified, len(content), 0, 0, *device, len(name), 0)
        header = b'070701' + b''.join(b'%08X' % field for field in fields)
        self.stream.write(header + name)
        self._pad(len(header) + len(name))
        self.stream.write(content)
        self._pad(len(content))

    def folder(self, path):
        """A folder, with those above it; one that is there already is left as it is."""
        path = path.strip('/')
        if not path or path in self.folders:
            return
        self.folder(os.path.dirname(path))
        self.folders.add(path)
        self._member(path, stat.S_IFDIR | 0o755, b'')

    def file(self, path, content, mode=0o644, modified=0):
        self.folder(os.path.dirname(path))
        self._member(path.strip('/'), stat.S_IFREG | mode, content, modified)

    def device(self, path, major, minor):
        """A character device."""
        self.folder(os.path.dirname(path))
        self._member(path.strip('/'), stat.S_IFCHR | 0o600, b'', device=(major, minor))
