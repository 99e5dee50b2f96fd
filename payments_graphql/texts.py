"""What a database and Stripe can take as text."""

import re

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL stores no NUL, and nothing encodes half of a surrogate pair."""


def make_storable(text: str, maximum: int | None = None) -> str:
    """Without what cannot be stored, and cut: for text that nobody typed here."""
    return UNSTORABLE.sub("", text)[:maximum]


def is_storable(text: str) -> bool:
    return UNSTORABLE.search(text) is None
