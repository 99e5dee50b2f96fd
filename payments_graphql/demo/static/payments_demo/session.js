// Who is signed in, and how to sign in and out.

import { API, ask, authorization, credentials, isOtherOrigin, readCookie } from "./graphql.js";
import { keepFor } from "./attempts.js";

// In this tab until it is closed. A script that got into the page could read it, which the page's
// Content-Security-Policy prevents; a session's cookie is hidden from every script.
const TOKEN = "payments-demo/token";
credentials.token = sessionStorage.getItem(TOKEN);

/** The signed-in user: `{ id, username, name }`, or null. */
export async function findMe() {
  try {
    const { me } = await ask(`query Me { me { id username name } }`);
    keepFor(me?.id);
    return me;
  } catch (error) {
    if (error.code !== "UNAUTHENTICATED") throw error;
    forgetToken(); // it has expired, or the password has changed
    return null;
  }
}

/**
 * Gets a token for a password, from any origin in the site's CORS_ALLOWED_ORIGINS.
 * Throws an `Error` whose message is for people.
 */
export async function signInByPassword(username, password) {
  const response = await fetch(`${API}/api/auth/login/`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    credentials: "omit",
    body: JSON.stringify({ username, password }),
  });
  const { token, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  credentials.token = token;
  sessionStorage.setItem(TOKEN, token);
}

/** One click, in development: Django's session of a seeded user. */
export async function signInAs(username) {
  forgetToken();
  await post("/demo/sign-in/", { username, next: "/demo/" });
}

export async function signOut() {
  if (credentials.token) {
    const headers = { Authorization: `Token ${credentials.token}` };
    await fetch(`${API}/api/auth/logout/`, { method: "POST", headers, credentials: "omit" });
    forgetToken();
  } else await post("/demo/sign-out/", {});
}

const NO_TOOLS = { isDevelopment: false, users: [] };
let tools = null;

/** What a developer may do besides paying. Nothing outside development. See `demo/views.py`. */
export function findTools() {
  tools ??= isOtherOrigin
    ? Promise.resolve(NO_TOOLS)
    : fetch("/demo/").then((response) => (response.ok ? response.json() : NO_TOOLS), () => NO_TOOLS);
  return tools;
}

/** A form of this site, with Django's CSRF token. */
export async function post(path, fields) {
  const response = await fetch(path, {
    method: "POST",
    headers: { ...authorization(), "X-CSRFToken": readCookie("csrftoken"), Accept: "text/html" },
    body: new URLSearchParams(fields),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
  return response;
}

function forgetToken() {
  credentials.token = null;
  sessionStorage.removeItem(TOKEN);
}
