"""An extension in Brian2's cache that a killed compiler left torn is built again, or named in one sentence."""

import sys
from pathlib import Path

import brian2
import pytest
from brian2.codegen.runtime.cython_rt.cython_rt import CythonCodeObject
from brian2.codegen.runtime.cython_rt.extension_manager import cython_extension_manager as manager

from neurosim.engines.brian import extensions
from neurosim.engines.brian.device import untouched
from neurosim.params import ParameterError

CODE = "def answer(): return 7\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A small extension as Brian2 caches it: its path and content."""
    if not CythonCodeObject.is_available():
        pytest.skip("Brian2 cannot build Cython extensions here: that needs a C++ compiler and Python's headers")
    folder = tmp_path_factory.mktemp("cache")
    before = brian2.prefs["codegen.runtime.cython.cache_dir"]
    brian2.prefs["codegen.runtime.cython.cache_dir"] = str(folder)
    assert extension().answer() == 7
    (path,) = folder.glob("*.so")
    yield path, path.read_bytes()
    brian2.prefs["codegen.runtime.cython.cache_dir"] = before


def extension(name="whole"):
    """The extension as a run gets it, from the cache's files and not from what this process keeps."""
    manager._code_cache.clear()
    with untouched(brian2, "cython"):
        return manager.create_extension(CODE, name=name, extra_compile_args=["-O0", "-w"])


def test_what_a_linker_wrote_whole_is_whole_and_every_shorter_file_is_torn(library, tmp_path):
    path, content = library
    assert not extensions.torn(path)
    assert not extensions.torn(Path(manager.__class__.create_extension.__code__.co_filename))
    short = tmp_path / "short.so"
    for length in (0, 1, 63, 64, 2000, 20000, len(content) // 2, len(content) - 1):
        short.write_bytes(content[:length])
        assert extensions.torn(short), length
    short.write_bytes(bytes(len(content)))  # a file whose blocks never reached the disk
    assert extensions.torn(short)


@pytest.mark.parametrize(("kept", "noticed"), [(20_000, True), (10, False)])
def test_it_is_built_again(library, monkeypatch, kept, noticed):
    path, content = library
    # A name of its own: what this process has loaded once, the system does not load again.
    path = path.with_name(path.name.replace("whole", f"torn{kept}"))
    path.write_bytes(content[:kept])
    if not noticed:  # as with a format that is not looked into: the loader complains
        monkeypatch.setattr(extensions, "torn", lambda path: False)
    searched = list(sys.path)
    assert extension(f"torn{kept}").answer() == 7
    assert path.stat().st_size > 20_000
    assert sys.path == searched
    assert "_load_module" not in vars(manager)


def test_what_cannot_be_deleted_is_named(library, monkeypatch):
    path, content = library
    path.with_name(path.name.replace("whole", "kept")).write_bytes(content[:100])

    def refused(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(ParameterError, match=r"\.so: this extension .* damaged .*Permission denied.*cache_dir"):
        extension("kept")
