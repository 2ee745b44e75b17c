// A chart of attempts, the oldest first: a bar for the duration of each, in the colour of its outcome, and a cross above
// a failure. The table below it has the same data for users who cannot see the chart.

import { draw } from "../shared/svg.js";
import { clock, duration, many } from "../shared/words.js";

const [HEIGHT, TOP, BOTTOM, LEFT] = [150, 16, 22, 56];
const NARROWEST = 280;
const LEAST = 3; // height of a bar
const LINES = 2; // beside the base line
const WIDEST = 40; // of a bar

// `outcomeOf(report)` returns the `kind` and the `text` of an attempt's outcome; `width` is the available width in pixels.
export function chart(reports, outcomeOf, width) {
  const wide = Math.max(NARROWEST, width);
  const most = niceAbove(Math.max(...reports.map((each) => each.seconds), 0.001));
  const failed = reports.filter((each) => each.failure).length;
  const label = `Durations of the ${many(reports.length, "last refresh", "last refreshes")}, up to ${duration(Math.max(...reports.map((each) => each.seconds)))}; ${failed} failed. The table below has the same data.`;
  const svg = draw("svg", { viewBox: `0 0 ${wide} ${HEIGHT}`, role: "img", "aria-label": label });
  const height = HEIGHT - TOP - BOTTOM;
  for (let line = 0; line <= LINES; line++) {
    const y = TOP + (height * line) / LINES;
    svg.append(
      draw("line", { class: "line", x1: LEFT, x2: wide, y1: y, y2: y }),
      draw("text", { class: "scale", x: LEFT - 8, y: y + 4, "text-anchor": "end" }, line === LINES ? "0" : duration(most * (1 - line / LINES))),
    );
  }
  const step = (wide - LEFT) / reports.length;
  reports.forEach((report, index) => svg.append(bar(report, outcomeOf(report), LEFT + step * index, step, most, height)));
  svg.append(
    draw("text", { class: "scale", x: LEFT, y: HEIGHT - 6 }, new Date(reports[0].began).toLocaleTimeString()),
    draw("text", { class: "scale", x: wide, y: HEIGHT - 6, "text-anchor": "end" }, new Date(reports.at(-1).began).toLocaleTimeString()),
  );
  return svg;
}

function bar(report, { kind, text }, left, step, most, height) {
  const tall = Math.max(LEAST, (report.seconds / most) * height);
  const wide = Math.min(WIDEST, step * 0.7);
  const [x, y] = [left + (step - wide) / 2, TOP + height - tall];
  const group = draw("g", { class: `bar ${kind}` });
  group.append(
    draw("title", {}, `${clock(report.began)}: ${text}, ${duration(report.seconds)}`),
    draw("rect", { class: "reach", x: left, y: TOP, width: step, height }),
    draw("rect", { x, y, width: wide, height: tall, rx: 2 }),
  );
  if (kind === "failed") {
    const [middle, above] = [x + wide / 2, Math.max(8, y - 9)];
    group.append(draw("path", { class: "cross", d: `M${middle - 4} ${above - 4}l8 8m0 -8l-8 8` }));
  }
  return group;
}

// The next larger value among 1, 2 and 5 times a power of ten.
function niceAbove(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= value * 0.999);
}
