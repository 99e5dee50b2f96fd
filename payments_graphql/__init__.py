"""Payments through Stripe for a Django site. `payments_graphql.services.StripeService` is for code."""
