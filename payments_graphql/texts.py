"""Which text the database and Stripe accept."""

import re

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL cannot store NUL, and no encoding has lone surrogates."""


def make_storable(text: str, maximum: int | None = None) -> str:
    """Removes what cannot be stored, and cuts to `maximum`. For text that no user entered."""
    return UNSTORABLE.sub("", text)[:maximum]


def is_storable(text: str) -> bool:
    return UNSTORABLE.search(text) is None
