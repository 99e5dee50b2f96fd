"""Lets the tests of a site run without Stripe: see docs/testing-your-site.md.

With pytest, `pytest_plugins = ["payments_graphql.testing.plugin"]` adds the fixtures. With
`django.test`, derive from `PaymentsTestCase`, or from `PaymentsTestMixin` and one of Django's
classes. Only `plugin` imports pytest, and no model is imported before Django is set up.
"""

from .cases import PaymentsTestCase, PaymentsTestMixin
from .stripe_sandbox import StripeSandbox, running_sandbox

__all__ = ["PaymentsTestCase", "PaymentsTestMixin", "StripeSandbox", "running_sandbox"]
