from typing import Annotated

import strawberry

from ..engine.context import BadInputError, Info, get_user
from ..engine.nodes import Node
from ..engine.pagination import LARGEST_PAGE
from ..engine.visibility import Scope, ScopeArgument, find_nodes


@strawberry.type
class NodeQueries:
    @strawberry.field(
        description="An object of yours by its `id`, of whatever type, or null. Select its fields "
        "with fragments: `... on PaymentIntent { status }`."
    )
    def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The object's `id`.")],
        scope: ScopeArgument = Scope.OWN,
    ) -> Node | None:
        get_user(info)
        [found] = find_nodes(info, [id], scope)
        return found  # type: ignore[return-value]

    @strawberry.field(
        description="Objects of yours by their ids, in the same order; null for an id that there "
        f"is nothing of. {LARGEST_PAGE} at most."
    )
    def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(description="Their ids, of one type or of several."),
        ],
        scope: ScopeArgument = Scope.OWN,
    ) -> list[Node | None]:
        get_user(info)
        if len(ids) > LARGEST_PAGE:
            raise BadInputError(f"`ids` must be {LARGEST_PAGE} at most; {len(ids)} are given.")
        return find_nodes(info, ids, scope)  # type: ignore[return-value]
