"""What a server does before its first request."""

import gc

from django.urls import get_resolver

import schema.schema  # noqa: F401 (so that the first request need not wait)

__all__ = ["warm_up"]


def warm_up() -> None:
    """Loads what is used later. Objects that exist now stay: scanning them again would delay a
    request for longer than most requests take."""
    get_resolver().url_patterns  # noqa: B018 (loads the views)
    gc.collect()
    gc.freeze()
