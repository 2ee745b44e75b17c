// Pages that not every caller may see.

import { RequestError } from "./api.js";
import { permissions } from "./permissions.js";

// The caller's permissions for a server. Raises `RequestError` if it lacks this one for the whole server; `what` tells
// what it may not do, and `roles` which roles would do.
export async function requirePermission(server, permission, signal, { what, roles }) {
  const held = await permissions(server, signal);
  if (!held.ofServer.has(permission)) throw new RequestError(`You may not ${what} of ${server}.`, `It takes the role ${roles} for the whole server.`, 403);
  return held;
}

export const READING_ELEMENTS = { what: "read the elements", roles: "metadata-reader, metadata-writer or administrator" };
export const DOCUMENTS = { what: "see the configuration document", roles: "administrator" };
