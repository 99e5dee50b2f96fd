"""Ids in Stripe's format: random, or the same every time with a seed."""

import random
import secrets
import string
import threading

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase

# The first digit and the length after the prefix, as at Stripe: objects of payments begin with 3,
# others with 1, and those of customers and requests are short.
_SHAPES = {
    "pi": ("3", 23),
    "ch": ("3", 23),
    "py": ("3", 23),
    "re": ("3", 23),
    "pyr": ("3", 23),
    "evt": ("1", 23),
    "pm": ("1", 23),
    "mandate": ("1", 23),
    "card": ("1", 23),
    "seti": ("1", 23),
    "setatt": ("1", 23),
    "du": ("1", 23),
    "txn": ("3", 23),
    "issfr": ("1", 23),
    "we": ("1", 23),
    "src": ("1", 23),
    "cus": ("", 14),
    "req": ("", 14),
    "secret": ("", 25),
    "voucher": ("", 47),
    "whsec": ("", 32),
    "wh": ("1", 23),
    "file": ("1", 23),
    "po": ("1", 23),
}


class IdentifierFactory:
    """Makes ids. Each prefix has its own generator, so that reads don't change the next ids.

    `generation` is the number of objects that were ever stored. A sandbox that is restarted with
    the same seed and state file must not make the same ids again.
    """

    def __init__(self, seed: int | None, generation: int = 0) -> None:
        self._seed = secrets.token_hex(16) if seed is None else f"{seed}/{generation}"
        self._generators: dict[str, random.Random] = {}
        self._lock = threading.Lock()

    def new(self, prefix: str) -> str:
        """Return an id such as `pi_3...`."""
        return f"{prefix}_{self.token(prefix)}"

    def token(self, prefix: str) -> str:
        """Return the part after the prefix; client secrets need it."""
        lead, length = _SHAPES[prefix]
        with self._lock:
            generator = self._generators.get(prefix)
            if generator is None:
                seed = f"{self._seed}/{prefix}"
                generator = random.Random(seed)  # noqa: S311  repeatable by design
                self._generators[prefix] = generator
            return lead + "".join(generator.choices(_ALPHABET, k=length))
