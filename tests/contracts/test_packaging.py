import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.contracts.tree import PACKAGES, ROOT, files

NOT_SHIPPED = "schemas/json/"
"""For people who read the repository; the code makes them anew and never reads them."""


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_name_belongs_to_tocsin_alone(name: str) -> None:
    assert set(packages_distributions()[name]) == {"tocsin"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the files in a wheel built from a copy of what is tracked."""
    copy = tmp_path_factory.mktemp("copy")
    for path in files():
        if path.parts[0] in PACKAGES or len(path.parts) == 1:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, copy / path)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(copy / "dist")],
        cwd=copy,
        check=True,
        capture_output=True,
    )
    (built,) = (copy / "dist").glob("*.whl")
    with zipfile.ZipFile(built) as opened:
        return set(opened.namelist())


def test_a_wheel_holds_the_six_packages_and_nothing_else(wheel: set[str]) -> None:
    tops = {Path(name).parts[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_a_wheel_holds_the_licence_and_the_notice_of_what_others_own(wheel: set[str]) -> None:
    held = {Path(name).name for name in wheel if "/licenses/" in name}
    assert held == {"LICENSE", "NOTICE"}


def test_a_wheel_holds_every_module_and_every_data_file(wheel: set[str]) -> None:
    wanted = {path.as_posix() for path in files() if path.parts[0] in PACKAGES}
    missing = {name for name in wanted - wheel if not name.startswith(NOT_SHIPPED)}
    assert missing == set()
