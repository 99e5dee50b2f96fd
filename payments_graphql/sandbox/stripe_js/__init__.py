"""The sandbox's Stripe.js: https://docs.stripe.com/js.

It is plain JavaScript: no modules, no build step, no dependencies. The page loads one script, made
of several files. The card form and the bank's page are in frames from the sandbox's origin, so that
card numbers are never in the shop's page.
"""
