"""What causes a problem, and how `payments_reconcile` tells of it."""

from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.urls import reverse

AGO = timedelta(hours=5)


class Cause:
    """`count` and `amounts` are those of the problem that `cause` brings about."""

    count: int = 1
    amounts: tuple[tuple[str, int], ...] = ()

    def __init__(self, world: Any) -> None:
        self.world = world

    def __getattr__(self, name: str) -> Any:
        """The fixtures."""
        return self.world.getfixturevalue(name)

    def cause(self) -> None:
        raise NotImplementedError

    def clear(self) -> None:
        raise NotImplementedError

    def press(self, row: Any, question: str) -> None:
        """Does what a button on the page of the row asks for."""
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_{question}"
        done = self.staff_client.post(reverse(name, args=(row.pk,)), {"is_sure": "on"})
        assert done.status_code == 302, done.text


def report(what: str = "--report") -> str:
    output = StringIO()
    with suppress(SystemExit):
        call_command("payments_reconcile", what, stdout=output)
    return output.getvalue()
