// Permissions that pages require.

import { RequestError } from "./api.js";
import { permissions } from "./permissions.js";

// The caller's permissions for a server. Raises `RequestError` if the caller lacks this permission for the whole server;
// `what` is the forbidden action, and `roles` are the roles that permit it.
export async function requirePermission(server, permission, signal, { what, roles }) {
  const held = await permissions(server, signal);
  if (!held.ofServer.has(permission)) throw new RequestError(`You may not ${what} of ${server}.`, `It takes the role ${roles} for the whole server.`, 403);
  return held;
}

export const READING_ELEMENTS = { what: "read the elements", roles: "metadata-reader, metadata-writer or administrator" };
export const DOCUMENTS = { what: "see the configuration document", roles: "administrator" };
