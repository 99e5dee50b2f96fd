"""The field of a root that lists one type: its arguments, its filter and its pages. And how long
the lists without pages are."""

from typing import Annotated, Any

import strawberry

from .context import Info
from .filters import apply_filter
from .pagination import (
    After,
    Before,
    Connection,
    First,
    Last,
    ListOrder,
    OrderBy,
    Page,
    paginate,
)
from .visibility import Scope, ScopeArgument, list_visible

LONGEST_LIST = 100
"""Of a list without pages, as of the refunds of a payment: the newest. A field beside it says
whether there are more."""


def list_field(shown: type, filter_type: type, *, description: str) -> Any:
    """A page of what `shown` shows, narrowed by a `filter_type`, whose fields are `narrowing`."""

    def resolve(
        info: Info,
        filter: Any = None,
        order_by: OrderBy = ListOrder.CREATED_AT_DESC,
        scope: ScopeArgument = Scope.OWN,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Any:
        rows = apply_filter(list_visible(info, shown, scope), filter)
        return paginate(rows, Page(first, after, last, before, order_by))

    which = strawberry.argument(description="Returns only the objects that match.")
    resolve.__annotations__ |= {
        "filter": Annotated[filter_type | None, which],
        "return": Connection[shown],  # type: ignore[valid-type]
    }
    return strawberry.field(resolve, description=description)
