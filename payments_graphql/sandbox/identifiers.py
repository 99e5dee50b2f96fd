"""Ids in Stripe's shape, random or, with a seed, the same every time."""

import random
import secrets
import string
import threading

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase

# Stripe's own leading digit and length after the prefix: payments' objects begin with a 3,
# others with a 1, customers and requests are short.
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
}


class IdentifierFactory:
    """Makes ids: one generator per prefix, so that reads never shift the ids of what is made.

    `generation` is the number of objects that were ever stored in a state file: a sandbox restarted
    with the same seed must not make the same ids again.
    """

    def __init__(self, seed: int | None, generation: int = 0) -> None:
        self._seed = secrets.token_hex(16) if seed is None else f"{seed}/{generation}"
        self._generators: dict[str, random.Random] = {}
        self._lock = threading.Lock()

    def new(self, prefix: str) -> str:
        """Return such as `pi_3...`."""
        return f"{prefix}_{self.token(prefix)}"

    def token(self, prefix: str) -> str:
        """Return the part behind the prefix, for client secrets."""
        lead, length = _SHAPES[prefix]
        with self._lock:
            generator = self._generators.get(prefix)
            if generator is None:
                seed = f"{self._seed}/{prefix}"
                generator = random.Random(seed)  # noqa: S311  repeatable by design
                self._generators[prefix] = generator
            return lead + "".join(generator.choices(_ALPHABET, k=length))
