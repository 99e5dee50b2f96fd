"""Every Python block of the pages compiles, and what it imports exists. Most are run as well."""

import ast
import textwrap
from importlib import import_module, util
from typing import Any

import pytest

from .pages import Block, list_blocks

BLOCKS = list_blocks("python")
OWN = {"shop", "mysite", "trips"}
"""The packages of the reader."""
RUN_ELSEWHERE = {
    "docs/architecture.md": "a part of schema/types/refunds.py",
    "docs/bookings.md": "tests/own_bookings",
    "docs/install.md": "tests/hosts/installed/test_first_payment.py",
    "docs/merging.md": "test_merging.py",
    "docs/schema-changes.md": "a part of a type",
    "docs/signals.md": "test_site.py",
    "docs/testing-your-site.md": "test_site.py",
    "docs/tracing.md": "tests/test_tracing.py, tests/reports, tests/health",
}
RUN = [one for one in BLOCKS if one.page not in RUN_ELSEWHERE]


def _list_imports(tree: ast.AST) -> list[tuple[str, str]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found += [(str(node.module), alias.name) for alias in node.names]
    return found


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_compiles_and_its_imports_exist(block: Block) -> None:
    tree = ast.parse(textwrap.dedent(block.code))
    for module, name in _list_imports(tree):
        if module.partition(".")[0] in OWN:
            continue
        # In the wheel the GraphQL package is within ours.
        found = import_module(module.replace("payments_graphql.schema", "schema"))
        exists = not name or hasattr(found, name)
        assert exists or util.find_spec(f"{found.__name__}.{name}"), f"{module}.{name}"


@pytest.mark.parametrize("block", RUN, ids=str)
def test_a_block_runs(
    block: Block,
    sandbox: object,
    alice: Any,
    booking: Any,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"user": alice, "booking": booking}
    exec(compile(_with_service(block), str(block), "exec"), names)

    assert "Error" not in capsys.readouterr().out
    for name in ("result", "created", "authorized", "captured", "refunded"):
        assert names.get(name, {"success": True})["success"], names[name]


def _with_service(block: Block) -> str:
    """A later block of a page goes on with the names of its first one."""
    if "stripe_service." in block.code and "StripeService()" not in block.code:
        begin = "from payments_graphql.services import StripeService\n"
        return f"{begin}stripe_service = StripeService()\n{block.code}"
    return block.code
