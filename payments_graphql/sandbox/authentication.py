"""API keys: https://docs.stripe.com/keys. The sandbox accepts every test key and no live key."""

import base64
import re
from enum import Enum

from payments_graphql.sandbox.errors import HELP, UnsavedError

_TEST_KEY = re.compile(r"(sk|rk|pk)_test_\w+", re.ASCII)


class KeyKind(Enum):
    """What a key allows: everything, or only what Stripe.js does with a client secret."""

    SECRET = "secret"
    PUBLISHABLE = "publishable"


def check_key(authorization: str | None) -> KeyKind:
    """Return what the key in an Authorization header allows, or raise the 401."""
    key = read_key(authorization)
    if not key:
        raise UnsavedError(
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
            "YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or "
            f"{HELP}",
            status=401,
        )
    match = _TEST_KEY.fullmatch(key)
    if match is None:
        hint = " The sandbox accepts test keys only." if "_live_" in key else ""
        raise UnsavedError(f"Invalid API Key provided: {_masked(key)}.{hint}", status=401)
    return KeyKind.PUBLISHABLE if match[1] == "pk" else KeyKind.SECRET


def read_key(authorization: str | None) -> str:
    """Return the key in an Authorization header, or an empty string."""
    return _key_in(authorization or "")


def _key_in(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return credentials.strip()
        case "basic":
            try:
                return base64.b64decode(credentials).decode().partition(":")[0]
            except ValueError:
                return ""
    return ""


def _masked(key: str) -> str:
    """Show enough of a key to recognize it, as Stripe does, and too little to use it."""
    shown = key[:200]
    return shown if len(shown) <= 12 else f"{shown[:8]}{'*' * (len(shown) - 12)}{shown[-4:]}"
