// Calls to the API, for the page and for the frames.

// The address of this script is the sandbox's address, so a page names it only once.
const SANDBOX = new URL(document.currentScript.src).origin;

// Stripe's form encoding of nested parameters: a[b]=1 and a[0]=x.
function encodeForm(params) {
  const form = new URLSearchParams();
  const add = (name, value) => {
    if (value === undefined || value === null) return;
    if (typeof value !== "object") return form.append(name, String(value));
    for (const [key, inner] of Object.entries(value)) add(`${name}[${key}]`, inner);
  };
  for (const [name, value] of Object.entries(params)) add(name, value);
  return form;
}

// One request with the publishable key. Resolves to {answer} or, like Stripe.js, to {error}:
// https://docs.stripe.com/js/appendix/error_object
async function callApi(key, method, path, params) {
  const form = encodeForm(params);
  const address = method === "GET" ? `${SANDBOX}${path}?${form}` : `${SANDBOX}${path}`;
  try {
    const response = await fetch(address, {
      method,
      body: method === "GET" ? undefined : form,
      headers: { Authorization: `Bearer ${key}` },
      credentials: "omit",
    });
    const content = await response.json();
    return response.ok ? { answer: content } : { error: content.error };
  } catch {
    const message = `We could not reach Stripe at ${SANDBOX}: check your connection and try again.`;
    return { error: { type: "api_connection_error", message } };
  }
}
