"""Checks who may read the metrics, and whether all processes are counted."""

import ipaddress
import os
from collections.abc import Iterator

from django.core import checks

from .messages import TAG, get_value, make_error, make_warning

LEAST = 16
"""Characters of a token that cannot be guessed."""
_WORKERS = ("GRANIAN_WORKERS", "WEB_CONCURRENCY")


@checks.register(TAG)
def check_metrics_token(**_: object) -> list[checks.CheckMessage]:
    token = get_value("PAYMENTS_METRICS_TOKEN", "")
    if not token or not isinstance(token, str):
        return []  # a wrong type is reported with all others
    is_sendable = token.isascii() and token.isprintable() and " " not in token
    if len(token) >= LEAST and is_sendable:
        return []
    message = f"PAYMENTS_METRICS_TOKEN must be {LEAST} or more ASCII characters without blanks."
    return [make_error(70, message, "Make one with `openssl rand -hex 32`.")]


@checks.register(TAG)
def check_metrics_networks(**_: object) -> list[checks.CheckMessage]:
    networks = get_value("PAYMENTS_METRICS_NETWORKS", ())
    if not isinstance(networks, list | tuple):
        return []  # a wrong type is reported with all others
    return [
        make_error(71, f"PAYMENTS_METRICS_NETWORKS: {network!r} is {why}.", hint)
        for network in networks
        for why, hint in _find_faults(network)
    ]


def _find_faults(text: object) -> Iterator[tuple[str, str]]:
    if not isinstance(text, str):
        return
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        yield "not a network", 'Set networks such as "10.0.0.0/8" or "192.0.2.7/32".'
        return
    if network.version == 6 and network.prefixlen > 64:
        # See `get_client_address`.
        yield "smaller than a /64, so no client is in it", "Set the /64 network around it."


@checks.register(TAG)
def check_metrics_of_all_processes(**_: object) -> list[checks.CheckMessage]:
    is_served = get_value("PAYMENTS_METRICS_TOKEN", "") or get_value("PAYMENTS_METRICS_NETWORKS")
    if not is_served or os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return []
    for name in _WORKERS:
        number = os.environ.get(name, "")
        if number.isdecimal() and int(number) > 1:
            message = f"{name} is {number}, but each scrape of /metrics shows only one process."
            hint = "Set PROMETHEUS_MULTIPROC_DIR to a directory: see docs/monitoring.md."
            return [make_warning(70, message, hint)]
    return []
