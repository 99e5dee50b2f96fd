// Asks the server at the address given what GraphQL over HTTP asks of it, and prints the outcomes.
import { serverAudits } from "graphql-http";

const outcomes = [];
for (const { fn } of serverAudits({ url: process.argv[2] })) {
  const { id, name, status, reason } = await fn();
  outcomes.push({ id, name, status, reason });
}
console.log(JSON.stringify(outcomes));
