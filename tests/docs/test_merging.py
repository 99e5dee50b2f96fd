"""The site of docs/merging.md: its schema answers at both views."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .pages import ROOT, list_blocks

MODELS = """
from django.db import models


class Trip(models.Model):
    title = models.CharField(max_length=100)
"""
SETTINGS = """
from settings.testing import *

INSTALLED_APPS = [*INSTALLED_APPS, "mysite"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ALLOWED_HOSTS = ["testserver"]
"""
VISIT = '''
import django

django.setup()
from django.conf import settings
from django.core.management import call_command
from django.contrib.auth import get_user_model
from django.test import Client
from mysite.models import Trip
from payments_graphql.services import StripeService

call_command("migrate", run_syncdb=True, verbosity=0)
alice = get_user_model().objects.create_user("alice", "alice@example.com", "travel")
trip = Trip.objects.create(title="Lisbon")
StripeService().put_booking(
    reference=f"trip-{trip.pk}", user=alice, amount="99.99", currency="USD"
)["booking"]
client = Client()
client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
query = """{
    trips { title payments { id } }
    bookings { nodes { __typename amountDue trip { title } } }
}"""
for urlconf in ("settings.urls", "mysite.urls"):
    settings.ROOT_URLCONF = urlconf
    answer = client.post(
        "/graphql/",
        {"query": query},
        content_type="application/json",
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    print(answer.json()["data"])
'''
ANSWER = {
    "trips": [{"title": "Lisbon", "payments": []}],
    "bookings": {
        "nodes": [
            {"__typename": "PaymentsBooking", "amountDue": "99.99", "trip": {"title": "Lisbon"}}
        ]
    },
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Its files, by the comment in the first line of each block; later blocks go on with a file."""
    texts = {"mysite/models.py": MODELS, "mysite/__init__.py": "", "visit.py": VISIT}
    for block in list_blocks("python"):
        if block.page == "docs/merging.md":
            name = block.code.partition("\n")[0].removeprefix("# ")
            # In the wheel the GraphQL package is within ours.
            code = re.sub(r"\bpayments_graphql\.schema\b", "schema", block.code)
            texts[name] = texts.get(name, SETTINGS if name == "settings.py" else "") + code
    texts["site_settings.py"] = texts.pop("settings.py")
    (tmp_path / "mysite").mkdir()
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_both_views_answer_with_the_merged_schema(site: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "visit.py"],
        cwd=site,
        env={
            **os.environ,
            "PYTHONPATH": f"{site}{os.pathsep}{ROOT}",
            "DJANGO_SETTINGS_MODULE": "site_settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [str(ANSWER)] * 2
