"""With a French browser, the API's messages and the admin are in French."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from schema.engine.nodes import encode_id

ROOT = Path(__file__).resolve().parent.parent
MESSAGES = ROOT / ".ci" / "messages"
CATALOG = ROOT / "payments_graphql" / "locale" / "fr" / "LC_MESSAGES" / "django.po"

CREATE = """
    mutation($input: CreatePaymentIntentInput!) {
      createPaymentIntent(input: $input) { errors { code message } }
    }
"""
CONFIRM = """
    mutation($input: ConfirmPaymentIntentInput!) {
      confirmPaymentIntent(input: $input) { errors { message ... on CardError { advice } } }
    }
"""
FRENCH = {"Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5"}


@pytest.fixture
def ask(alice):
    client = Client()
    client.force_login(alice)

    def ask(query, **input):
        headers = {"Sec-Fetch-Site": "same-origin", **FRENCH}
        body = {"query": query, "variables": {"input": input}}
        return client.post("/graphql/", body, content_type="application/json", headers=headers)

    return ask


@pytest.fixture
def french_staff(sam):
    client = Client(headers=FRENCH)
    client.force_login(sam)
    return client


def check(*arguments):
    command = [sys.executable, str(MESSAGES), "--check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_error_in_a_payload_is_french(ask):
    answer = ask(CREATE, idempotencyKey="1", amount="0", currency="USD")
    [error] = answer.json()["data"]["createPaymentIntent"]["errors"]
    assert error == {
        "code": "AMOUNT_INVALID",
        "message": "Le montant doit être supérieur à zéro.",
    }
    assert answer["Content-Language"] == "fr"
    assert "Accept-Language" in answer["Vary"]


def test_a_decline_and_its_advice_are_french(ask, service, alice):
    intent = service.create_payment_intent(user=alice, amount="10", currency="USD")
    answer = ask(
        CONFIRM,
        paymentIntentId=encode_id("PaymentIntent", intent["payment_intent"].pk),
        stripePaymentMethodId="pm_card_visa_chargeDeclined",
    )
    [error] = answer.json()["data"]["confirmPaymentIntent"]["errors"]
    assert error == {
        "message": "Votre carte a été refusée.",
        "advice": "Essayez une autre carte ou contactez votre banque.",
    }


def test_an_error_of_the_request_is_french(db):
    answer = Client().post(
        "/graphql/",
        {"query": "{ paymentMethods { id } }"},
        content_type="application/json",
        headers=FRENCH,
    )
    [error] = answer.json()["errors"]
    assert error["message"].startswith("Connectez-vous")


def test_a_wrong_password_is_refused_in_french(alice):
    answer = Client().post(
        "/api/auth/login/",
        {"username": "alice", "password": "wrong"},
        content_type="application/json",
        headers=FRENCH,
    )
    assert answer.json()["errors"][0]["message"].startswith("Le nom d")


def test_the_index_of_the_admin_is_french(french_staff):
    page = french_staff.get(reverse("admin:index")).content.decode()
    for label in ("Paiements", "Intentions de paiement", "Remboursements", "Événements webhook"):
        assert label in page


def test_a_list_of_the_admin_is_french(french_staff, pay, alice):
    pay(alice)
    url = reverse("admin:payments_graphql_stripepaymentintent_changelist")
    page = french_staff.get(url).content.decode()
    for label in ("Réussi", "Utilisateur", "mode et compte", "Identifiant, lien, adresse"):
        assert label in page
    assert "Succeeded" not in page


def test_a_page_that_asks_is_french(french_staff, pay, alice):
    url = reverse("admin:payments_graphql_stripepaymentintent_refund", args=(pay(alice).pk,))
    page = french_staff.get(url).content.decode()
    for label in ("Rembourser un paiement", "Reste à rembourser", "Montant en USD", "Non indiqué"):
        assert label in page
    assert "Leave empty" not in page


def test_a_browser_with_another_language_gets_english(alice):
    client = Client(headers={"Accept-Language": "de"})
    answer = client.post(
        "/graphql/", {"query": "{ paymentMethods { id } }"}, content_type="application/json"
    )
    assert answer.json()["errors"][0]["message"].startswith("Sign in first")


def test_every_message_is_translated_and_the_catalog_is_compiled():
    checked = check()
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('msgstr "Essayez une autre carte."', 'msgstr ""', "no translation of 'Try another card.'"),
        ('msgstr "Remboursé\u00a0: %(amounts)s."', 'msgstr "Remboursé."', "other placeholders"),
        ('msgstr "Essayez une autre carte."', 'msgstr "Autre carte."', "django.mo is outdated"),
        ("#: payments_graphql/declines.py\n", "#: elsewhere.py\n", "outdated"),
    ],
)
def test_a_fault_of_the_catalog_is_found(tmp_path, old, new, problem):
    catalog = tmp_path / "django.po"
    text = CATALOG.read_text()
    assert old in text
    catalog.write_text(text.replace(old, new, 1))
    catalog.with_suffix(".mo").write_bytes(CATALOG.with_suffix(".mo").read_bytes())

    checked = check("--catalog", catalog)

    assert checked.returncode == 1
    assert problem in checked.stderr


def test_django_reads_what_is_compiled():
    with translation.override("fr"):
        assert translation.gettext("Try another card.") == "Essayez une autre carte."
