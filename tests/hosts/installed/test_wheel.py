"""What `pip install` installs."""

import subprocess
import zipfile
from pathlib import Path

from tests.hosts.installed.project import ROOT


def _list_tracked() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "payments_graphql", "schema"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = listed.stdout.splitlines()
    return {
        f"payments_graphql/{name}" if name.startswith("schema/") else name
        for name in names
        if (ROOT / name).exists()
    }


def test_the_wheel_has_every_file_of_the_two_packages_and_no_other(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    packaged = {name for name in names if ".dist-info/" not in name}
    assert packaged == _list_tracked()
    for needed in ("payments_graphql/py.typed", "payments_graphql/schema/schema.graphql"):
        assert needed in packaged


def test_what_belongs_to_the_repository_alone_is_not_in_it(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if name.split("/")[0] in ("schema", "settings", "tests")]
    assert not [name for name in names if name.endswith(("/seed.py", "/serve.py", "/demo.py"))]
