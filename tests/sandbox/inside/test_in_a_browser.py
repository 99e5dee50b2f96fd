"""The pages in Chromium: contrast, width, keyboard and actions."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe
from playwright.sync_api import Browser, Page, expect

from payments_graphql.sandbox import Sandbox
from tests.sandbox import payments
from tests.sandbox.conftest import connect
from tests.sandbox.waiting import wait_until

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
DEAD = "http://127.0.0.1:9/a-rather-long-address/of-a-webhook-view/that-nobody-serves/"


@pytest.fixture(scope="module")
def furnished() -> Iterator[tuple[Sandbox, dict[str, str]]]:
    """A sandbox in which every page has something to show, and the path of each page."""
    with Sandbox(seed=7) as sandbox:
        client = connect(sandbox)
        sandbox.forward_to(DEAD, "whsec_test")
        paid = payments.pay(client, description="Lisbon, 3 nights")
        held = payments.pay(client, capture_method="manual")
        waiting = payments.pay(client, "pm_card_threeDSecureRequired")
        open_one = payments.create(client)
        sandbox.act(open_one.id, "decline_next")
        sandbox.trigger("refund.failed")
        sandbox.act(paid.id, "refund", amount=500)
        sandbox.act(paid.id, "dispute", reason="duplicate")
        (dispute,) = client.v1.disputes.list({"payment_intent": paid.id}).data
        (refund,) = client.v1.refunds.list({"payment_intent": paid.id}).data
        sandbox.faults.add("latency", path="/v1/refunds", delay=0.1)
        endpoints = sandbox._started().store
        wait_until(lambda: "_failing_since" in endpoints.list_kind("listener")[0])
        request = sandbox.requests("POST")[0].request_id
        paths = {
            name: f"/_sandbox/{name}"
            for name in ("objects", "requests", "webhooks", "cards", "keys", "faults", "clock")
        }
        paths |= {
            "overview": "/",
            "triggers": f"/_sandbox/triggers?payment_intent={paid.id}&from=1&to=99",
            "reset": "/_sandbox/reset",
            "request": f"/_sandbox/requests/{request}",
            "authenticate": f"/_sandbox/authenticate/{waiting.id}",
            "receipt": f"/_sandbox/receipts/{paid.latest_charge}",
            **{
                f"object {kind}": f"/_sandbox/objects/{object_id}"
                for kind, object_id in (
                    ("paid", paid.id),
                    ("held", held.id),
                    ("open", open_one.id),
                    ("dispute", dispute.id),
                    ("refund", refund.id),
                )
            },
        }
        yield sandbox, paths


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_can_be_read(
    furnished: tuple[Sandbox, dict[str, str]], page: Page, scheme: str, width: int
) -> None:
    """Contrast of at least 4.5, nothing wider than the screen, and a name for each control."""
    sandbox, paths = furnished
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for name, path in paths.items():
        page.goto(f"{sandbox.url}{path}")
        contrast = page.evaluate(CONTRAST)
        assert (contrast["failed"], name) == ([], name)
        assert contrast["count"] > 2, name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate("getComputedStyle(document.body).colorScheme") == "light dark"
        unnamed = page.locator("input:visible, select:visible, button:visible").evaluate_all(
            """(controls) => controls.filter((one) => !one.labels?.length
                && !one.getAttribute("aria-label") && !one.textContent.trim()).length"""
        )
        assert (unnamed, name) == (0, name)


def test_dark_is_dark(furnished: tuple[Sandbox, dict[str, str]], page: Page) -> None:
    sandbox, _ = furnished
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.goto(sandbox.url)
        style = "getComputedStyle(document.documentElement).backgroundColor"
        grounds.append(page.evaluate(style))
    assert grounds == ["rgb(246, 247, 249)", "rgb(18, 20, 27)"]


def test_the_icon_is_an_image(sandbox: Sandbox, page: Page) -> None:
    page.goto(sandbox.url)
    icon = page.locator("link[rel=icon]").get_attribute("href")
    size = page.evaluate(
        """async (address) => {
            const image = new Image();
            image.src = address;
            await image.decode();
            return image.naturalWidth;
        }""",
        icon,
    )
    assert size > 0


def test_a_payment_is_refunded_and_disputed_by_keyboard(
    sandbox: Sandbox, client: stripe.StripeClient, page: Page
) -> None:
    intent = payments.pay(client)
    page.goto(f"{sandbox.url}/_sandbox/objects/{intent.id}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Amount (2000 is $20.00)")).to_be_focused()
    page.keyboard.type("500")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="$5.00 USD")).to_have_count(1)
    page.get_by_label("Reason").select_option("duplicate")
    page.get_by_role("button", name="Dispute this payment").press("Enter")
    expect(page.get_by_role("button", name="Dispute this payment")).to_have_count(0)
    (dispute,) = client.v1.disputes.list({"payment_intent": intent.id}).data
    assert dispute.reason == "duplicate"
    (refund,) = client.v1.refunds.list({"payment_intent": intent.id}).data
    assert refund.amount == 500


def test_the_focus_is_visible(sandbox: Sandbox, page: Page) -> None:
    page.goto(sandbox.url)
    for _ in range(4):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


def test_a_key_is_copied(own_sandbox: Sandbox, page: Page) -> None:
    own_sandbox.forward_to(DEAD, "whsec_of_the_site")
    page.goto(f"{own_sandbox.url}/_sandbox/keys")
    page.get_by_role("button", name="Copy: STRIPE_WEBHOOK_SECRET").click()
    expect(page.get_by_role("button", name="Copied")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()") == "whsec_of_the_site"


def test_the_pages_work_without_javascript(own_sandbox: Sandbox, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{own_sandbox.url}/_sandbox/cards")
    expect(page.get_by_label("Visa credit 4242")).to_have_value("4242424242424242")
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.goto(f"{own_sandbox.url}/_sandbox/triggers")
    page.get_by_role("button", name="customer.created").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    context.close()


def test_a_link_leads_back_to_the_site(own_sandbox: Sandbox, page: Page) -> None:
    page.goto(own_sandbox.url)
    expect(page.get_by_role("link", name="Your site")).to_have_count(0)
    own_sandbox.forward_to("http://user:password@127.0.0.1:8000/api/hook/?x=1", "whsec_test")
    page.reload()
    link = page.get_by_role("link", name="Your site: http://127.0.0.1:8000/")
    expect(link).to_have_attribute("href", "http://127.0.0.1:8000/")


def test_the_sandbox_is_reset(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, page: Page
) -> None:
    own_client.v1.customers.create({})
    page.goto(own_sandbox.url)
    page.get_by_role("link", name="Reset the sandbox").click()
    page.get_by_role("link", name="Keep everything").click()
    assert len(own_client.v1.customers.list().data) == 1
    page.get_by_role("link", name="Reset the sandbox").click()
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert own_client.v1.customers.list().data == []


def test_a_form_on_another_sites_page_is_refused(
    own_sandbox: Sandbox, own_client: stripe.StripeClient, browser: Browser
) -> None:
    own_client.v1.customers.create({})
    page = browser.new_page()
    page.set_content(
        f'<form method="post" action="{own_sandbox.url}/_sandbox/reset"><button>Win</button></form>'
    )
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name="Win").click()
    assert navigation.value is not None
    assert navigation.value.status == 403
    assert len(own_client.v1.customers.list().data) == 1
    page.close()
