"""The parts of the sandbox that the pages use."""

from collections.abc import Callable
from dataclasses import dataclass

from payments_graphql.sandbox.actions.performing import Actions
from payments_graphql.sandbox.delivery import Deliverer
from payments_graphql.sandbox.faults.registry import Faults
from payments_graphql.sandbox.request_log import RequestLog
from payments_graphql.sandbox.store import Store
from payments_graphql.sandbox.transaction import TransactionFactory
from payments_graphql.sandbox.triggers import Triggers


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running sandbox. Pages call `on_change` after a change."""

    url: str
    store: Store
    request_log: RequestLog
    faults: Faults
    deliverer: Deliverer
    actions: Actions
    triggers: Triggers
    new_transaction: TransactionFactory
    advance: Callable[[float], None]
    on_change: Callable[[], None]
