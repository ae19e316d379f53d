import pytest

from pipelines import prism
from pipelines.prism import BUILT, find_prism, version_of
from schemas import InvalidSetting


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder and a checkout without a Prism."""
    monkeypatch.setattr(prism, "__file__", str(tmp_path / "checkout/pipelines/prism.py"))
    working = tmp_path / "working"
    working.mkdir()
    monkeypatch.chdir(working)
    return tmp_path


def put(folder):
    path = folder / BUILT
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a program")
    return str(path)


def test_what_is_given_is_taken(here):
    given = here / "mine"
    given.write_bytes(b"a program")
    put(here / "working")
    assert find_prism(str(given)) == str(given)


def test_what_is_given_must_be_there(here):
    with pytest.raises(InvalidSetting, match="no Prism at nowhere") as raised:
        find_prism("nowhere")
    assert "make prism" in str(raised.value.hint)


def test_the_one_that_was_built_is_found_in_the_working_folder_then_in_the_checkout(here):
    assert find_prism("") == ""
    in_checkout = put(here / "checkout")
    assert find_prism("") == in_checkout
    put(here / "working")
    assert find_prism("") == str(here / "working" / BUILT)


def test_the_version_is_what_go_wrote_into_the_binary(tmp_path):
    binary = tmp_path / "prism"
    binary.write_bytes(b"\x00code\nmod\tgithub.com/apache/beam/sdks/v2\tv2.77.0\th1:abc=\n\x00")
    assert version_of(binary) == "v2.77.0"
    binary.write_bytes(b"no program of Go")
    assert version_of(binary) == ""
    binary.write_bytes(b"")
    assert version_of(binary) == ""
