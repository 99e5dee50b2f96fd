"""Writes the answers of queries by plans that are made once per document.

Note [Plans]
graphql-core decides again for each value of each row which field it belongs to, how it is resolved
and how its result is completed. A plan decides this once for a selection. For each object it is a
function whose text is made from the selection, such as

    lambda row, place: {"id": encode_id(row.pk), "refunds": [write_refund(one) for one in ...]}

`executor` makes the plan when a selection is first executed, and keeps it with the document.
`writers` makes the functions, and `readers` decides how a field gets its value from a row: by the
same resolvers that graphql-core calls.

A plan only covers what succeeds. On any error, and for everything that it does not know, the
selection is executed again by graphql-core, which reports errors, nulls and paths. Reading twice
does no harm, so plans contain only queries, and only fields of this package: see `readers`. Set
`PAYMENTS_GRAPHQL_PLANS = False` to execute everything by graphql-core.
"""
