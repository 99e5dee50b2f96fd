import os
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import SHARED
from tests.hosts.installed.project import ROOT, Project


@pytest.fixture(scope="package")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built like `pip wheel .` does."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    [made] = folder.glob("*.whl")
    return made


@pytest.fixture(scope="package")
def packages(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the product as pip installs it, to be put on PYTHONPATH."""
    folder = tmp_path_factory.mktemp("packages")
    if "HOST_PYTHON" in os.environ:
        return folder  # it is installed there
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _find_postgresql() -> str:
    url = os.environ.get("POSTGRES_URL", "")
    try:
        psycopg.connect(url or "host=127.0.0.1 port=1", connect_timeout=3).close()
    except psycopg.OperationalError:
        if os.environ.get("CI") == "true":
            pytest.fail("Under CI, PostgreSQL must answer at POSTGRES_URL.")
        pytest.skip("no PostgreSQL answers at POSTGRES_URL")
    return url


@pytest.fixture(params=["postgresql"] if SHARED else ["sqlite", "postgresql"])
def start_project(
    request: pytest.FixtureRequest, packages: Path, tmp_path: Path
) -> Iterator[Callable[[], Project]]:
    """A new project with its own database."""
    if request.param == "sqlite":
        yield lambda: Project(tmp_path / "site", packages)
        return
    url = _find_postgresql()
    name = f"host_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as administration:
        administration.execute(f'CREATE DATABASE "{name}"')
        info = administration.info
        server = {
            "HOST": info.host,
            "PORT": info.port,
            "USER": info.user,
            "PASSWORD": info.password,
        }

    def start() -> Project:
        project = Project(tmp_path / "site", packages)
        database = {"ENGINE": "django.db.backends.postgresql", "NAME": name, **server}
        project.add("settings.py", f'DATABASES["default"] = {database!r}\n')
        return project

    yield start
    with psycopg.connect(url, autocommit=True) as administration:
        administration.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
