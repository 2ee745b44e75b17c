// One element: its properties, classifications, external identifiers, provenance and relationships.

import { READING_ELEMENTS, requirePermission } from "../shared/allowed.js";
import { get, native } from "../shared/api.js";
import { link, make } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { problem } from "../shared/notice.js";
import { canHaveLineage, inWords, lineageAddress, nameOf } from "./names.js";
import { provenance } from "./provenance.js";
import { externalIdentifiers, related } from "./related.js";
import { properties } from "./values.js";

const DAEMON = "Integration Daemon";

export async function mount({ main, route, signal, title }) {
  const [guid] = route.parts;
  let shown = route;
  title("Element");
  const { ofConnectors } = await requirePermission(route.server, "READ_METADATA", signal, READING_ELEMENTS);
  if (signal.aborted) return null;
  const seesConnectors = ofConnectors.has("READ_STATUS");
  const again = follow({
    signal,
    load: (loading) => loadElement(shown, guid, seesConnectors, loading),
    show(loaded) {
      title(nameOf(loaded.element.properties));
      const focused = main.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      main.replaceChildren(...sections(shown, loaded));
      if (focused) main.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
    },
    failed: (error) => main.replaceChildren(problem(error)),
  });
  return {
    update(next) {
      shown = next;
      again();
    },
  };
}

// `seesConnectors` is false for a caller who may read metadata, but not the status of connectors.
async function loadElement({ server, query }, guid, seesConnectors, signal) {
  const at = `elements/${encodeURIComponent(guid)}`;
  const type = query.get("related");
  const [{ element }, relations, identifiers] = await Promise.all([
    get(native(server, at, { relationships: false }), signal),
    get(native(server, `${at}/related`, { type, startFrom: query.get("from"), limit: 50 }), signal),
    get(native(server, `${at}/related`, { type: "ExternalIdLink", limit: 50 }), signal),
  ]);
  const source = element.metadataSource ?? "";
  const connectors = seesConnectors ? await connectorsOf(server, source, signal) : null;
  return { element, relations, identifiers, connectors };
}

// The first connectors with a metadata source; null for a server without connectors.
async function connectorsOf(server, source, signal) {
  const { servers } = await get("/api/v1/servers", signal);
  if (servers.find((each) => each.name === server)?.type !== DAEMON) return null;
  return get(`${native(server, "connectors", { limit: 5 })}&source=${encodeURIComponent(source)}`, signal); // empty is valid
}

function sections(route, { element, relations, identifiers, connectors }) {
  const { server } = route;
  return [
    heading(server, element),
    section("Properties", properties(element.properties) ?? make("p", "quiet", "No properties.")),
    classifications(element.classifications ?? {}),
    identifiers.total ? section("External identifiers", externalIdentifiers(server, element, identifiers)) : null,
    section("Provenance", provenance(server, element, connectors)),
    section("Relationships", related(route, relations)),
  ].filter(Boolean);
}

function heading(server, { guid, typeName, status, properties: { qualifiedName, ...others } }) {
  const name = nameOf({ qualifiedName, ...others });
  const kind = make("span", "badge", inWords(typeName));
  kind.title = typeName;
  const line = make("p", "badges", kind);
  if (status === "ARCHIVED") line.append(" ", make("span", "badge archived", "Archived: no longer found at its source"));
  if (canHaveLineage(typeName)) line.append(" ", link("Lineage", lineageAddress(server, guid), { className: "button" }));
  return make("div", "heading", make("h1", "", make("bdi", "", name)), line);
}

function classifications(all) {
  const names = Object.keys(all).sort();
  if (!names.length) return null;
  const list = names.map((name) => make("div", "classification", make("h3", "", name), properties(all[name]) ?? make("p", "quiet", "No properties.")));
  return section("Classifications", ...list);
}

let made = 0;

export function section(text, ...content) {
  const title = make("h2", "", text);
  title.id = `part-${++made}`;
  const part = make("section", "part", title, ...content);
  part.setAttribute("aria-labelledby", title.id);
  return part;
}
