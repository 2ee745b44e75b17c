// The first elements of a connector's metadata source, which other connectors may share, with a link to all of them.

import { address } from "../shared/addresses.js";
import { explained } from "../shared/api.js";
import { link, make } from "../shared/dom.js";
import { elementsOf } from "../shared/elements.js";

const SHOWN = 8;

// `configured` is the answer about the connector's configuration, or null.
export async function mountElements(parent, server, configured, mayRead, signal) {
  const title = make("h2", "", "Elements");
  title.id = "elements-title";
  const section = make("section", "elements", title);
  section.setAttribute("aria-labelledby", title.id);
  parent.prepend(section);
  const source = configured?.configuration.metadataSourceQualifiedName;
  if (!mayRead) return section.append(make("p", "quiet", "Reading elements requires the role metadata-reader."));
  if (!source) {
    const why = "The elements of this connector belong to the metadata server itself, because its configuration has no metadataSourceQualifiedName.";
    return section.append(make("p", "quiet", why), link("All elements", address(server, "elements")));
  }
  title.textContent = `Elements of ${source}`;
  try {
    const { elements, cursor } = await elementsOf(server, { source }, SHOWN, signal);
    section.append(listOf(server, elements, cursor), link(`All elements of ${source}`, address(server, "elements", [], { source })));
  } catch (error) {
    if (!signal.aborted) section.append(make("p", "quiet", explained(error)));
  }
}

function listOf(server, elements, cursor) {
  if (!elements.length) return make("p", "quiet", cursor ? "The first elements of the catalogue are of other connectors." : "No elements are catalogued yet.");
  const items = elements.map(({ guid, typeName, properties }) => {
    const name = properties.displayName || properties.name || properties.qualifiedName;
    return make("li", "", link(name, address(server, "elements", [guid])), make("span", "detail", typeName));
  });
  return make("ul", "found", ...items);
}
