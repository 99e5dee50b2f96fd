// What payments_graphql/static/payments_graphql/graphiql.js uses from the packages.
import "graphiql/style.css";
export { useGraphiQL } from "@graphiql/react";
export { createGraphiQLFetcher } from "@graphiql/toolkit";
export { GraphiQL } from "graphiql";
export { getOperationAST } from "graphql";
export { NetworkError, createClient } from "graphql-sse";
export { createElement, useEffect } from "react";
export { createRoot } from "react-dom/client";
