import pytest

from deploy import prism
from deploy.prism import CannotBuild, build
from pipelines.prism import version_of

STAGE = "select {\n\t\tcase <-dataReady:\n\t\t\tdataFinished = true\n\t\t}\n"

GO = r"""#!/bin/sh
echo "$@" >> "$CALLS"
case "$1" in
mod) echo "{\"Dir\": \"$MODULE_DIR\"}";;
build) cat go/pkg/beam/runners/prism/internal/stage.go > "$5"; printf 'build\t-tags=%s\n' "$3" >> "$5";;
esac
"""


@pytest.fixture
def go(tmp_path, monkeypatch):
    """A Go that notes how it was called, and writes what it was asked to build."""
    program = tmp_path / "bin" / "go"
    program.parent.mkdir()
    program.write_text(GO)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    module = tmp_path / "module"
    stage = module / "go/pkg/beam/runners/prism/internal/stage.go"
    stage.parent.mkdir(parents=True)
    stage.write_text(STAGE)
    for each in ("go.mod", "go.sum"):
        (module / each).touch()
    monkeypatch.setenv("MODULE_DIR", str(module))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return program


def test_prism_is_built_once_for_each_version_of_beam(tmp_path, go):
    binary = tmp_path / "tools" / "prism"
    assert [build(binary, each) for each in ("v2.77.0", "v2.77.0", "v2.78.0")] == [
        True,
        False,
        True,
    ]
    calls = [each.split()[:3] for each in (tmp_path / "calls").read_text().splitlines()]
    assert calls == [
        ["mod", "download", "-json"],
        ["build", "-tags", "tocsin_v2.77.0"],
        ["mod", "download", "-json"],
        ["build", "-tags", "tocsin_v2.78.0"],
    ]
    assert version_of(binary) == "v2.78.0"


def test_a_released_prism_is_built_anew_with_the_line_that_makes_it_wait(tmp_path, go):
    binary = tmp_path / "prism"
    binary.write_bytes(b"mod\tgithub.com/apache/beam/sdks/v2\tv2.77.0\th1:abc=\n")
    assert build(binary, "v2.77.0")
    assert "dataFinished = true\n\t\t\tdataReady = nil\n" in binary.read_text()


def test_where_the_code_is_another_it_is_built_as_it_is(tmp_path, go, capsys):
    stage = tmp_path / "module/go/pkg/beam/runners/prism/internal/stage.go"
    stage.write_text("select {}\n")
    assert build(tmp_path / "prism", "v2.77.0")
    assert (tmp_path / "prism").read_text().startswith("select {}\n")
    assert "built as it is" in capsys.readouterr().err


def test_where_there_is_no_go_it_is_said_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(prism, "GO_HERE", tmp_path)
    with pytest.raises(CannotBuild, match="Install Go"):
        build(tmp_path / "prism", "v2.77.0")


def test_what_go_complains_of_is_told(tmp_path, go):
    go.write_text("#!/bin/sh\necho 'module not found' >&2\nexit 1\n")
    with pytest.raises(CannotBuild, match="module not found"):
        build(tmp_path / "prism", "v2.77.0")
