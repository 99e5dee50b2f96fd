// The bank's 3-D Secure page, shown above a shop's page.

let port = null;
let intent = null;
const buttons = [...document.querySelectorAll("button")];

window.addEventListener("message", ({ source, data, ports }) => {
  if (port || source !== window.parent || !ports.length) return;
  [port] = ports;
  intent = data;
  document.getElementById("what").textContent = describe(data);
  buttons[0].focus();
});

function describe({ object, amount, currency }) {
  if (object !== "payment_intent") return "Saving a card for later payments.";
  const style = new Intl.NumberFormat("en", { style: "currency", currency });
  const digits = style.resolvedOptions().maximumFractionDigits;
  return `A payment of ${style.format(amount / 10 ** digits)}.`;
}

async function decide(outcome) {
  for (const button of buttons) button.disabled = true;
  try {
    // The intent may have been canceled or completed elsewhere in the meantime. So the shop's page
    // ignores this answer and reads the intent again.
    await fetch(`/_sandbox/authenticate/${intent.id}`, {
      method: "POST",
      body: JSON.stringify({ outcome }),
      headers: { "Content-Type": "application/json" },
    });
    port.postMessage({ isDone: true });
  } catch {
    document.getElementById("bank-error").textContent = "The sandbox does not answer.";
    for (const button of buttons) button.disabled = false;
  }
}

for (const button of buttons) button.addEventListener("click", () => decide(button.value));
window.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && !buttons[0].disabled) decide("fail");
});
