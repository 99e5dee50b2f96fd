"""A page of the caller's own objects, by a statement that is kept: see Note [Kept SQL]."""

from typing import Any

from django.db.models import QuerySet

from payments_graphql.conf import conf
from payments_graphql.kept_queries import NotKept
from payments_graphql.models.ours import our_values

from .context import Info, get_user
from .kept_children import KeptPage
from .object_types import get_object_type
from .own_customers import get_own_customers
from .pagination import Connection, Page, connect, list_cursor_values, paginate, read_page
from .plans import Plans, find_plans
from .prefetching import plan
from .visibility import list_for_page


def list_own(info: Info, shown: type, page: Page) -> Connection[Any]:
    declared = get_object_type(shown)
    of_customers = declared.of_customers
    if of_customers is None:
        return paginate(list_for_page(info, shown, None), page)
    own = get_own_customers(info)

    def list_all() -> QuerySet[Any]:
        planned = plan(info, declared)
        return planned.narrow(planned.apply(of_customers(own)))

    plans = _find_plans(info)
    if plans is None:
        return paginate(list_all(), page)
    values = [*own, *list_cursor_values(declared.model, page)]
    key = _make_key(info, plans, page, len(values))
    kept = plans.queries.find(key)
    if isinstance(kept, KeptPage):
        return connect(kept.read(values), page, list_all)
    rows = read_page(list_all(), page)
    if kept is None:
        plans.queries.keep(key, _keep(rows, values, get_user(info).pk))
    return connect(list(rows), page, list_all)


def _find_plans(info: Info) -> Plans | None:
    raw = info._raw_info  # noqa: SLF001 (Strawberry has no other way to the fragments)
    return find_plans(raw.operation, raw.fragments) if conf.PAYMENTS_GRAPHQL_PLANS else None


def _make_key(info: Info, plans: Plans, page: Page, count: int) -> tuple[Any, ...]:
    """What decides about the text of the statement."""
    raw = info._raw_info  # noqa: SLF001 (as above)
    return (
        tuple(map(id, raw.field_nodes)),
        tuple(info.variable_values.get(name) for name in plans.variables),
        tuple(our_values().values()),
        (page.size, page.is_backward, page.order, page.after is None, page.before is None),
        count,
    )


def _keep(rows: Any, values: list[Any], user_id: Any) -> KeptPage | str:
    """The reason, if the statement cannot be kept."""
    try:
        return KeptPage(rows, values, of_this_caller=user_id)
    except NotKept:
        return "not kept"
