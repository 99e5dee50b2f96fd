"""Every page of the admin of ours, found in its registry: a new list, filter, column or page is
measured without being named here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

_MOST_CHOICES = 6
"""Of one filter."""
_LINK = re.compile(r'href="(/[^"]*)"')


@dataclass(frozen=True)
class Page:
    """A download takes as long as there is to write."""

    name: str
    url: str
    is_download: bool = False


def iterate_pages(user: Any, client: Any) -> Iterator[Page]:
    """Start pages first, then all pages of each model."""
    from django.contrib.admin import site
    from django.urls import reverse

    start = reverse("admin:app_list", args=("payments_graphql",))
    yield Page("index of the admin", reverse("admin:index"))
    yield Page("start page", start)
    seen = {start}
    for model, admin in sorted(site._registry.items(), key=lambda one: one[0].__name__):
        if not _is_ours(model):
            continue
        found = [*_iterate_list(model, admin, user), *_iterate_rows(model, admin)]
        for page in found:
            seen.add(page.url)
            yield page
    yield from _iterate_links(client, seen, start)


def _is_ours(model: Any) -> bool:
    from payments_graphql.models import get_booking_model

    return model._meta.app_label == "payments_graphql" or model is get_booking_model()


def _iterate_links(client: Any, seen: set[str], start: str) -> Iterator[Page]:
    """Where the start page and the dashboard lead to."""
    from django.urls import reverse

    dashboard = reverse("admin:payments_graphql_dashboard_changelist")
    for url in (start, dashboard, f"{dashboard}?days=1", f"{dashboard}?days=90"):
        page = client.get(url).text
        for link in _LINK.findall(page):
            target = unescape(link)
            if urlsplit(target).path.startswith(start) and target not in seen:
                seen.add(target)
                yield Page(f"link of {url.removeprefix(start) or 'the start page'}", target)


def _iterate_list(model: Any, admin: Any, user: Any) -> Iterator[Page]:
    from django.urls import reverse

    name = model._meta.model_name
    url = reverse(f"admin:{model._meta.app_label}_{name}_changelist")
    yield Page(f"{name}: list", url)
    if name == "payouts":  # of Stripe, not of our rows
        return
    if len(admin.get_urls()) == 1:  # a page instead of a list
        for days in (1, 7, 90):
            yield Page(f"{name}: {days} days", f"{url}?days={days}")
        yield Page(f"{name}: a year", f"{url}?first=2026-01-01&last=2026-11-29")
        return
    changelist = _get_changelist(admin, user, url)
    for spec in changelist.filter_specs:
        for choice in list(spec.choices(changelist))[1 : 1 + _MOST_CHOICES]:
            title = f"{name}: {spec.title} = {choice.get('display', '')}"
            yield Page(title, url + choice.get("query_string", ""))
    for number, column in enumerate(changelist.list_display):
        if changelist.get_ordering_field(column) is not None and number:
            for sign in ("", "-"):
                yield Page(f"{name}: order {sign}{column}", f"{url}?o={sign}{number}")
    pages = changelist.paginator.num_pages
    for page in sorted({2, pages // 2, pages} & set(range(2, pages + 1))):
        yield Page(f"{name}: page {page}", f"{url}?p={page}")
    if changelist.search_fields:
        for term in _list_terms():
            yield Page(f"{name}: search {term!r}", f"{url}?q={term.replace(' ', '+')}")


def _get_changelist(admin: Any, user: Any, url: str) -> Any:
    from django.contrib.messages.storage.base import BaseStorage
    from django.test import RequestFactory

    request = RequestFactory().get(url, headers={"host": "127.0.0.1"})
    request.user = user
    request._messages = BaseStorage(request)  # type: ignore[attr-defined]  # as the middleware does
    return admin.get_changelist_instance(request)


def _list_terms() -> list[str]:
    """What people hold in their hands."""
    from payments_graphql.models import Operation, StripeDispute, StripePaymentIntent, StripeRefund

    intents = StripePaymentIntent.objects.filter(booking__isnull=False, status="succeeded")
    intent = intents.select_related("customer__user", "booking", "payment_method")[1234]
    user = intent.customer.user
    return [
        intent.stripe_payment_intent_id, intent.latest_charge_id, str(intent.pk),
        StripeRefund.objects.all()[50].stripe_refund_id,
        StripeDispute.objects.all()[5].stripe_dispute_id,
        intent.payment_method.stripe_payment_method_id, "seti_" + "1".zfill(24),
        intent.customer.stripe_customer_id, "evt_0" + "777".zfill(23),
        Operation.objects.all()[50].stripe_request_id,
        user.email, user.email[:11], user.last_name, "Anna", "Anna Traveler7",
        intent.booking.reference, intent.booking.reference.lower(), intent.booking.reference[-6:],
        intent.payment_method.last4, "310", "310.00", "Lisbon", "nobody-has-this", "a",
        "payment_intent.succeeded", "customer1@example.com",
    ]  # fmt: skip


def _iterate_rows(model: Any, admin: Any) -> Iterator[Page]:
    """The newest, the oldest, and one with much: of the first customer."""
    name = model._meta.model_name
    patterns = [pattern for pattern in admin.get_urls() if getattr(pattern, "name", None)]
    rows = model._default_manager.order_by("pk")
    chosen = {"one row": rows.first(), "another row": rows.last()}
    if name == "stripecustomer":
        chosen["one with much"] = rows.filter(stripe_customer_id="cus_" + "1".zfill(14)).first()
    for pattern in patterns:
        if pattern.name.endswith(("_changelist", "_delete")):
            continue
        for which, row in chosen.items():
            url = _reverse(pattern.name, row)
            if url is not None:
                action = pattern.name.removeprefix(f"{model._meta.app_label}_{name}_")
                yield Page(f"{name}: {action}, {which}", url, is_download=action == "export")


def _reverse(name: str, row: Any) -> str | None:
    from django.urls import NoReverseMatch, reverse

    for arguments in ((row.pk,) if row is not None else (), ()):
        try:
            return reverse(f"admin:{name}", args=arguments)
        except NoReverseMatch:
            continue
    return None
