"""The root field that lists one type, with its arguments, filter and pages; and the maximum length
of lists without pages."""

from typing import Annotated, Any

import strawberry

from .context import Info
from .kept_rows import list_page
from .object_types import get_object_type
from .pagination import (
    After,
    Before,
    Connection,
    First,
    Last,
    ListOrder,
    OrderBy,
    Page,
)
from .visibility import Scope, ScopeArgument, get_rows

LONGEST_LIST = 100
"""The maximum length of a list without pages, such as the refunds of a payment. It contains the
newest. A field beside it says whether there are more."""


def list_field(shown: type, filter_type: type, *, description: str) -> Any:
    """A page of the type `shown`, filtered by a `filter_type`, whose fields are `narrowing`."""

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
        page, declared = Page(first, after, last, before, order_by), get_object_type(shown)
        return list_page(info, get_rows(info, declared, scope), page, filter)

    which = strawberry.argument(description="Returns only the objects that match.")
    resolve.__annotations__ |= {
        "filter": Annotated[filter_type | None, which],
        "return": Connection[shown],  # type: ignore[valid-type]  # a type known only here
    }
    return strawberry.field(resolve, description=description)
