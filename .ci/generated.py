"""Write generated parts into pages of the documentation, or check that they are up to date."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def fill(page: str, parts: dict[str, str], command: str) -> None:
    """Put each part of `docs/<page>` between `<!-- <name>: ... -->` and `<!-- end -->`.

    With `--check` on the command line nothing is written, and a page that is out of date is an
    error that names `command`.
    """
    path = ROOT / "docs" / page
    text = path.read_text()
    written = text
    for name, content in parts.items():
        written = _replace(written, name, content, page)
    if written == text:
        return
    if "--check" in sys.argv:
        sys.exit(f"docs/{page} is out of date. Run `{command}`.")
    path.write_text(written)


def _replace(text: str, name: str, content: str, page: str) -> str:
    before, begin, rest = text.partition(f"<!-- {name}: ")
    comment, _, rest = rest.partition("\n")
    _, end, after = rest.partition("<!-- end -->")
    if not (begin and end):
        sys.exit(f"docs/{page} has no place for {name}.")
    return f"{before}{begin}{comment}\n\n{content}\n\n{end}{after}"
