from decimal import Decimal

import strawberry

from payments_graphql import money
from payments_graphql.conf import conf
from payments_graphql.content_security import get_stripe_js_url


@strawberry.type(description="A currency that Stripe charges.")
class Currency:
    code: str = strawberry.field(description="Upper-case code, such as `USD`.")
    exponent: int = strawberry.field(description="How many decimals its amounts have.")
    minimum: Decimal | None = strawberry.field(
        description="The smallest charge, where Stripe publishes one. Stripe alone decides: it "
        "follows the currency that the site is paid in."
    )


@strawberry.type(description="What a page needs to take payments.")
class PaymentsConfig:
    publishable_key: str = strawberry.field(description="The key for Stripe.js: `pk_...`.")
    stripe_js_url: str = strawberry.field(
        description="The address of Stripe.js: Stripe's own, or in development the sandbox's."
    )
    livemode: bool = strawberry.field(description="False in Stripe's test mode.")

    @strawberry.field(description="Every currency that can be charged, by code.")
    def currencies(self) -> list[Currency]:
        return [
            Currency(code=currency.code, exponent=currency.exponent, minimum=currency.minimum)
            for currency in money.list_currencies()
        ]


@strawberry.type
class PaymentsConfigQueries:
    @strawberry.field(description="What a page needs to take payments. Needs no sign-in.")
    def payments_config(self) -> PaymentsConfig:
        return PaymentsConfig(
            publishable_key=conf.STRIPE_PUBLISHABLE_KEY,
            stripe_js_url=get_stripe_js_url(conf.STRIPE_API_BASE),
            livemode=conf.livemode,
        )
