// The addresses of the console's pages: `#/servers/SERVER/PAGE/PART?parameters`.

// The address of a page. `parts` follow the page's name; parameters that are null or empty are left out.
export function address(server, page, parts = [], query = {}) {
  const path = ["servers", server, page, ...parts].map(encodeURIComponent).join("/");
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return `#/${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

// The address of the same page with changed parameters; null in `changes` removes a parameter.
export function withQuery(route, changes) {
  return address(route.server, route.page, route.parts, { ...Object.fromEntries(route.query), ...changes });
}

// The route of an address: the server, the page's name, the parts after it, and the parameters. Null for other addresses.
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
