"""Checks live updates."""

from importlib.util import find_spec

from django.core import checks

from ..conf import conf
from .limits import is_time
from .messages import TAG, find_wrong_types, get_value, make_error, name_extra

_LONGEST_HEARTBEAT = 60.0
"""Seconds. Most proxies allow this long, and a signed-out user would be served this long."""


@checks.register(TAG)
def check_streams(**_: object) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    heartbeat = get_value("PAYMENTS_STREAM_HEARTBEAT", 12.0)
    if not is_time(heartbeat) or heartbeat > _LONGEST_HEARTBEAT:
        message = "PAYMENTS_STREAM_HEARTBEAT is not a number above 0 and at most 60."
        found.append(make_error(14, message, "Set seconds, such as 12."))
    for name, default in (("PER_PROCESS_AND_USER", 10), ("PER_PROCESS", 2000)):
        value = get_value(f"PAYMENTS_STREAMS_{name}", default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            message = f"PAYMENTS_STREAMS_{name} is not a whole number."
            found.append(make_error(20, message, f"Set a number, such as {default}; 0 for none."))
    return found


@checks.register(TAG)
def check_listen_url(**_: object) -> list[checks.CheckMessage]:
    if any(name == "PAYMENTS_LISTEN_URL" for name, _ in find_wrong_types()):
        return []
    url = conf.PAYMENTS_LISTEN_URL
    if not url:
        return []
    if find_spec("psycopg") is None:
        message = "PAYMENTS_LISTEN_URL requires psycopg, which is not installed."
        return [make_error(21, message, name_extra("postgres"))]
    if _is_address(url):
        return []
    hint = "Set postgres://user:password@host:5432/name of the database in DATABASES."
    return [
        make_error(21, "PAYMENTS_LISTEN_URL is not the address of a PostgreSQL database.", hint)
    ]


def _is_address(url: str) -> bool:
    from psycopg.conninfo import conninfo_to_dict

    if not url.startswith(("postgres://", "postgresql://")):
        return False
    try:
        return "host" in conninfo_to_dict(url)
    except Exception:
        return False
