// Builds elements, without a framework.

/**
 * Build an element: `h("button", { type: "submit", onclick: pay }, "Pay")`.
 * Text is always text and never markup, so nothing from the API can become a script.
 */
export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const PATHS = {
  alert: "M12 8v5m0 3.5v.01M12 3 2.5 20h19z",
  back: "m14.5 5-7 7 7 7",
  card: "M3 6h18v12H3zM3 10h18",
  check: "m5 12.5 4.5 4.5L19 7.5",
  clock: "M12 7v5.5l3.5 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  close: "m6 6 12 12M18 6 6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  down: "m6 9.5 6 6 6-6",
  external: "M14 4h6v6m0-6-9 9M18 14v6H4V6h6",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  shield: "M12 3 5 6v5.5c0 4.3 3 7.7 7 9.5 4-1.8 7-5.2 7-9.5V6z",
};

/** An icon beside a text that says the same, so screen readers skip it. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Gray bars in the shape of what is loading, so that nothing moves when it arrives. */
export function skeleton(rows = 3) {
  const bars = Array.from({ length: rows }, () => h("div", { className: "skeleton" }));
  return h("div", { className: "skeletons", "aria-hidden": "true" }, bars);
}

/** Something went wrong, and what to do about it. Screen readers read it at once. */
export function alertBox(message, advice = "", ...actions) {
  const text = h("div", {}, h("p", { className: "strong" }, message));
  if (advice && advice !== message) text.append(h("p", {}, advice));
  if (actions.length) text.append(h("div", { className: "row" }, actions));
  return h("div", { className: "alert", role: "alert" }, icon("alert"), text);
}

/** Nothing to show yet. */
export function emptyState(title, text, ...actions) {
  return h("div", { className: "empty" }, h("h2", {}, title), h("p", {}, text), ...actions);
}
