// A connector: its health with remedies, its actions, history, log, elements and configuration.

import { address } from "../shared/addresses.js";
import { get, native } from "../shared/api.js";
import { link, make } from "../shared/dom.js";
import { follow } from "../shared/follow.js";
import { problem } from "../shared/notice.js";
import { permissions } from "../shared/permissions.js";
import { Actions } from "./actions.js";
import { mountConfiguration } from "./configuration.js";
import { DryRun } from "./dry_run.js";
import { mountElements } from "./elements.js";
import { Facts } from "./facts.js";
import { History } from "./history.js";
import { mountLog } from "./log.js";
import { Reasons } from "./reasons.js";
import { Targets } from "./targets.js";

const PACE = 2000; // milliseconds after which the times of refreshes are requested again
const TARGETS_ALONE = "INTEGRATION-DAEMON-SERVICES-400-042";

export async function mount({ main, route, signal, title }) {
  const { server, parts: [name] } = route;
  title(name);
  const way = make("nav", "way", link("Connectors", address(server, "connectors")), make("span", "", "›"));
  way.setAttribute("aria-label", "Breadcrumb");
  const heading = make("div", "heading", make("h1", "", make("bdi", "", name)));
  const problems = make("div");
  main.append(way, heading, problems);
  const may = await permissions(server, signal, name);
  const at = `connectors/${encodeURIComponent(name)}`;

  const reasons = new Reasons(main, server, name);
  const actions = new Actions(main, server, name, may.ofConnector.has("OPERATE"), () => again());
  const facts = new Facts(heading, main, server);
  const columns = make("div", "columns");
  const [left, right] = [make("div"), make("div")];
  main.append(columns);
  columns.append(left, right);
  const dryRun = new DryRun(left);
  const history = new History(left);
  const targets = new Targets(right, server, name);

  const again = follow({
    signal,
    load: async (loading) => {
      const [connector, found] = await Promise.all([
        get(native(server, at), loading).catch(ofTargetsAlone),
        get(native(server, "connectors", targets.query), loading),
      ]);
      return { connector, found };
    },
    show: ({ connector, found }) => {
      problems.replaceChildren();
      for (const part of [facts, actions, reasons, dryRun, history]) part.show(connector);
      targets.show(found.connectors);
      title(connector.state === "FAILED" ? `${name} failed` : name);
    },
    failed: (error) => error.status && problems.replaceChildren(problem(error)),
    concerns: { status: ({ connectorName }) => connectorName === name || connectorName.startsWith(`${name}::`) },
    every: PACE,
  });
  mountLog(left, server, name, signal);
  const configured = await mountConfiguration(right, server, at, signal);
  mountElements(right, server, configured, may.ofServer.has("READ_METADATA"), signal);
}

// A connector that has catalog targets, and no endpoint of its own, has no state of its own.
function ofTargetsAlone(error) {
  if (error.id === TARGETS_ALONE) return { isTargetsAlone: true, reason: error.message };
  throw error;
}
