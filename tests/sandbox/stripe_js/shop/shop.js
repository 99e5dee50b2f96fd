// What a shop writes to take a payment, and nothing that knows of the sandbox. The fragment names
// the client secret, so that one page serves every test.

const stripe = Stripe("pk_test_shop");
const clientSecret = window.location.hash.slice(1);
const confirm = clientSecret.startsWith("seti_") ? "confirmSetup" : "confirmPayment";
const heard = [];
window.addEventListener("message", ({ data }) => heard.push(data));

if (clientSecret) {
  const elements = stripe.elements({ clientSecret });
  const element = elements.create("payment");
  const events = [];
  for (const name of ["ready", "change"]) element.on(name, (event) => events.push([name, event]));
  element.mount("#element");
  Object.assign(window, { element, elements, events });

  document.getElementById("payment").addEventListener("submit", async (event) => {
    event.preventDefault();
    document.getElementById("message").textContent = "";
    const { error } = await stripe[confirm]({
      elements,
      confirmParams: { return_url: `${window.location.origin}/done?order=5#thanks` },
    });
    window.lastError = error;
    document.getElementById("message").textContent = error.message;
  });
}
