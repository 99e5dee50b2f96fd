// Fills ids from earlier answers into the examples' variables. They are kept until the browser tab
// is closed, so that Sam can continue with Alice's.
const KEY = "graphiql-ids";

const read = () => JSON.parse(sessionStorage.getItem(KEY) ?? "{}");

export const fromAnswer = (operationName) => `<id from ${operationName}>`;

export function remember(operationName, answer) {
  const id = findId(answer?.data);
  if (operationName && id) {
    sessionStorage.setItem(KEY, JSON.stringify({ ...read(), [operationName]: id }));
  }
}

export function fillIn(text) {
  const ids = read();
  return text.replace(/<id from (\w+)>/g, (placeholder, name) => ids[name] ?? placeholder);
}

export const forget = () => sessionStorage.removeItem(KEY);

// The first one, such as the newest of a list.
function findId(value) {
  if (value === null || typeof value !== "object") return null;
  if (typeof value.id === "string") return value.id;
  for (const part of Object.values(value)) {
    const id = findId(part);
    if (id) return id;
  }
  return null;
}
