// The steps after a confirmation: 3-D Secure, and the return to the shop.

const KINDS = {
  pi: {
    error: "last_payment_error",
    mode: "payment",
    object: "payment_intent",
    path: "/v1/payment_intents",
    result: "paymentIntent",
  },
  seti: {
    error: "last_setup_error",
    mode: "setup",
    object: "setup_intent",
    path: "/v1/setup_intents",
    result: "setupIntent",
  },
};

// The intent of a client secret: pi_123_secret_456 or seti_123_secret_456.
function readSecret(clientSecret, method, prefix) {
  const match = /^((pi|seti)_\w+?)_secret_\w+$/.exec(clientSecret ?? "");
  if (!match || (prefix && match[2] !== prefix)) {
    throw new IntegrationError(
      `Invalid value for stripe.${method}(): clientSecret should be a client secret of the form ` +
        `\${id}_secret_\${secret}. You specified: ${clientSecret}.`,
    );
  }
  const kind = KINDS[match[2]];
  return { clientSecret, kind, path: `${kind.path}/${match[1]}` };
}

// The result for an intent, as in Stripe.js. A failed intent is an error that contains it.
function resultOf(kind, intent) {
  const error = intent[kind.error];
  if (intent.status === "requires_payment_method" && error) {
    return { error: { ...error, [kind.object]: intent } };
  }
  return { [kind.result]: intent };
}

// The page is leaving, so this promise never resolves.
function leave(address) {
  window.location.assign(address);
  return new Promise(() => {});
}

// The bank has not answered, or the voucher is not paid yet.
const PENDING = ["processing", "requires_action"];

// https://docs.stripe.com/payments/accept-a-payment#handle-redirects
function goBack(returnUrl, kind, intent) {
  const address = new URL(returnUrl, window.location.href);
  const appended = new URLSearchParams({
    [kind.object]: intent.id,
    [`${kind.object}_client_secret`]: intent.client_secret,
    redirect_status: PENDING.includes(intent.status) ? "pending" : "succeeded",
  });
  address.search = address.search ? `${address.search}&${appended}` : `?${appended}`;
  return leave(address.href);
}

// Do the next action of an intent, and resolve to the intent afterwards.
async function handleAction(key, secret, intent) {
  const action = intent.next_action;
  if (action.type === "redirect_to_url") return leave(action.redirect_to_url.url);
  // A voucher or micro-deposits: the customer has days, so the page continues.
  if (action.type !== "use_stripe_sdk") return { answer: intent };
  await showBank(intent);
  return callApi(key, "GET", secret.path, { client_secret: secret.clientSecret });
}

// Shows the bank's page above the shop's page, until the customer has completed or failed it.
function showBank(intent) {
  const { id, object, amount, currency } = intent;
  const veil = document.createElement("div");
  veil.setAttribute("role", "dialog");
  veil.setAttribute("aria-modal", "true");
  veil.setAttribute("aria-label", "3-D Secure");
  Object.assign(veil.style, {
    alignItems: "center",
    background: "rgba(0, 0, 0, 0.5)",
    display: "flex",
    inset: "0",
    justifyContent: "center",
    position: "fixed",
    zIndex: "2147483647",
  });
  document.body.append(veil);
  const focused = document.activeElement;
  return new Promise((resolve) => {
    const greeting = { id, object, amount, currency };
    const frame = new Frame(veil, "bank.html", "3-D Secure", greeting, ({ isDone }) => {
      if (!isDone) return;
      frame.close();
      veil.remove();
      focused?.focus();
      resolve();
    });
    Object.assign(frame.node.style, { height: "20rem", maxWidth: "26rem", width: "92%" });
  });
}
