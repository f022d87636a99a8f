"""What Meson is told of another machine: compiler, libraries, and how programs are started here."""
import os
import pathlib
import shutil

CACHE = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache',
                     'ringside', 'cross')


def root_of(machine):
    """Where the libraries of the machine are."""
    return CACHE / machine.folder


def emulation(machine):
    """What programs of the machine are started by here."""
    return [machine.emulator, '-L', str(root_of(machine))] if machine.emulator else []


def _loader(machine):
    """Without an emulator, programs that are not static have to know where their libraries are."""
    folders = [root_of(machine) / folder for folder in machine.libraries]
    dynamic = next(folders[0].glob('ld-linux*.so.2'), None)
    if machine.emulator or not dynamic:
        return []
    # Old tags: what the libraries need in turn is looked for there too.
    return ['-Wl,--disable-new-dtags', f'-Wl,-rpath,{":".join(map(str, folders))}',
            f'-Wl,--dynamic-linker={dynamic}']


def _description(machine):
    root = root_of(machine)

    def placed(words):
        return [word.format(root=root) for word in words]
    packages = [str(root / folder / 'pkgconfig') for folder in (*machine.libraries, 'usr/share')]
    return '\n'.join([
        '[binaries]',
        f'c = {placed(machine.compiler)}',
        f"ar = '{machine.tools}ar'",
        f"strip = '{machine.tools}strip'",
        "pkgconfig = 'pkg-config'",
        *([f'exe_wrapper = {emulation(machine)}'] if machine.emulator else []),
        '[built-in options]',
        f'c_args = {placed(machine.compile)}',
        f'c_link_args = {placed(machine.link) + _loader(machine)}',
        '[properties]',
        *([f"sys_root = '{root}'"] if machine.sysroot else []),
        f'pkg_config_libdir = {packages}',
        f'needs_exe_wrapper = {str(bool(machine.emulator)).lower()}',
        '[host_machine]',
        "system = 'linux'",
        f"cpu_family = '{machine.family}'",
        f"cpu = '{machine.family}'",
        f"endian = '{machine.endian}'", ''])


def describe(machine, folder):
    """Write what Meson is told of the machine into the folder. Meson keeps what it was told first,
    so whatever was built by another description goes."""
    path, text = folder / 'machine.ini', _description(machine)
    if path.exists() and path.read_text() != text:
        shutil.rmtree(folder)
        folder.mkdir()
    path.write_text(text)
    return path
