"""What belongs to one request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import strawberry
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from graphql import GraphQLError

from payments_graphql.live_updates import Watch
from payments_graphql.models import StripePaymentIntent


class UnauthenticatedError(GraphQLError):
    def __init__(self) -> None:
        super().__init__(
            "Sign in first: with a session, or with a token in the Authorization header.",
            extensions={"code": "UNAUTHENTICATED"},
        )


class BadInputError(GraphQLError):
    """An argument of a query that cannot be used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": "BAD_USER_INPUT"})


@dataclass
class Context:
    request: HttpRequest
    response: HttpResponse
    # By payment or setup intent: what this request has from Stripe, and what is never stored.
    client_secrets: dict[UUID, str] = field(default_factory=dict, repr=False)
    next_actions: dict[UUID, Mapping[str, Any] | None] = field(default_factory=dict, repr=False)
    fetched_intent: UUID | None = None
    # The root fields, by their keys in the answer, that show everybody's. See `sight`.
    shown_to_all: set[str] = field(default_factory=set)
    own_customers: frozenset[UUID] | None = None
    # Of a stream alone: whom to tell what is looked at, and what was seen.
    watch: Watch | None = None
    seen: StripePaymentIntent | None = None


Info = strawberry.Info[Context, None]


def get_user(info: Info) -> AbstractBaseUser:
    """The person who asks. Every field of the roots but `paymentsConfig` begins with this."""
    user: AbstractBaseUser | AnonymousUser = getattr(info.context.request, "user", AnonymousUser())
    if isinstance(user, AnonymousUser) or not user.is_authenticated:
        raise UnauthenticatedError
    return user
