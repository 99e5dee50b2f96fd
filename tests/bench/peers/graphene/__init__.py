"""A site with the same page of payments by graphene-django, over our tables, in an environment of
its own: it needs graphql-core 3.2. `tests.bench.served` starts it."""
