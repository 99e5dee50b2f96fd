// Stripe.js: loaded once, from where the API says. In development that is the sandbox's.

import { ask } from "./graphql.js";
import { learnCurrencies } from "./money.js";
import { language } from "./strings.js";

const CONFIG = `query Config {
  paymentsConfig { publishableKey stripeJsUrl livemode currencies { code exponent } }
}`;

let config = null;
let stripe = null;

/** What the API tells a page before the user signs in. */
export async function fetchConfig() {
  config ??= (await ask(CONFIG)).paymentsConfig;
  learnCurrencies(config.currencies);
  return config;
}

/** The sandbox's own pages; null with Stripe itself. */
export function findSandbox() {
  const { origin } = new URL(config.stripeJsUrl);
  return origin.endsWith("stripe.com") ? null : `${origin}/`;
}

/** A `Stripe` object. Rejects if the script could not be loaded. Then call it again. */
export async function loadStripe() {
  const { publishableKey, stripeJsUrl } = await fetchConfig();
  if (!window.Stripe) await loadScript(stripeJsUrl);
  stripe ??= window.Stripe(publishableKey, { locale: language() });
  return stripe;
}

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", resolve, { once: true });
    script.addEventListener("error", () => reject(new Error(`${address} did not load.`)));
    document.head.append(script);
  });
}

const darkness = matchMedia("(prefers-color-scheme: dark)");

/**
 * The colors of this page for Stripe's form, which is a frame of Stripe's and reads none of our
 * style sheet. https://docs.stripe.com/elements/appearance-api
 */
export function appearance() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  return {
    theme: darkness.matches ? "night" : "stripe",
    variables: {
      borderRadius: "8px",
      colorBackground: color("--field"),
      colorDanger: color("--danger"),
      colorPrimary: color("--accent"),
      colorText: color("--text"),
      colorTextSecondary: color("--muted"),
      fontFamily: "system-ui, sans-serif",
      fontSizeBase: "16px",
    },
  };
}

/** A Payment Element in `container`, light or dark as the page is, until the page moves on. */
export async function mountElement(container, clientSecret) {
  const stripe = await loadStripe();
  const elements = stripe.elements({ clientSecret, appearance: appearance() });
  const element = elements.create("payment");
  const place = document.createElement("div");
  const recolor = () => elements.update({ appearance: appearance() });
  darkness.addEventListener("change", recolor);
  await new Promise((resolve, reject) => {
    element.on("ready", resolve);
    element.on("loaderror", ({ error }) => reject(error));
    container.append(place); // below the skeleton
    element.mount(place);
  }).catch((error) => {
    place.remove();
    throw error;
  });
  for (const other of [...container.children]) if (other !== place) other.remove();
  const unmount = () => {
    darkness.removeEventListener("change", recolor);
    element.destroy();
  };
  return { elements, unmount };
}
