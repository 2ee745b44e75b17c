// What the caller may do. It only decides what is offered: the daemon decides on each request.

import { get } from "./api.js";

// The permissions on a whole server (`ofServer`), on some of its connectors at least (`ofConnectors`), and on the named
// connector (`ofConnector`), as sets of words such as "OPERATE".
export async function permissions(server, signal, connector = null) {
  const query = new URLSearchParams({ server, ...(connector === null ? {} : { connector }) });
  const { ofServer, ofConnectors, ofConnector } = await get(`/api/v1/permissions?${query}`, signal);
  return { ofServer: new Set(ofServer), ofConnectors: new Set(ofConnectors), ofConnector: new Set(ofConnector) };
}
