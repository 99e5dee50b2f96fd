"""Whether this process lives, can serve, and whether everything it needs works.

Note [Three questions]
`/health/live` is for a supervisor, which restarts a process that does not answer. It reads nothing.
`/health/serving` is for a load balancer: the database, its migrations and the cache.
`/health/ready` is for a monitor. It also checks the age of the backlog, and whether Stripe answers.
A load balancer must not use it: while Stripe is down it would stop all processes from getting
requests, although many requests do not need Stripe.

Strangers learn whether all is well, and nothing else. Staff who are signed in see which check has
failed, and the log says why.

It requires the extra `payments-graphql[monitoring]`. Without it, `urls` is empty.
"""
