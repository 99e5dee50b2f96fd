from typing import Annotated

import strawberry

from ..engine.context import BadInputError, Info, get_user
from ..engine.nodes import Node
from ..engine.pagination import LARGEST_PAGE
from ..engine.visibility import find_node, find_nodes


@strawberry.type
class NodeQueries:
    @strawberry.field(
        description="An object by its `id`, of any type: yours, or anybody's for staff who may "
        "view all that is selected of it. Null for any other. Select its fields with fragments: "
        "`... on PaymentIntent { status }`."
    )
    def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The object's `id`.")],
    ) -> Node | None:
        get_user(info)
        return find_node(info, id)  # type: ignore[return-value]

    @strawberry.field(
        description="Objects by their ids, in the same order, as `node` finds them; null for an id "
        f"without an object. {LARGEST_PAGE} at most."
    )
    def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(description="Their ids, of one type or of several."),
        ],
    ) -> list[Node | None]:
        get_user(info)
        if len(ids) > LARGEST_PAGE:
            raise BadInputError(f"`ids` must be {LARGEST_PAGE} at most; {len(ids)} are given.")
        return find_nodes(info, ids)  # type: ignore[return-value]
