from decimal import Decimal

import strawberry

from payments_graphql import money
from payments_graphql.conf import conf
from payments_graphql.content_security import get_stripe_js_url


@strawberry.type(description="A currency that Stripe supports.")
class Currency:
    code: str = strawberry.field(description="The upper-case code, such as `USD`.")
    exponent: int = strawberry.field(description="The number of decimals of an amount.")
    minimum: Decimal | None = strawberry.field(
        description="The smallest amount that Stripe charges. Null if unknown. The real minimum "
        "can differ: it depends on the site's payout currency."
    )


@strawberry.type(description="The settings that a page needs to take payments.")
class PaymentsConfig:
    publishable_key: str = strawberry.field(
        description="The publishable key for Stripe.js: `pk_...`."
    )
    stripe_js_url: str = strawberry.field(
        description="The address of Stripe.js: Stripe's own, or in development the sandbox's."
    )
    livemode: bool = strawberry.field(
        description="Whether the site uses Stripe's live mode. False in test mode."
    )

    @strawberry.field(description="The supported currencies, sorted by code.")
    def currencies(self) -> list[Currency]:
        return [
            Currency(code=currency.code, exponent=currency.exponent, minimum=currency.minimum)
            for currency in money.list_currencies()
        ]


@strawberry.type
class PaymentsConfigQueries:
    @strawberry.field(
        description="Returns the settings that a page needs to take payments. Does not require "
        "signing in."
    )
    def payments_config(self) -> PaymentsConfig:
        return PaymentsConfig(
            publishable_key=conf.STRIPE_PUBLISHABLE_KEY,
            stripe_js_url=get_stripe_js_url(conf.STRIPE_API_BASE),
            livemode=conf.livemode,
        )
