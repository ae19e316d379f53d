import pytest

from deploy import prism
from deploy.prism import CannotBuild, build

GO = r"""#!/bin/sh
echo "$@" >> "$GOBIN/calls"
printf '\nmod\tgithub.com/apache/beam/sdks/v2\t%s\th1:x=\n' "${2#*@}" > "$GOBIN/prism"
"""


@pytest.fixture
def go(tmp_path, monkeypatch):
    """A Go that notes how it was called, and writes what it was asked to build."""
    program = tmp_path / "bin" / "go"
    program.parent.mkdir()
    program.write_text(GO)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


def test_prism_is_built_once_for_each_version_of_beam(tmp_path, go):
    binary = tmp_path / "tools" / "prism"
    assert [build(binary, each) for each in ("v2.77.0", "v2.77.0", "v2.78.0")] == [
        True,
        False,
        True,
    ]
    assert (binary.parent / "calls").read_text().splitlines() == [
        "install github.com/apache/beam/sdks/v2/go/cmd/prism@v2.77.0",
        "install github.com/apache/beam/sdks/v2/go/cmd/prism@v2.78.0",
    ]


def test_where_there_is_no_go_it_is_said_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(prism, "GO_HERE", tmp_path)
    with pytest.raises(CannotBuild, match="Install Go"):
        build(tmp_path / "prism", "v2.77.0")


def test_what_go_complains_of_is_told(tmp_path, go):
    go.write_text("#!/bin/sh\necho 'module not found' >&2\nexit 1\n")
    with pytest.raises(CannotBuild, match="module not found"):
        build(tmp_path / "prism", "v2.77.0")
