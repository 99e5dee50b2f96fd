"""Versions of libraries with known vulnerabilities are ruled out, with the advisory beside each.

`pyproject.toml` rules them out for those who install the package, and the pins for this project.
"""

import re
import tomllib
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]


class Floor(NamedTuple):
    """`fixed`: the first version of each line without any of the vulnerabilities."""

    name: str
    fixed: str
    advisories: tuple[str, ...]


DIRECT = [
    # 6.1.3: CVE-2026-111211, -111362, -114582; 6.1.2: CVE-2026-77050, -84429, -87890. The same in
    # 6.0.10.
    Floor("django", "6.0.10", ("CVE-2026-111362", "CVE-2026-84429")),
    Floor("django", "6.1.3", ("CVE-2026-111362", "CVE-2026-84429")),
    # Slots of subscriptions that are never given back; at 0.312.3 their authentication could be
    # passed by, at 0.315.4 GraphiQL wrote headers into addresses.
    Floor(
        "strawberry-graphql",
        "0.327.2",
        ("CVE-2026-107727", "GHSA-m952-2w3f-6r8h", "CVE-2026-35523", "CVE-2026-45739"),
    ),
    # Tokens are checked by it: knox needs it. Compressed bodies can expand enormously.
    Floor(
        "djangorestframework",
        "3.18.2",
        ("CVE-2026-114136", "GHSA-3547-9m27-7rxg", "CVE-2026-114137", "GHSA-xw6w-gcfp-cf8m"),
    ),
    # An invalid header from the application, or a client's upgrade, ends a worker.
    Floor("granian", "2.7.4", ("CVE-2026-42544", "GHSA-vrg7-482j-p6f6", "CVE-2026-42545")),
    Floor("orjson", "3.11.6", ("CVE-2025-67221", "GHSA-hx9q-6w63-j58v")),
    Floor("requests", "2.33.0", ("CVE-2026-25645", "GHSA-gc5v-m9x4-r6x2")),
    # Under `requests`: TLS settings of a proxy ignored, answers without end.
    Floor("urllib3", "2.8.0", ("CVE-2026-97687", "CVE-2026-97688", "CVE-2026-97689")),
]
INDIRECT = [
    Floor("python-dotenv", "1.2.2", ("CVE-2026-28684", "GHSA-mf9w-mj56-hr94")),
    Floor("sqlparse", "0.6.0", ("CVE-2026-54284", "CVE-2026-59894", "CVE-2026-71491")),
]


def _read_requirements() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    requirements = map(Requirement, chain(project["dependencies"], *extras))
    return {requirement.name.lower(): requirement for requirement in requirements}


def _read_pins(name: str) -> dict[str, Version]:
    text = (ROOT / name).read_text()
    return {
        name: Version(version)
        for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)
    }


def _name(floor: Floor) -> str:
    return f"{floor.name}-{floor.fixed}"


@pytest.mark.parametrize("floor", DIRECT, ids=_name)
def test_pyproject_rules_out_versions_with_a_known_hole(floor: Floor) -> None:
    specifiers = _read_requirements()[floor.name].specifier
    oldest = min(Version(other.fixed) for other in DIRECT if other.name == floor.name)
    lowest = [Version(spec.version) for spec in specifiers if spec.operator == ">="]
    assert lowest, f"{floor.name} has no floor: {floor.advisories}"
    assert max(lowest) >= oldest, floor.advisories
    fixed = Version(floor.fixed)
    of_the_line = [Version(f"{fixed.major}.{fixed.minor}.{patch}") for patch in range(fixed.micro)]
    assert not list(specifiers.filter(of_the_line)), floor.advisories


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
@pytest.mark.parametrize(
    "floor", [*DIRECT, *INDIRECT], ids=lambda floor: f"{floor.name}-{floor.fixed}"
)
def test_no_pin_has_a_known_hole(floor: Floor, file: str) -> None:
    assert _read_pins(file)[floor.name] >= Version(floor.fixed), floor.advisories


def test_every_floor_names_an_advisory() -> None:
    number = re.compile(r"CVE-20\d\d-\d{4,}|GHSA(-[23456789cfghjmpqrvwx]{4}){3}")
    for floor in [*DIRECT, *INDIRECT]:
        assert floor.advisories
        assert all(number.fullmatch(advisory) for advisory in floor.advisories), floor
