"""The pages of the documentation: their blocks of code, headings and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def get_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def list_blocks(*languages: str) -> list[Block]:
    """Of all pages, in their order."""
    return [block for page in PAGES for block in _read_blocks(page) if block.language in languages]


def _read_blocks(page: Path) -> Iterator[Block]:
    text = page.read_text()
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(get_name(page), line, found[2], found[3])


def read_prose(page: Path) -> str:
    """Without its blocks of code."""
    return _BLOCK.sub("", page.read_text())


def list_anchors(page: Path) -> set[str]:
    """What a link may name after `#`, as GitHub makes it of each heading."""
    headings = re.findall(r"^#+ (.+)$", read_prose(page), re.MULTILINE)
    texts = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}
