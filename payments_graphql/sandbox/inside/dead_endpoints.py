"""Says since when a webhook endpoint has failed, and what to do about it."""

from payments_graphql.sandbox.inside.html import Html, button, fill, moment
from payments_graphql.sandbox.json_object import JsonObject
from payments_graphql.sandbox.store import Store


def warn(store: Store, endpoint: JsonObject) -> Html:
    """A warning about this endpoint; nothing if its last delivery succeeded.

    `endpoint` is as stored, with its private fields.
    """
    since = endpoint.get("_failing_since")
    if since is None and endpoint["status"] == "enabled":
        return Html("")
    answer = _last_answer(store, endpoint["id"])
    pending = store.one(
        "SELECT count(*) AS count FROM deliveries WHERE endpoint = ? AND status = 'pending'",
        endpoint["id"],
    )["count"]
    return fill(
        '<section class="note bad"><h3 class="address">{}</h3><p>{}{}</p><p>{}</p>{}</section>',
        endpoint["url"],
        _since(since),
        fill(" Last answer: {}.", answer) if answer else Html(""),
        _advice(answer),
        _remedy(endpoint, pending),
    )


def _since(since: float | None) -> Html:
    if since is None:
        return Html("Disabled.")
    return fill("No delivery has succeeded since {} UTC.", moment(since))


def _last_answer(store: Store, endpoint_id: str) -> str:
    row = store.first(
        "SELECT attempts.answer FROM attempts JOIN deliveries ON deliveries.seq = "
        "attempts.delivery WHERE endpoint = ? ORDER BY attempts.seq DESC LIMIT 1",
        endpoint_id,
    )
    return str(row["answer"]) if row else ""


def _advice(answer: str) -> Html:
    match answer:
        case "400":
            return Html(
                "The site refused the delivery. Compare its STRIPE_WEBHOOK_SECRET with the secret "
                'under <a href="/_sandbox/keys">Keys</a>.'
            )
        case "401" | "403":
            return Html("Make the webhook view public and exempt from CSRF checks.")
        case "404" | "405":
            return Html("Check the path: the site has no webhook view there.")
        case _ if answer.startswith("3"):
            return Html("Use the address that the redirect leads to. Webhooks are not redirected.")
        case _ if answer.startswith("5"):
            return Html("The site failed. Read its log.")
        case _ if answer.isdecimal():
            return Html("The site must answer with a status from 200 to 299.")
    return Html("Nobody answers there. Start the site, or check the address.")


def _remedy(endpoint: JsonObject, pending: int) -> Html:
    if endpoint["status"] == "disabled":
        button_ = button(
            f"/_sandbox/objects/{endpoint['id']}/actions", "Enable", "action", "enable"
        )
        return fill("<p>It is disabled and receives no new events.</p>{}", button_)
    if not pending:
        return Html("")
    what = "1 delivery waits" if pending == 1 else f"{pending} deliveries wait"
    return fill(
        "<p>{}. The sandbox tries again by itself, for three days after each event.</p>{}",
        what,
        button(f"/_sandbox/endpoints/{endpoint['id']}/send", "Send now"),
    )
