"""After a run with every mutation and every fault, each place that people or machines read has only
what belongs there."""

import io
import logging
import logging.config
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import structlog
from django.contrib.admin import site
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils.log import DEFAULT_LOGGING
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from payments_graphql.models import StripeDispute
from settings.logging import build_logging
from tests import faulty_stripe
from tests.reports import run, values
from tests.schema.selecting import SDL

pytestmark = pytest.mark.any_database

E_MAILS = (values.PERSON["email"], values.RECEIPT_EMAIL)
_PAGES_PER_MODEL = 25


@dataclass
class World:
    """What the run left behind."""

    log: io.StringIO
    plain: io.StringIO
    spans: InMemorySpanExporter
    client: Client
    finance: Client
    """Staff who may do everything of ours, but not see personal data."""


def read_spans(world: World) -> str:
    return "\n".join(span.to_json() for span in world.spans.get_finished_spans())


def read_admin(world: World) -> str:
    """Every list, and pages of every model, for staff who may view everything of ours."""
    texts = []
    for model in site._registry:
        if model._meta.app_label != "payments_graphql":
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        texts.append(world.client.get(reverse(f"{name}_changelist")).text)
        has_pages = not model._meta.proxy  # the dashboard and the payouts are one page each
        rows = model._default_manager.order_by("pk")[:_PAGES_PER_MODEL] if has_pages else ()
        pages = [reverse(f"{name}_change", args=(row.pk,)) for row in rows]
        texts += [world.client.get(page).text for page in pages]
    texts.append(world.client.get(reverse("admin:app_list", args=("payments_graphql",))).text)
    return "\n".join(texts)


def read_questions(world: World) -> str:
    """The pages that ask before an action, and the evidence of disputes."""
    StripeDispute.objects.update(status="needs_response")  # the run has accepted it
    texts = {}
    for model, admin in site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        questions = [one.name for one in getattr(admin, "questions", ())]
        if model is StripeDispute:
            questions.append("evidence")
        rows = model._default_manager.order_by("pk")[:_PAGES_PER_MODEL] if questions else ()
        for row in rows:
            for question in questions:
                url = reverse(f"admin:{name}_{question}", args=(row.pk,))
                answer = world.finance.get(url)
                if answer.status_code == 200:
                    texts[model, question] = texts.get((model, question), "") + answer.text
    asked = {(model._meta.model_name, question) for model, question in texts}
    assert asked >= {
        ("stripepaymentintent", "refund"), ("stripepaymentintent", "note"),
        ("stripedispute", "answer"), ("stripedispute", "evidence"),
    }  # fmt: skip
    return "\n".join(texts.values())


def read_exports(world: World) -> str:
    """The files for staff who may export, but not see personal data."""
    texts = []
    for model in ("stripepaymentintent", "striperefund"):
        url = reverse(f"admin:payments_graphql_{model}_export", args=("csv",))
        answer: Any = world.finance.get(url)
        assert answer.status_code == 200
        text = answer.getvalue().decode()
        assert len(text.splitlines()) > 1, f"nothing of {model} was exported"
        texts.append(text)
    return "\n".join(texts)


def read_metrics(world: World) -> str:
    """As Prometheus reads them."""
    assert world.client.get("/metrics").status_code == 401
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {values.METRICS_TOKEN}"})
    assert answer.status_code == 200
    return answer.text


def read_path(path: str) -> Callable[[World], str]:
    """A page that a site may have. One that does not exist is empty."""

    def read(world: World) -> str:
        response = world.client.get(path)
        return "" if response.status_code == 404 else response.text

    return read


SOURCES: Mapping[str, tuple[Callable[[World], str], tuple[str, ...]]] = {
    "log as JSON": (lambda world: world.log.getvalue(), values.PERSONAL),
    "log of a plain site": (lambda world: world.plain.getvalue(), values.PERSONAL),
    "spans": (read_spans, values.PERSONAL),
    "admin": (read_admin, E_MAILS),
    "health": (read_path("/health/ready"), values.PERSONAL),
    "metrics": (read_metrics, values.PERSONAL),
    "exports": (read_exports, E_MAILS),
    "questions": (read_questions, E_MAILS),
}
"""How to read each place, and which values must not be in it besides the secrets."""


@pytest.fixture
def log(settings: Any) -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """Production's own lines, and those of our loggers in a site with a plain file."""
    before = structlog.get_config()
    logging.config.dictConfig(build_logging(as_json=True))
    ours, plain = io.StringIO(), io.StringIO()
    (handler,) = logging.getLogger().handlers[-1:]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(ours)
    plain_handler = logging.StreamHandler(plain)
    logging.getLogger("payments_graphql").addHandler(plain_handler)
    yield ours, plain
    logging.getLogger("payments_graphql").removeHandler(plain_handler)
    structlog.contextvars.clear_contextvars()
    logging.config.dictConfig(DEFAULT_LOGGING)
    logging.config.dictConfig(settings.LOGGING)
    structlog.configure(**before)


@pytest.fixture
def world(
    log: tuple[io.StringIO, io.StringIO], monkeypatch: pytest.MonkeyPatch, client: Client, db: None
) -> World:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    viewer = User.objects.create_user("vera", password="travel", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    fay = User.objects.create_user("fay", password="travel", is_staff=True)
    ours = Permission.objects.filter(content_type__app_label="payments_graphql")
    fay.user_permissions.set(ours.exclude(codename="see_personal_data"))
    finance = Client()
    finance.force_login(fay)
    return World(*log, spans=exporter, client=client, finance=finance)


def test_the_run_sends_every_mutation() -> None:
    assert SDL.mutation_type is not None
    assert set(SDL.mutation_type.fields) == set(run.MUTATIONS)


def test_a_value_is_found_as_it_is_and_in_a_url() -> None:
    assert values.find_values("guest=Theobald", values.PERSONAL) == {"Theobald"}
    assert values.find_values("q=bertha.mueller%40private.example", E_MAILS) == {E_MAILS[0]}
    assert values.find_values("pi_1_secret_[redacted]", values.SECRETS) == set()


@pytest.mark.django_db(transaction=True)
def test_nothing_confidential_is_where_it_does_not_belong(
    world: World, sandbox: Any, settings: Any, sam: User, deliver: Any, events: Any
) -> None:
    settings.PAYMENTS_OPERATION_TIMEOUT = 0.2
    settings.PAYMENTS_METRICS_TOKEN = values.METRICS_TOKEN
    visitor = User.objects.create_user(**values.PERSON, password=values.PASSWORD)
    with faulty_stripe.faulty_stripe(sandbox.url) as stripe:
        settings.STRIPE_API_BASE = stripe.url
        day = run.Run(stripe, visitor, sam, deliver, events)
        day.everything()
    settings.STRIPE_API_BASE = sandbox.url
    secrets = (*values.SECRETS, *day.secrets)
    found = {}
    for name, (read, others) in SOURCES.items():
        text = read(world)
        assert len(text) > 1_000 or name in ("health", "metrics"), f"{name} has nothing to search"
        leaked = values.find_values(text, secrets + others)
        if leaked:
            found[name] = {value: _quote(text, value) for value in leaked}
    assert not found


def _quote(text: str, value: str) -> str:
    place = text.find(value)
    return text[max(place - 150, 0) : place + 100]
