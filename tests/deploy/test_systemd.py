import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.contracts.test_command_line import check_usage
from tests.contracts.tree import ROOT

UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))

HARDENING = {
    *("NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes"),
    *("CapabilityBoundingSet=", "SystemCallFilter=@system-service", "RestrictSUIDSGID=yes"),
}


def settings_of(unit: Path) -> list[str]:
    return [line for line in unit.read_text().splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_exists(unit: Path) -> None:
    (start,) = [line for line in settings_of(unit) if line.startswith("ExecStart=")]
    words = shlex.split(start.removeprefix("ExecStart="))
    assert words[0] == "/opt/tocsin/bin/tocsin"
    check_usage(shlex.join(["tocsin", *words[1:]]))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_has_its_sections_in_order_and_nothing_outside_of_them(unit: Path) -> None:
    lines = settings_of(unit)
    sections = [line for line in lines if line.startswith("[")]
    assert sections == ["[Unit]", "[Service]", "[Install]"]
    assert lines[0] == "[Unit]"
    assert all("=" in line for line in lines if line not in sections)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_again_ends_in_order_and_may_do_little(unit: Path) -> None:
    lines = set(settings_of(unit))
    assert {"Restart=always", "KillMode=mixed", "User=tocsin"} | HARDENING <= lines
    (stop,) = [line for line in lines if line.startswith("TimeoutStopSec=")]
    # `tocsin run` gives its roles half a minute.
    assert int(stop.partition("=")[2]) > 30


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_itself_takes_it(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return  # what can be checked without it is checked above
    # Who is not installed, and a user who is not there, are no fault of the unit.
    text = unit.read_text().replace("/opt/tocsin/bin/tocsin", "/bin/true")
    copy = tmp_path / unit.name
    copy.write_text(text.replace("=tocsin\n", "=root\n"))
    checked = subprocess.run([analyze, "verify", copy], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
