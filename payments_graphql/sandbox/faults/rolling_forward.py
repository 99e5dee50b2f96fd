"""Effects that come after a 500: https://docs.stripe.com/error-low-level#server-errors.

Stripe answers 500, saves that for the idempotency key, and may finish the work later.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from payments_graphql.sandbox.errors import ApiError
from payments_graphql.sandbox.form import FormValue
from payments_graphql.sandbox.parameters import check_parameters
from payments_graphql.sandbox.routes import find_route
from payments_graphql.sandbox.store import dump, load
from payments_graphql.sandbox.transaction import Transaction


def postpone(
    tx: Transaction, method: str, path: str, form: dict[str, FormValue], seconds: float
) -> None:
    """Store a request that was answered with 500, to be executed after `seconds`."""
    request = {
        "method": method,
        "path": path,
        "form": form,
        "request_id": tx.request_id,
        "idempotency_key": tx.idempotency_key,
        "is_publishable": tx.is_publishable,
    }
    tx.store.schedule("roll_forward", dump(request), due=tx.store.now() + seconds)


def roll_forward(tx: Transaction, kept: str) -> None:
    """Execute the request. If it is refused now, nothing happens."""
    request = load(kept)
    found = find_route(request["method"], request["path"])
    if found is None:  # from a state file of an earlier version
        return
    route, path_ids = found
    params = check_parameters(request["form"], route.parameters)
    params.pop("expand", None)
    original = replace(
        tx, **{name: request[name] for name in ("request_id", "idempotency_key", "is_publishable")}
    )
    with suppress(ApiError), tx.store.savepoint():
        _keep_declines(partial(route.handler, original, params, *path_ids))


def _keep_declines(act: Callable[[], object]) -> None:
    try:
        act()
    except ApiError as error:
        if not error.keeps_effects:
            raise
