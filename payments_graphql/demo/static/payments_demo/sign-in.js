// In one click as a seeded user, or with a password.

import { alertBox, h } from "./dom.js";
import { findTools, signInAs, signInByPassword } from "./session.js";
import { t } from "./strings.js";

export async function showSignIn(page, onDone) {
  const { users } = await findTools();
  const message = h("div");
  const attempt = async (button, signIn) => {
    button.disabled = true;
    message.replaceChildren();
    try {
      await signIn();
      await onDone();
    } catch (error) {
      message.replaceChildren(alertBox(error.message));
      button.disabled = false;
    }
  };
  const people = users.map((name) => personButton(name, attempt));
  page.show(
    h(
      "section",
      { className: "card sign-in" },
      h("h1", {}, t("welcome")),
      h("p", { className: "muted" }, t("welcomeText")),
      people.length ? h("div", { className: "people" }, people) : null,
      people.length ? h("p", { className: "divider" }, t("orByPassword")) : null,
      passwordForm(attempt),
      message,
    ),
  );
}

function personButton(name, attempt) {
  const title = name[0].toUpperCase() + name.slice(1);
  return h(
    "button",
    {
      type: "button",
      className: "person",
      onclick: ({ currentTarget }) => attempt(currentTarget, () => signInAs(name)),
    },
    h("span", { className: "avatar", "aria-hidden": "true" }, title[0]),
    h("span", { className: "grow" }, t("signInAs", { name: title })),
    h("span", { className: "muted" }, t(name === "sam" ? "staff" : "customer")),
  );
}

function passwordForm(attempt) {
  const username = h("input", { id: "username", autocomplete: "username", required: true });
  const password = h("input", { id: "password", type: "password", autocomplete: "current-password", required: true });
  const button = h("button", { type: "submit" }, t("signIn"));
  const submit = (event) => {
    event.preventDefault();
    attempt(button, () => signInByPassword(username.value, password.value));
  };
  return h(
    "form",
    { className: "stack", onsubmit: submit },
    h("div", { className: "field" }, h("label", { htmlFor: "username" }, t("username")), username),
    h("div", { className: "field" }, h("label", { htmlFor: "password" }, t("password")), password),
    button,
  );
}
