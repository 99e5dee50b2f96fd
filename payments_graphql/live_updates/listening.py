"""The one connection per process on which PostgreSQL announces changes."""

import asyncio
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg import sql

from ..conf import conf
from ..logs import get_logger
from .channel import CHANNEL

logger = get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 10.0
"""Seconds between attempts to connect. They double."""

# Detects a silently dropped connection within about a minute.
_ALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


async def listen(*, heard: Callable[[UUID], None], connected: Callable[[], None]) -> None:
    """Runs forever. Calls `connected` after every connect, since earlier announcements were
    missed."""
    pause = _FIRST_PAUSE
    while True:
        try:
            async with await _connect() as listening:
                connected()
                pause = _FIRST_PAUSE
                async for notification in listening.notifies():
                    _pass_on(notification.payload, heard)
        except (psycopg.Error, OSError) as error:
            logger.warning("live_updates_connection_lost", error=type(error).__name__)
        # Spread out, so that processes do not reconnect at the same moment.
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 (no secret)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _connect() -> psycopg.AsyncConnection[Any]:
    """A direct connection, since one from the pool would stay taken forever."""
    listening = await psycopg.AsyncConnection.connect(**_get_parameters(), autocommit=True)
    try:
        await listening.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
    except BaseException:
        await listening.close()
        raise
    return listening


def _get_parameters() -> dict[str, Any]:
    if conf.PAYMENTS_LISTEN_URL:
        return {**_ALIVE, "conninfo": conf.PAYMENTS_LISTEN_URL}
    # Leave out the options of Django's own connections.
    ours = ("context", "cursor_factory", "prepare_threshold", "autocommit")
    parameters = connection.get_connection_params()
    return _ALIVE | {name: value for name, value in parameters.items() if name not in ours}


def _pass_on(payload: str, heard: Callable[[UUID], None]) -> None:
    try:
        payment_intent = UUID(payload)
    except ValueError:
        return  # anyone with access to the database may send anything on the channel
    heard(payment_intent)
