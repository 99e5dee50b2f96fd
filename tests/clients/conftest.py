import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from knox.models import get_token_model

from payments_graphql.models import Booking
from settings.management.processes import Processes, find_free_port
from tests.subprocesses import get_environment


@pytest.fixture
def site(transactional_db: None, sandbox: Any, tmp_path: Path) -> Iterator[str]:
    port = find_free_port()
    with (tmp_path / "log").open("w") as log, Processes(get_environment(), log) as processes:
        processes.start_site(port)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def token(alice: User) -> str:
    token: str = get_token_model().objects.create(user=alice)[1]
    return token


@pytest.fixture
def booking_id(booking: Booking) -> str:
    return base64.b64encode(f"Booking:{booking.pk}".encode()).decode()
