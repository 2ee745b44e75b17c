// The pages about the document of a server: its versions, one version, the difference between two, and the editor.

export function load([part]) {
  if (part === undefined) return import("./versions.js");
  if (part === "difference") return import("./difference.js");
  if (part === "edit") return import("./edit.js");
  return /^\d+$/.test(part) ? import("./version.js") : null;
}
