from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from payments_graphql.models import EventCursor
from payments_graphql.problems import Problem, examine
from payments_graphql.webhooks import refusals
from tests.admin.conftest import staff_client, viewer, viewer_client

__all__ = ["staff_client", "viewer", "viewer_client"]


@pytest.fixture
def quiet(sandbox: Any, db: None) -> None:
    """A site where nothing is wrong."""
    EventCursor.objects.create(read_until=timezone.now())
    refusals.forget_unwritten()


@pytest.fixture
def find() -> Callable[[str], Problem | None]:
    def find(kind: str) -> Problem | None:
        return next((one for one in examine() if one.kind == kind), None)

    return find
