// The permissions of the caller. They only determine the offered actions: the daemon authorizes each request.

import { get } from "./api.js";

// The permissions for a whole server (`ofServer`), for at least some of its connectors (`ofConnectors`), and for the named
// connector (`ofConnector`), as sets of names such as "OPERATE".
export async function permissions(server, signal, connector = null) {
  const query = new URLSearchParams({ server, ...(connector === null ? {} : { connector }) });
  const { ofServer, ofConnectors, ofConnector } = await get(`/api/v1/permissions?${query}`, signal);
  return { ofServer: new Set(ofServer), ofConnectors: new Set(ofConnectors), ofConnector: new Set(ofConnector) };
}
