"""A stand-in for Stripe.js, served at `/v3/`: https://docs.stripe.com/js.

The scripts are plain: no modules, no build, nothing from elsewhere. The page's part is one
script made of several files; the card form and the bank's page are documents of the sandbox's
own origin, shown in frames, so that a card number is never in the page of a shop.
"""
