"""The customer type. It shows a user of the site, with the data of the Stripe customer.

Note [The id of a customer]
A user has no Stripe customer before the first payment, and gets another one if it is deleted at
Stripe. So the `id` names the user, not the Stripe customer: it is the same before and after the
first payment and across all generations, and caches of clients can rely on it.
"""

from typing import Any

import strawberry
import strawberry_django
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Exists, OuterRef, QuerySet

from payments_graphql import people
from payments_graphql.conf import conf
from payments_graphql.models import StripeCustomer, get_or_none, is_ours, list_all_bookings

from ..engine.context import Info, find_user
from ..engine.nodes import Node
from ..engine.object_types import as_type, object_type
from ..engine.visibility import Scope, list_visible
from .payment_methods import PaymentMethod


def _list_users() -> QuerySet[Any]:
    """Includes users that a manager of the site hides, since payments lead to them. See Note [One
    database, and its writer]."""
    return QuerySet(get_user_model(), using=DEFAULT_DB_ALIAS)


def _list_customers() -> QuerySet[Any]:
    """Users with a payment or a booking. Other users of the site are not customers."""
    at_stripe = StripeCustomer.objects.ours().filter(user_id=OuterRef("pk"))
    bookings = list_all_bookings().filter(user_id=OuterRef("pk"))
    return _list_users().filter(Exists(at_stripe) | Exists(bookings))


@object_type(
    get_user_model(),
    name="Customer",
    description="A user of the site who pays.",
    of_user=lambda user: _list_users().filter(pk=user.pk),
    of_everybody=_list_customers,
    viewed_as=StripeCustomer,
)
class Customer(Node):
    @strawberry_django.field(description="The username.")
    def username(self, root: strawberry.Parent[AbstractBaseUser]) -> str:
        return root.get_username()

    @strawberry_django.field(description="The full name. Null if unknown.")
    def name(self, root: strawberry.Parent[AbstractBaseUser]) -> str | None:
        return people.get_full_name(root) or None

    @strawberry_django.field(
        description="The e-mail address, to which receipts are sent by default. Null if unknown."
    )
    def email(self, root: strawberry.Parent[AbstractBaseUser]) -> str | None:
        return people.get_email(root) or None

    @strawberry_django.field(
        description="Whether the site uses Stripe's live mode. False in test mode."
    )
    def livemode(self) -> bool:
        return conf.livemode

    @strawberry_django.field(
        prefetch_related=["payments_graphql_customers"],
        description="The id at Stripe: `cus_...`. Null before the first payment.",
    )
    def stripe_customer_id(self, root: strawberry.Parent[AbstractBaseUser]) -> str | None:
        at_stripe = _find_at_stripe(root)
        return at_stripe.stripe_customer_id if at_stripe else None

    @strawberry_django.field(
        prefetch_related=["payments_graphql_customers__default_payment_method"],
        description="The default payment method, offered first.",
    )
    def default_payment_method(
        self, root: strawberry.Parent[AbstractBaseUser]
    ) -> PaymentMethod | None:
        at_stripe = _find_at_stripe(root)
        method = at_stripe.default_payment_method if at_stripe else None
        is_its_own = at_stripe and method and method.customer_id == at_stripe.pk
        return as_type(method if is_its_own else None)


def _find_at_stripe(user: Any) -> StripeCustomer | None:
    """The current generation. Filtered in Python, so that a prefetch can be used."""
    generations: list[StripeCustomer] = user.payments_graphql_customers.all()
    return next((one for one in generations if one.deleted_at is None and is_ours(one)), None)


@strawberry.type
class CustomerQueries:
    @strawberry.field(description="Returns the signed-in user. Null if you are not signed in.")
    def me(self, info: Info) -> Customer | None:
        if find_user(info) is None:
            return None
        you: Customer | None = get_or_none(list_visible(info, Customer, Scope.OWN))
        return you
