"""System checks of our settings: `manage.py check`, and before every `runserver` and `migrate`.

payments_graphql.E001  STRIPE_SECRET_KEY is missing
payments_graphql.E002  STRIPE_PUBLISHABLE_KEY is missing
payments_graphql.E003  STRIPE_SECRET_KEY is no secret or restricted key
payments_graphql.E004  STRIPE_PUBLISHABLE_KEY is no publishable key
payments_graphql.E005  one of the two is a live key, the other a test key
payments_graphql.E006  a live key would be sent to another server than Stripe's
payments_graphql.E007  STRIPE_WEBHOOK_SECRET is empty, in production
payments_graphql.E008  STRIPE_API_BASE is no http(s) address
payments_graphql.E009  STRIPE_API_BASE sends the key over plain http to another machine
payments_graphql.E010  SECRET_KEY can be guessed, in production
payments_graphql.E011  PAYMENTS_BOOKING_MODEL names no model
payments_graphql.E012  the booking model lacks something that payments need
payments_graphql.E013  PAYMENTS_POLICY names no subclass of Policy
payments_graphql.E014  a length of time is not above zero, or is not one
payments_graphql.E015  the time-outs do not follow one another: attempt, operation, request, lease
payments_graphql.E016  PAYMENTS_RETURN_URLS holds something else than origins
payments_graphql.E017  a setting has the wrong type
payments_graphql.E018  PAYMENTS_STRIPE_CONCURRENCY lets nobody call Stripe
payments_graphql.E019  a PAYMENTS_GRAPHQL_MAX_... is no number above zero
payments_graphql.E020  PAYMENTS_STREAMS_PER_PROCESS or _PER_PROCESS_AND_USER is no number
payments_graphql.E021  PAYMENTS_LISTEN_URL is no address of a PostgreSQL
payments_graphql.E022  PAYMENTS_RATE_LIMITS holds something else than limits by what they count
payments_graphql.E023  PAYMENTS_RATE_LIMIT_STORAGE is no storage, or its client is not installed
payments_graphql.E024  PAYMENTS_TRUSTED_PROXIES is no number of proxies
payments_graphql.E025  how many failures are taken for card testing, and for how long, is not said
payments_graphql.E026  pages of any origin could use the API with a customer's session
payments_graphql.E030  PAYMENTS_ACCOUNT is not the id of a Stripe account
payments_graphql.E031  DEBUG is on with a live key
payments_graphql.E040  PAYMENTS_PAYMENT_METHOD_TYPES holds something else than types of Stripe's
payments_graphql.E041  PAYMENTS_ALLOW_REDIRECTS is on without PAYMENTS_RETURN_URLS
payments_graphql.E042  the database's transactions begin at a level where row locks protect nothing
payments_graphql.E050  USE_TZ is off
payments_graphql.E051  the default database is neither PostgreSQL nor SQLite
payments_graphql.E052  the default database's version is below Django's floor
payments_graphql.E053  a router reads payments from another database, which may lag
payments_graphql.E054  a router keeps payments, or what belongs to them, in several databases
payments_graphql.E055  no URL leads to the webhook view
payments_graphql.E056  the GraphQL API has a URL, and its app is not installed
payments_graphql.E057  AuthenticationMiddleware has no session before it
payments_graphql.E058  sessions are stored by an app that is not installed
payments_graphql.E059  PAYMENTS_AUTHENTICATION_CLASSES holds something else than such classes
payments_graphql.E060  the table of the booking model is made after ours, which refer to it
payments_graphql.E061  PAYMENTS_GRAPHQL_SCHEMA names no schema
payments_graphql.W001  a webhook secret does not look like one
payments_graphql.W002  SQLite takes its write lock too late
payments_graphql.W003  STRIPE_WEBHOOK_SECRET is empty, in development
payments_graphql.W004  a proxy is in front, and all customers would share its address
payments_graphql.W005  CORS_ALLOWED_ORIGIN_REGEXES fits more origins than it seems to
payments_graphql.W006  ALLOWED_HOSTS lets every host name in (`check --deploy`)
payments_graphql.W011  STRIPE_API_BASE leads to another server than Stripe's (`check --deploy`)
payments_graphql.W012  the keys are test keys (`check --deploy`)
payments_graphql.W013  error reports show PAYMENTS_LISTEN_URL (`check --deploy`)
payments_graphql.W020  PAYMENTS_ALLOW_REDIRECTS does nothing beside a list of types
payments_graphql.W022  several processes count requests, each of them alone
payments_graphql.W023  attempts to sign in are not counted at every door
payments_graphql.W030  no URL leads to the GraphQL API
payments_graphql.W031  a POST to the GraphQL API without the slash at its end loses its body
payments_graphql.W032  no middleware knows whose session it is
payments_graphql.W033  CORS_URLS_REGEX opens every address to other origins
payments_graphql.W034  CORS_URLS_REGEX shuts other origins out of the GraphQL API
payments_graphql.W035  a setting looks like ours, and is not known
payments_graphql.W060  updates through a manager of the booking model are not noticed
payments_graphql.W061  no migration makes the table of the booking model

The messages never contain the value of a secret.
"""

from . import (
    booking_migration,
    database,
    graphql_schema,
    keys,
    limits,
    methods,
    middleware,
    names,
    rates,
    routing,
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
    "graphql_schema",
    "keys",
    "limits",
    "methods",
    "middleware",
    "names",
    "rates",
    "routing",
    "signing_in",
    "site",
    "streams",
    "urls",
    "web",
]
