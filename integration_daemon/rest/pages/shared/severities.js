// How the severity of an audit log record is marked.

const SEVERE = new Set(["Error", "Exception", "Action"]);

// The classes of a node for it: records of security tell also what was permitted, which is nothing bad.
export const classOfSeverity = (severity) =>
  SEVERE.has(severity) ? "severity severe" : severity === "Security" ? "severity notable" : "severity";
