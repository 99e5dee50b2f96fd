"""What a server does before its first request."""

import gc

import schema.schema  # noqa: F401 (so that the first request need not wait)

__all__ = ["warm_up"]


def warm_up() -> None:
    """Objects that exist now stay. Scanning them again would delay a request for longer than most
    requests take."""
    gc.collect()
    gc.freeze()
