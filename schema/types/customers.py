import strawberry

from payments_graphql import people
from payments_graphql.conf import conf
from payments_graphql.models import StripeCustomer

from ..engine.context import Info, get_user
from .payment_methods import PaymentMethod


@strawberry.type(description="A person who pays.")
class Customer:
    username: str = strawberry.field(description="The name to sign in with.")
    name: str = strawberry.field(description="The full name; empty when it is not known.")
    email: str = strawberry.field(description="Where receipts go by default.")
    livemode: bool = strawberry.field(description="False in Stripe's test mode.")
    stripe_customer_id: str | None = strawberry.field(
        description="The id at Stripe: `cus_...`. Null before the first payment."
    )
    default_payment_method: PaymentMethod | None = strawberry.field(
        description="The saved method that is offered first."
    )


@strawberry.type
class CustomerQueries:
    @strawberry.field(description="You.")
    def me(self, info: Info) -> Customer:
        user = get_user(info)
        row = (
            StripeCustomer.objects.for_user(user)
            .filter(deleted_at=None)
            .select_related("default_payment_method__customer")
            .first()
        )
        method = row.default_payment_method if row else None
        if row and method and method.customer_id != row.pk:
            method = None
        return Customer(
            username=user.get_username(),
            name=people.get_full_name(user),
            email=people.get_email(user),
            livemode=conf.livemode,
            stripe_customer_id=row.stripe_customer_id if row else None,
            default_payment_method=method,  # type: ignore[arg-type]
        )
