// The addresses of the console's pages: `#/servers/SERVER/PAGE/PART?parameters`.

// The address of a page. `parts` follow the page's name; parameters that are null or empty are left out.
export function address(server, page, parts = [], query = {}) {
  const path = ["servers", server, page, ...parts].map(encodeURIComponent).join("/");
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return `#/${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

// The same page with other parameters. `changes` has those that change; null removes one.
export function withQuery(route, changes) {
  return address(route.server, route.page, route.parts, { ...Object.fromEntries(route.query), ...changes });
}

// What an address leads to: the server, the page's name, the parts after it, the parameters. Null if it is none of ours.
export function routeOf(hash) {
  const [path, query = ""] = hash.replace(/^#\//, "").split(/\?(.*)/s);
  const [root, server, page, ...parts] = path.split("/").filter(Boolean).map(decoded);
  if (root !== "servers" || !server) return null;
  return { server, page: page ?? "", parts, query: new URLSearchParams(query) };
}

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
