"""System checks of our settings: `manage.py check`, and before every `runserver` and `migrate`.

payments_graphql.E001  STRIPE_SECRET_KEY is not set
payments_graphql.E002  STRIPE_PUBLISHABLE_KEY is not set
payments_graphql.E003  STRIPE_SECRET_KEY is not a secret or restricted key
payments_graphql.E004  STRIPE_PUBLISHABLE_KEY is not a publishable key
payments_graphql.E005  one of the two is a live key, the other a test key
payments_graphql.E006  a live key would be sent to a server other than Stripe's
payments_graphql.E007  STRIPE_WEBHOOK_SECRET is empty, in production
payments_graphql.E008  STRIPE_API_BASE is not an http or https address
payments_graphql.E009  STRIPE_API_BASE sends the key unencrypted to another machine
payments_graphql.E010  SECRET_KEY can be guessed, in production
payments_graphql.E011  PAYMENTS_BOOKING_MODEL is not a model
payments_graphql.E012  the booking model lacks a required field or property
payments_graphql.E013  PAYMENTS_POLICY is not a subclass of Policy
payments_graphql.E014  a duration is not above zero, or has the wrong type
payments_graphql.E015  the time-outs do not increase: attempt, operation, request, lease
payments_graphql.E016  PAYMENTS_RETURN_URLS contains something that is not an origin
payments_graphql.E017  a setting has the wrong type
payments_graphql.E018  PAYMENTS_STRIPE_CONCURRENCY is not a number above zero
payments_graphql.E019  a PAYMENTS_GRAPHQL_MAX_... setting is not a number above zero
payments_graphql.E020  PAYMENTS_STREAMS_PER_PROCESS or _PER_PROCESS_AND_USER is not a number
payments_graphql.E021  PAYMENTS_LISTEN_URL is not the address of a PostgreSQL database
payments_graphql.E022  PAYMENTS_RATE_LIMITS is not a dict of limits by name
payments_graphql.E023  PAYMENTS_RATE_LIMIT_STORAGE is invalid, or its client is not installed
payments_graphql.E024  PAYMENTS_TRUSTED_PROXIES is not a number of proxies
payments_graphql.E025  a PAYMENTS_FAILURES_... setting is invalid
payments_graphql.E026  pages of any origin could use the API with a customer's session
payments_graphql.E027  PAYMENTS_REFUND_LIMITS or PAYMENTS_REFUND_APPROVAL_ABOVE is invalid
payments_graphql.E030  PAYMENTS_ACCOUNT is not the id of a Stripe account
payments_graphql.E031  DEBUG is on with a live key
payments_graphql.E040  PAYMENTS_PAYMENT_METHOD_TYPES contains a type that Stripe does not have
payments_graphql.E041  PAYMENTS_ALLOW_REDIRECTS is on without PAYMENTS_RETURN_URLS
payments_graphql.E042  transactions begin at an isolation level where row locks are not enough
payments_graphql.E050  USE_TZ is off
payments_graphql.E051  the default database is neither PostgreSQL nor SQLite
payments_graphql.E052  Django does not support this version of the default database
payments_graphql.E053  a router reads payments from another database, which may lag
payments_graphql.E054  a router stores payments, or related models, in another database
payments_graphql.E055  no URL leads to the webhook view
payments_graphql.E056  the GraphQL API has a URL, but its app is not installed
payments_graphql.E057  AuthenticationMiddleware has no session middleware before it
payments_graphql.E058  the app that stores the sessions is not installed
payments_graphql.E059  PAYMENTS_AUTHENTICATION_CLASSES contains an invalid class
payments_graphql.E060  the booking model's table is created after our tables, which refer to it
payments_graphql.E061  PAYMENTS_GRAPHQL_SCHEMA is not a schema
payments_graphql.E070  PAYMENTS_METRICS_TOKEN can be guessed, or cannot be sent in a header
payments_graphql.E071  PAYMENTS_METRICS_NETWORKS contains something that is not a usable network
payments_graphql.E072  PAYMENTS_DISPUTE_EVIDENCE is not a dict of texts by type of evidence
payments_graphql.E073  a PAYMENTS_KEEP_... setting is not at least 35 days
payments_graphql.E074  PAYMENTS_IGNORED_PROBLEMS contains a name that is not a kind of problem
payments_graphql.W001  a webhook secret does not look like one
payments_graphql.W002  SQLite transactions are not IMMEDIATE
payments_graphql.W003  STRIPE_WEBHOOK_SECRET is empty, in development
payments_graphql.W004  the site is behind a proxy, and all customers would share its address
payments_graphql.W005  CORS_ALLOWED_ORIGIN_REGEXES matches more origins than intended
payments_graphql.W006  ALLOWED_HOSTS allows every host name (`check --deploy`)
payments_graphql.W011  STRIPE_API_BASE is not Stripe's server (`check --deploy`)
payments_graphql.W012  the keys are test keys (`check --deploy`)
payments_graphql.W013  error reports show PAYMENTS_LISTEN_URL (`check --deploy`)
payments_graphql.W014  Sentry is sent local variables of payments (`check --deploy`)
payments_graphql.W020  PAYMENTS_ALLOW_REDIRECTS has no effect with a list of types
payments_graphql.W022  several processes count requests separately
payments_graphql.W023  sign-in attempts are not counted everywhere
payments_graphql.W030  no URL leads to the GraphQL API
payments_graphql.W031  a POST to the GraphQL API without the trailing slash loses its body
payments_graphql.W032  no middleware reads the session
payments_graphql.W033  CORS_URLS_REGEX opens every path to other origins
payments_graphql.W034  CORS_URLS_REGEX keeps other origins from the GraphQL API
payments_graphql.W035  a setting with our prefix is unknown
payments_graphql.W060  a manager of the booking model misses updates
payments_graphql.W061  no migration creates the booking model's table
payments_graphql.W070  metrics of several processes are not added up
payments_graphql.I001  the admin's search lacks an index (`check --database default`)

The messages never contain a secret.
"""

from . import (
    booking_migration,
    database,
    evidence,
    graphql_schema,
    keys,
    limits,
    methods,
    middleware,
    monitoring,
    names,
    rates,
    refunds,
    reports,
    routing,
    searching,
    signing_in,
    site,
    streams,
    urls,
    web,
)
from .messages import TAG

__all__ = [
    "TAG",
    "booking_migration",
    "database",
    "evidence",
    "graphql_schema",
    "keys",
    "limits",
    "methods",
    "middleware",
    "monitoring",
    "names",
    "rates",
    "refunds",
    "reports",
    "routing",
    "searching",
    "signing_in",
    "site",
    "streams",
    "urls",
    "web",
]
