"""What docs/python.md, docs/signals.md and docs/testing-your-site.md show, run in a new site."""

import os
import re
import subprocess
import sys

import pytest

from .pages import ROOT

SETTINGS = """
from settings.testing import *

INSTALLED_APPS = [*INSTALLED_APPS, "shop"]
PAYMENTS_BOOKING_MODEL = "payments_graphql.Booking"
PAYMENTS_POLICY = "shop.policy.ShopPolicy"
# As on a site whose tests have no Stripe: nothing listens at the port.
STRIPE_SECRET_KEY = "sk_test_of_the_site"
STRIPE_WEBHOOK_SECRET = "whsec_of_the_site"
PAYMENTS_ACCOUNT = ""
"""
BLOCK = re.compile(r"^```python\n# (\S+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WITHOUT = """
from payments_graphql.services import StripeService


def test_without_the_sandbox(django_user_model):
    user = django_user_model.objects.create_user("alice")
    StripeService().create_payment_intent(user=user, amount=10, currency="USD")
"""


@pytest.fixture
def site(tmp_path):
    """Its files, by the comment in the first line of each block."""
    for page in ("docs/python.md", "docs/signals.md", "docs/testing-your-site.md"):
        for name, code in BLOCK.findall((ROOT / page).read_text()):
            file = tmp_path / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(code)
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "site_settings.py").write_text(SETTINGS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def run_pytest(site, *arguments):
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {
        "PYTHONPATH": f"{site}{os.pathsep}{ROOT}",
        "STRIPE_API_BASE": "http://127.0.0.1:9",
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--ds=site_settings", *arguments],
        cwd=site,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_example_passes(site):
    ended = run_pytest(site)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"^5 passed", ended.stdout, re.MULTILINE), ended.stdout


def test_without_the_sandbox_the_cause_is_named_at_once(site):
    (site / "test_without.py").write_text(WITHOUT)
    ended = run_pytest(site, "test_without.py")

    assert ended.returncode == 1
    assert "NoStripeInTestsError: This test needs Stripe, and http://127.0.0.1:9" in ended.stdout
    calls = re.findall(r'"event": "stripe_call_failed".*', ended.stdout)
    assert len(set(calls)) == 1  # it was not tried again
