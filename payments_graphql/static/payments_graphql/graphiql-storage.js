// What GraphiQL keeps in the browser, without headers: a token typed there must not stay. Its own
// option for that, shouldPersistHeaders, leaves them in the history of queries.
const withoutHeaders = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), (name, value) =>
      name === "headers" ? undefined : value,
    );
  } catch {
    return text; // a query, or the name of a theme
  }
};

export const storageWithoutHeaders = {
  getItem: (name) => localStorage.getItem(name),
  setItem(name, text) {
    if (name !== "graphiql:headers") localStorage.setItem(name, withoutHeaders(text));
  },
  removeItem: (name) => localStorage.removeItem(name),
  clear() {
    const names = Object.keys(localStorage);
    names.filter((name) => name.startsWith("graphiql:")).forEach(this.removeItem);
  },
  get length() {
    return localStorage.length;
  },
};
