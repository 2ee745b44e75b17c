// The configuration of a connector without its secrets: its settings with their descriptions, and all other fields.

import { explained, get, native } from "../shared/api.js";
import { make } from "../shared/dom.js";

// Returns the answer, or null if the request fails. `at` is the path of the connector.
export async function mountConfiguration(parent, server, at, signal) {
  const title = make("h2", "", "Configuration");
  title.id = "configuration-title";
  const section = make("section", "configuration", title);
  section.setAttribute("aria-labelledby", title.id);
  parent.append(section);
  try {
    const answer = await get(native(server, `${at}/configuration`), signal);
    fill(section, answer);
    return answer;
  } catch (error) {
    if (!signal.aborted) section.append(make("p", "quiet", explained(error)));
    return null;
  }
}

function fill(section, { configuration, connectorClass }) {
  const { connection, ...others } = configuration;
  const provider = connection.connectorType?.connectorProviderClassName ?? "";
  const facts = make("dl", "facts");
  const about = connectorClass?.description ?? "";
  facts.append(fact("Class", connectorClass?.name ?? provider, about));
  if (connection.endpoint?.address) facts.append(fact("Endpoint", connection.endpoint.address, connectorClass?.endpoint ?? ""));
  if (connection.userId) facts.append(fact("User", connection.userId));
  if (connection.clearPassword) facts.append(fact("Password", connection.clearPassword));
  section.append(facts, settingsOf(connection.configurationProperties ?? {}, connectorClass?.settings ?? []));
  if (connectorClass?.rights) section.append(make("p", "detail", `Required rights: ${connectorClass.rights}`));
  section.append(whole("Other fields", others), whole("Connection", connection));
}

function fact(label, value, detail = "") {
  return make("div", "", make("dt", "", label), make("dd", "", make("bdi", "", value), detail && make("span", "detail", detail)));
}

// Given settings come first, then those with their default values.
function settingsOf(given, described) {
  const known = new Map(described.map((each) => [each.name, each]));
  const names = [...Object.keys(given), ...[...known.keys()].filter((name) => !(name in given))];
  if (!names.length) return make("p", "quiet", "The connector class has no settings.");
  const rows = names.map((name) => {
    const isGiven = name in given;
    const value = isGiven ? given[name] : known.get(name).default;
    const shown = make("td", isGiven ? "" : "quiet", make("bdi", "", text(value)), isGiven ? "" : make("span", "detail", " (default)"));
    const head = make("th", "", make("span", "setting", name), make("span", "detail", known.get(name)?.description ?? ""));
    head.scope = "row";
    return make("tr", "", head, shown);
  });
  const headings = ["Setting", "Value"].map((each) => {
    const heading = make("th", "", each);
    heading.scope = "col";
    return heading;
  });
  return make("table", "settings", make("thead", "", make("tr", "", ...headings)), make("tbody", "", ...rows));
}

const text = (value) => (value === null || value === undefined ? "none" : typeof value === "string" ? value : JSON.stringify(value));

function whole(title, content) {
  const code = make("pre", "", JSON.stringify(content, null, 2));
  code.tabIndex = 0;
  return make("details", "", make("summary", "", title), code);
}
