// Permissions that pages require.

import { RequestError } from "./api.js";
import { permissions } from "./permissions.js";

// The caller's permissions for a server. Raises `RequestError` if the caller lacks this permission for the whole server;
// `action` is the forbidden action, and `roles` are the roles that permit it.
export async function requirePermission(server, permission, signal, { action, roles }) {
  const held = await permissions(server, signal);
  if (!held.ofServer.has(permission)) throw new RequestError(`You have no permission to ${action} of ${server}.`, `This page requires the role ${roles} for the whole server.`, 403);
  return held;
}

export const READING_ELEMENTS = { action: "read the elements", roles: "metadata-reader, metadata-writer or administrator" };
export const DOCUMENTS = { action: "see the configuration document", roles: "administrator" };
