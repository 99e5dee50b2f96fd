// Keeps the cards of what needs attention up to date: they appear and clear by themselves.

const EVERY = 30_000; // milliseconds

for (const section of document.querySelectorAll("[data-problems-url]")) {
  watch(section);
}

function watch(section) {
  let shown = "";

  async function refresh() {
    if (document.hidden) return;
    const html = await fetchCards(section.dataset.problemsUrl);
    if (html === null || html === shown) return;
    shown = html;
    const focused = section.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const cards = new DOMParser().parseFromString(html, "text/html").body;
    section.replaceChildren(...cards.childNodes);
    if (focused) section.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  }

  if (section.querySelector("[data-is-stale]")) refresh();
  setInterval(refresh, EVERY);
  document.addEventListener("visibilitychange", refresh);
}

/** Returns null if the site cannot be reached, or if the person has signed out. */
async function fetchCards(url) {
  try {
    const response = await fetch(url, { credentials: "same-origin" });
    return response.ok && !response.redirected ? await response.text() : null;
  } catch {
    return null;
  }
}
