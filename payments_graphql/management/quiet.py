import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_logs(level: int) -> Iterator[None]:
    """Hides our log lines below `level` while a command writes to the terminal."""
    logger = logging.getLogger("payments_graphql")
    before = logger.level
    logger.setLevel(max(level, logger.getEffectiveLevel()))
    try:
        yield
    finally:
        logger.setLevel(before)
