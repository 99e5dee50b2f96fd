"""docs/install.md, from an empty folder to a payment and its webhook."""

import time
from collections.abc import Callable

from tests.docs.pages import list_blocks
from tests.hosts.installed.project import Client, Project, find_free_port, wait_for

PAGE = "docs/install.md"


def _read_blocks(language: str) -> list[str]:
    """The code that the page tells its reader to write, in its order."""
    return [block.code for block in list_blocks(language) if block.page == PAGE]


def _follow(project: Project, sandbox: str) -> None:
    """Everything that the page says to write, except the parts for SQLite only."""
    is_sqlite = "django.db.backends.postgresql" not in project.read("settings.py")
    for block in _read_blocks("python"):
        if "transaction_mode" in block and not is_sqlite:
            continue
        first, _, text = block.partition("\n")
        name = first.removeprefix("# ")
        if name in ("settings.py", "urls.py", "asgi.py"):
            project.add(name, text.replace("http://127.0.0.1:12111", sandbox))


def _get_shell_block() -> str:
    [block] = [one for one in _read_blocks("python") if "manage.py shell" in one]
    return block


def test_a_site_takes_its_first_payment_as_the_documentation_says(
    start_project: Callable[[], Project],
):
    sandbox_port, site_port = find_free_port(), find_free_port()
    site = f"http://127.0.0.1:{site_port}"
    project = start_project()
    _follow(project, f"http://127.0.0.1:{sandbox_port}")
    project.manage("migrate")
    assert "no issues" in project.manage("check")
    webhooks = f"{site}/api/stripe/webhooks/stripe/"
    to_the_site = ["--forward-to", webhooks, "--webhook-secret", "whsec_development"]

    with (
        project.running("payments_sandbox", "--port", str(sandbox_port), *to_the_site),
        project.running("runserver", "--noreload", f"127.0.0.1:{site_port}"),
    ):
        wait_for(f"http://127.0.0.1:{sandbox_port}/")
        wait_for(f"{site}/graphql/")
        project.manage("shell", "-c", _get_shell_block())
        anna = {"username": "anna", "password": "a long pass phrase"}
        token = Client(site).post("/api/auth/login/", anna).json()["token"]
        page = Client(site, {"Authorization": f"Token {token}"})
        bookings, create, confirm = _read_blocks("graphql")

        [edge] = page.ask(bookings)["bookings"]["edges"]
        assert edge["node"]["reference"] == "ROM-1"
        created = page.ask(create, booking=edge["node"]["id"])["createPaymentIntent"]
        assert created["errors"] == [], created
        intent = created["paymentIntent"]["id"]
        confirmed = page.ask(confirm, intent=intent)["confirmPaymentIntent"]

        assert confirmed["paymentIntent"]["status"] == "SUCCEEDED"
        assert page.ask(bookings)["bookings"]["edges"][0]["node"]["amountDue"] == "0.00"
        _wait_for_processed_webhook(project)


def _wait_for_processed_webhook(project: Project) -> None:
    count = (
        "from payments_graphql.models import StripeWebhookEvent as E;"
        "print(E.objects.filter(type='payment_intent.succeeded', state='processed').count())"
    )
    ends_at = time.monotonic() + 60
    while project.manage("shell", "--no-imports", "-c", count).strip() != "1":
        assert time.monotonic() < ends_at, "no webhook came"
        time.sleep(0.5)


def test_without_its_tables_and_its_lines_the_site_starts_again(
    start_project: Callable[[], Project],
):
    project = start_project()
    settings = project.folder / "mysite" / "settings.py"
    urls = project.folder / "mysite" / "urls.py"
    asgi = project.folder / "mysite" / "asgi.py"
    before = {path: path.read_text() for path in (settings, urls, asgi)}
    _follow(project, "http://127.0.0.1:1")
    project.manage("migrate")

    project.manage("migrate", "payments_graphql", "zero")
    for path, text in before.items():
        path.write_text(text)
    project.packages = project.folder  # as after `pip uninstall`

    project.manage("migrate")
    assert "no issues" in project.manage("check")
    assert "payments" not in project.manage("showmigrations")
