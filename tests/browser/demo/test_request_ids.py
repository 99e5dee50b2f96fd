"""The page sends one id for everything that a click causes."""

import uuid

from playwright.sync_api import Request

from .conftest import Visit


def test_each_click_has_an_id_of_its_own(visit: Visit) -> None:
    sent: list[tuple[str, str]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/graphql/") and request.method == "POST":
            name = str(request.post_data_json["query"]).partition("(")[0].split()[-1]
            sent.append((name, request.headers["x-request-id"]))

    visit.page.on("request", note)
    visit.open_checkout()
    visit.pay()
    visit.expect_heading("Paid")
    ids = [one for _, one in sent]
    assert all(uuid.UUID(one).version == 4 for one in ids)
    assert 1 < len(set(ids)) <= len(ids)
