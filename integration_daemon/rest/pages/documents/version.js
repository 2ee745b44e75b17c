// One version of a server's document, without its secrets.

import { address } from "../shared/addresses.js";
import { DOCUMENTS, requirePermission } from "../shared/allowed.js";
import { get, native } from "../shared/api.js";
import { link, make } from "../shared/dom.js";
import { problem } from "../shared/notice.js";
import { numbered } from "./code.js";
import { MOST_BYTES, TOO_LARGE, asText, summary } from "./words.js";

export async function mount({ main, route, signal, title }) {
  const { server, parts: [number] } = route;
  title(`Version ${number}`);
  await requirePermission(route.server, "ADMINISTER_SERVERS", signal, DOCUMENTS);
  const { versions } = await get(native(server, "documents"), signal);
  const version = versions.find((each) => each.number === Number(number));
  const place = versions.indexOf(version);
  const before = versions[place + 1];
  const links = make("div", "bar", link("All versions", address(server, "documents"), { className: "button" }));
  if (before) links.append(link(`Compare with version ${before.number}`, address(server, "documents", ["difference"], { from: before.number, to: number }), { className: "button" }));
  links.append(link("Edit this version", address(server, "documents", ["edit"], { from: number }), { className: "button" }));
  const heading = make("h1", "", `Version ${number}`);
  if (!version || version.size > MOST_BYTES) {
    main.append(heading, links, problem(version ? TOO_LARGE : { message: `Version ${number} is not stored.`, action: "Choose another version." }));
    return;
  }
  const { document } = await get(native(server, `documents/${number}`), signal);
  main.append(heading, make("p", "", summary(version)), links, make("p", "quiet", "Secrets are shown as asterisks."), numbered(asText(document), `Version ${number}`));
}
