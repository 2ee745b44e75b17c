// Numbers and times as text.

import { now } from "./clock.js";

export const count = (number) => number.toLocaleString("en");

export const many = (number, noun, plural = `${noun}s`) => `${count(number)} ${number === 1 ? noun : plural}`;

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

// A number of seconds, rounded to one unit.
export function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const [size, unit] = UNITS.find(([each]) => seconds >= each);
  return `${Math.floor(seconds / size)} ${unit}`;
}

// The time since a past time, or until a future one.
export function ago(time) {
  const seconds = (now() - Date.parse(time)) / 1000;
  const [size, unit] = UNITS.find(([each]) => Math.abs(seconds) >= each) ?? [1, "s"];
  const amount = `${Math.floor(Math.abs(seconds) / size)} ${unit}`;
  return seconds >= 0 ? `${amount} ago` : `in ${amount}`;
}

export const clock = (time) => new Date(time).toLocaleString();
