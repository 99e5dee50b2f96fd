// What surrounds every part: the header and the footer.

import { API } from "./graphql.js";
import { h, icon } from "./dom.js";
import { signOut } from "./session.js";
import { findSandbox } from "./stripe.js";
import { LANGUAGES, language, setLanguage, t } from "./strings.js";

export function buildHeader(me, restart) {
  const link = (href, text) => h("a", { href }, text);
  return [
    h("a", { className: "brand", href: "#/" }, h("span", { className: "logo", "aria-hidden": "true" }), "Trips"),
    h("span", { className: "badge warn" }, t("testMode")),
    me
      ? h("nav", { "aria-label": t("main") }, link("#/", t("bookings")), link("#/payments", t("payments")), link("#/cards", t("cards")))
      : "",
    h("span", { className: "grow" }),
    me ? account(me, restart) : "",
  ];
}

function account({ username, name }, restart) {
  const leave = async () => {
    await signOut();
    location.hash = "#/";
    await restart();
  };
  return h(
    "div",
    { className: "account" },
    h("span", { className: "avatar", "aria-hidden": "true" }, username[0].toUpperCase()),
    h("span", { className: "name" }, name ?? username),
    h("button", { type: "button", className: "link", onclick: leave }, t("signOut")),
  );
}

function languageChoice(restart) {
  const choose = ({ target }) => {
    setLanguage(target.value);
    restart();
  };
  const options = Object.entries(LANGUAGES).map(([value, name]) =>
    h("option", { value, selected: value === language() }, name),
  );
  return h("select", { className: "language", "aria-label": t("language"), onchange: choose }, options);
}

export function buildFooter(restart) {
  const sandbox = findSandbox();
  const link = (href, text) => (href ? h("a", { href }, text, icon("external")) : null);
  return [
    h("span", { className: "muted" }, t("developers")),
    ...[link(`${API}/graphql/`, "GraphiQL"), link(`${API}/admin/`, t("admin")), link(sandbox, t("sandbox"))].filter(Boolean),
    h("span", { className: "grow" }),
    languageChoice(restart),
  ];
}
