"""The GraphQL API, and what a site's own schema imports from it: see docs/merging.md."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .merging import (
        PaymentsMutation,
        PaymentsQuery,
        PaymentsSchema,
        PaymentsSubscription,
        PrefixedNames,
        Scope,
        extend,
        list_visible,
        payments_schema_config,
    )

__all__ = [
    "PaymentsMutation",
    "PaymentsQuery",
    "PaymentsSchema",
    "PaymentsSubscription",
    "PrefixedNames",
    "Scope",
    "extend",
    "list_visible",
    "payments_schema_config",
]


def __getattr__(name: str) -> Any:
    """Imports on first use, since Django imports this package before it knows any model."""
    if name in __all__:
        return getattr(import_module(f"{__name__}.merging"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
