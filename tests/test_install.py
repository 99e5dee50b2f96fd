"""`.ci/install` clears its own virtual environment, and nothing else."""

import re
import subprocess
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[1] / ".ci" / "install"
# Both create and clear a virtual environment like the real ones: through a link, if there is one.
MAKE = """
mkdir -p "$target"
find -H "$target" -mindepth 1 -delete
mkdir "$target/bin"
touch "$target/pyvenv.cfg"
printf '#!/bin/sh\\necho "$@" >>"$LOG"\\n' >"$target/bin/python"
chmod +x "$target/bin/python"
"""
UV = f"""#!/bin/sh
[ "$1" = venv ] || {{ echo "$@" >>"$LOG"; exit 0; }}
for target; do :; done
{MAKE}
"""
PYTHON = f"""#!/bin/sh
[ "$2" = venv ] || exit 0
target=$4
{MAKE}
"""
STUBS = {"uv": {"uv": UV, "python3.13": PYTHON}, "venv": {"python3.13": PYTHON}}
NEEDED = (
    "bash",
    "chmod",
    "dirname",
    "find",
    "grep",
    "ls",
    "mkdir",
    "readlink",
    "rm",
    "sh",
    "touch",
    "sort",
)


@pytest.fixture(params=STUBS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Programs that download nothing."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in STUBS[request.param].items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    for name in NEEDED:
        found = next(
            folder / name for folder in (Path("/usr/bin"), Path("/bin")) if (folder / name).exists()
        )
        (programs / name).symlink_to(found)
    return str(programs)


def install(venv: Path | str, path: str, *kind: str) -> subprocess.CompletedProcess[str]:
    log = Path(path).parent / "log"
    return subprocess.run(
        ["/bin/bash", INSTALL, venv, *kind],
        env={"PATH": path, "HOME": "/nonexistent", "LOG": str(log)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_what_was_in_it_is_cleared(tmp_path: Path, path: str) -> None:
    venv = tmp_path / "venv"
    for _ in range(2):
        done = install(venv, path)
        assert done.returncode == 0
        assert re.fullmatch(r"Installing \d\d+ Python packages into \S+\. .*\n", done.stderr)
        assert (venv / ".installed").exists()
        assert not (venv / "left").exists()
        (venv / "left").touch()


def test_the_requirements_to_run_come_first_and_those_of_development_are_added(
    tmp_path: Path, path: str
) -> None:
    venv, log = tmp_path / "venv", tmp_path / "log"

    assert install(venv, path, "run").returncode == 0
    assert log.read_text().splitlines()[-1].endswith("/requirements.txt")
    assert (venv / ".runtime").exists()
    assert not (venv / ".installed").exists()

    (venv / "loaded_by_the_running_site").touch()
    assert install(venv, path).returncode == 0
    assert log.read_text().splitlines()[-1].endswith("/requirements-dev.txt")
    assert (venv / ".installed").exists()
    assert (venv / "loaded_by_the_running_site").exists()


@pytest.mark.parametrize("kind", [[], ["run"]])
@pytest.mark.parametrize("end", ["", "/", "//"])
def test_what_a_link_leads_to_stays(tmp_path: Path, path: str, end: str, kind: list[str]) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "pyvenv.cfg").touch()
    (shared / "bin").mkdir()
    (shared / "precious").write_text("work of days")
    venv = tmp_path / "venv"
    venv.symlink_to(shared)

    done = install(f"{venv}{end}", path, *kind)

    assert done.returncode == 0
    assert "the link is replaced" in done.stderr
    assert (shared / "precious").read_text() == "work of days"
    assert not (shared / ".installed").exists()
    assert not (shared / ".runtime").exists()
    assert not venv.is_symlink()
    assert (venv / (".runtime" if kind else ".installed")).exists()


def test_a_link_that_leads_nowhere_is_replaced(tmp_path: Path, path: str) -> None:
    venv = tmp_path / "venv"
    venv.symlink_to(tmp_path / "gone")
    assert install(venv, path).returncode == 0
    assert (venv / ".installed").exists()
    assert not (tmp_path / "gone").exists()


def test_a_folder_of_other_things_is_refused(tmp_path: Path, path: str) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "letter").write_text("dear Alice")

    done = install(documents, path)

    assert done.returncode == 1
    assert "not a virtual environment" in done.stderr
    assert (documents / "letter").read_text() == "dear Alice"


def test_a_file_is_refused(tmp_path: Path, path: str) -> None:
    file = tmp_path / "file"
    file.write_text("dear Alice")
    assert install(file, path).returncode == 1
    assert file.read_text() == "dear Alice"
