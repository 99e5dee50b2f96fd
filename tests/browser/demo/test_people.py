"""Signing in and out, and the page on another origin."""

from playwright.sync_api import Browser, expect

from .conftest import Shop, Visit


def test_one_click_signs_in_and_out(stranger: Visit) -> None:
    stranger.open()
    stranger.page.get_by_role("button", name="Sign in as Alice").click()
    stranger.expect_heading("Bookings")
    expect(stranger.find_row("Lisbon, 3 nights")).to_contain_text("$99.99")
    expect(stranger.find_row("Osaka, ryokan")).to_contain_text("¥48,000")
    expect(stranger.find_row("Kuwait City, 2 nights")).to_contain_text("KWD 45.500")
    stranger.page.get_by_role("button", name="Sign out").click()
    stranger.page.get_by_role("button", name="Sign in as Sam").click()
    stranger.expect_heading("No bookings")


def test_a_session_pays(stranger: Visit) -> None:
    stranger.open()
    stranger.page.get_by_role("button", name="Sign in as Alice").click()
    stranger.page.get_by_role("link", name="Pay: Kuwait City").click()
    expect(stranger.pay_button).to_be_enabled()
    stranger.pay()
    stranger.expect_heading("Paid")


def test_a_wrong_password_is_told_and_a_right_one_signs_in(stranger: Visit) -> None:
    stranger.open()
    for password, heading in (("wrong", None), ("travel", "Bookings")):
        stranger.page.get_by_label("Username").fill("bob")
        stranger.page.get_by_label("Password").fill(password)
        stranger.page.get_by_role("button", name="Sign in", exact=True).click()
        if heading:
            stranger.expect_heading(heading)
        else:
            expect(stranger.alert).to_contain_text("password is incorrect")
    stranger.mistakes = [text for text in stranger.mistakes if "status of 401" not in text]
    expect(stranger.find_row("Oslo")).to_contain_text("NOK")
    stranger.page.reload()
    stranger.expect_heading("Bookings")


def test_the_page_works_from_another_origin_with_a_token(
    browser: Browser, shop: Shop, stranger: Visit
) -> None:
    stranger.page.goto(f"{shop.static_url}/?api={shop.url}")
    guest = next(shop.guests)
    stranger.page.get_by_label("Username").fill(guest.username)
    stranger.page.get_by_label("Password").fill("travel")
    stranger.page.get_by_role("button", name="Sign in", exact=True).click()
    stranger.page.get_by_role("link", name="Pay: Lisbon").click()
    expect(stranger.pay_button).to_be_enabled()
    stranger.pay()
    stranger.expect_heading("Paid")
    assert stranger.page.url.startswith(f"{shop.static_url}/?api=")
    assert stranger.context.cookies() == []


def test_a_foreign_api_is_not_asked(stranger: Visit, shop: Shop) -> None:
    stranger.page.goto(f"{shop.url}/?api=https://evil.example")
    expect(stranger.page.get_by_role("button", name="Sign in as Alice")).to_be_visible()


def test_the_language_changes_everything_at_once(visit: Visit) -> None:
    visit.open()
    visit.expect_heading("Bookings")
    visit.page.get_by_label("Language").select_option("fr")
    visit.expect_heading("Réservations")
    expect(visit.find_row("Lisbon")).to_contain_text("99,99")
    visit.page.reload()
    visit.expect_heading("Réservations")
    assert visit.page.evaluate("document.documentElement.lang") == "fr"


def test_somebody_elses_booking_is_not_found(visit: Visit, shop: Shop) -> None:
    other = next(shop.guests)
    visit.open(f"#/bookings/{other.booking_id}")
    visit.expect_heading("Not found")
