"""GraphiQL is built from packages with known checksums, from any registry."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".ci" / "graphiql"
LOCK = json.loads((FOLDER / "package-lock.json").read_text())
PACKAGES = {name: package for name, package in LOCK["packages"].items() if name}


def test_every_package_of_the_lock_has_a_checksum_and_no_host() -> None:
    for name, package in PACKAGES.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name
    assert "://" not in json.dumps([package.get("resolved", "") for package in PACKAGES.values()])


def test_the_lock_is_of_the_versions_that_are_asked_for() -> None:
    asked = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    assert LOCK["packages"][""]["dependencies"] == asked
    for name, version in asked.items():
        assert PACKAGES[f"node_modules/{name}"]["version"] == version


def test_the_committed_bundle_is_of_these_versions() -> None:
    licenses = (ROOT / "payments_graphql/static/payments_graphql/graphiql/LICENSES.txt").read_text()
    for name in ("graphiql", "graphql", "react", "monaco-editor"):
        version = PACKAGES[f"node_modules/{name}"]["version"]
        assert f"\n{name} {version} (" in licenses
