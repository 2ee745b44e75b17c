// The marks of the severities of audit log records.

const SEVERE = new Set(["Error", "Exception", "Action"]);

// The CSS classes of a node for a severity. A security record is less severe: it can also report a permitted action.
export const classOfSeverity = (severity) =>
  SEVERE.has(severity) ? "severity severe" : severity === "Security" ? "severity notable" : "severity";
