QUERY = """{ paymentsConfig {
  publishableKey stripeJsUrl livemode currencies { code exponent minimum }
} }"""


def test_anybody_may_read_it(as_nobody):
    config = as_nobody.ask(QUERY)["paymentsConfig"]

    assert config["publishableKey"] == "pk_test_sandbox"
    assert config["stripeJsUrl"].startswith("http://127.0.0.1:")
    assert config["livemode"] is False
    currencies = {currency["code"]: currency for currency in config["currencies"]}
    assert currencies["USD"] == {"code": "USD", "exponent": 2, "minimum": "0.50"}
    assert currencies["JPY"] == {"code": "JPY", "exponent": 0, "minimum": "50"}
    assert currencies["KWD"] == {"code": "KWD", "exponent": 3, "minimum": None}


def test_it_says_nothing_of_the_secret_keys(as_nobody, settings):
    response = as_nobody.post({"query": QUERY})
    assert settings.STRIPE_SECRET_KEY.encode() not in response.content
    assert settings.STRIPE_WEBHOOK_SECRET.encode() not in response.content
