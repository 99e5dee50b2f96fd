// Saved cards, and a new one.

import { h } from "./dom.js";
import { t } from "./strings.js";

/** `chosen()` is a saved method, or null for a new one. */
export function chooseMethod(methods, onChange) {
  const usable = methods.filter(({ isExpired }) => !isExpired);
  const first = usable.find(({ isDefault }) => isDefault) ?? usable[0];
  let chosen = first ?? null;
  const choose = (method) => {
    chosen = method;
    onChange();
  };
  const option = (method, isChecked, ...content) =>
    h(
      "label",
      { className: "choice" },
      h("input", {
        type: "radio",
        name: "method",
        checked: isChecked,
        className: method?.isExpired ? "unusable" : "",
        disabled: method?.isExpired,
        onchange: () => choose(method),
      }),
      ...content,
    );
  const saved = methods.map((method) =>
    option(
      method,
      method === first,
      h("span", { className: "grow" }, method.label),
      h("span", { className: "muted" }, method.isExpired ? t("expired") : describeExpiry(method)),
    ),
  );
  const node = h(
    "fieldset",
    { className: "choices", hidden: methods.length === 0 },
    h("legend", {}, t("payWith")),
    saved,
    option(null, !first, h("span", { className: "grow" }, t("newCard"))),
  );
  return { node, chosen: () => chosen };
}

/** "Expires 12/34", or nothing if it doesn't expire. */
export function describeExpiry({ expMonth, expYear }) {
  if (!expMonth) return "";
  const month = `${String(expMonth).padStart(2, "0")}/${String(expYear).slice(2)}`;
  return t("expires", { month });
}
