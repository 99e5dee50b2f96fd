from typing import Annotated

import strawberry

from ..engine.context import BadInputError, Info, get_user
from ..engine.nodes import Node
from ..engine.object_types import as_type
from ..engine.pagination import LARGEST_PAGE
from ..engine.visibility import find_node, find_nodes


@strawberry.type
class NodeQueries:
    @strawberry.field(
        description="Returns an object of any type by its `id`. Null if it does not exist, or "
        "belongs to another user. Staff can read other users' objects if they may view everything "
        "that is selected. Select fields with fragments: `... on PaymentIntent { status }`."
    )
    def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The `id` of the object.")],
    ) -> Node | None:
        get_user(info)
        return as_type(find_node(info, id))

    @strawberry.field(
        description="Returns objects by their ids, in the same order. Contains null where `node` "
        f"returns null. Accepts at most {LARGEST_PAGE} ids."
    )
    def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(description="The ids of the objects, of one or several types."),
        ],
    ) -> list[Node | None]:
        get_user(info)
        if len(ids) > LARGEST_PAGE:
            raise BadInputError(
                f"`ids` must contain at most {LARGEST_PAGE} ids; it contains {len(ids)}."
            )
        return as_type(find_nodes(info, ids))
