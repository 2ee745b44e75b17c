// The difference between two texts, line by line: Myers' algorithm (An O(ND) Difference Algorithm, Algorithmica 1986).

const MOST_EDITS = 2000; // texts with more edits have little in common, and are shown one after the other

// [{ kind: "same" | "removed" | "added", text, old, new }] in order; `old` and `new` are numbers of lines, from 1.
export function lineDiff(old, changed) {
  let start = 0;
  while (start < old.length && start < changed.length && old[start] === changed[start]) start++;
  let end = 0;
  while (end < old.length - start && end < changed.length - start && old.at(-1 - end) === changed.at(-1 - end)) end++;
  const kinds = [
    ...Array(start).fill("same"),
    ...edits(old.slice(start, old.length - end), changed.slice(start, changed.length - end)),
    ...Array(end).fill("same"),
  ];
  let [x, y] = [0, 0];
  return kinds.map((kind) => {
    const line = { kind, text: kind === "added" ? changed[y] : old[x], old: kind === "added" ? null : x + 1, new: kind === "removed" ? null : y + 1 };
    if (kind !== "added") x++;
    if (kind !== "removed") y++;
    return line;
  });
}

// The kinds of the lines in the shortest edit script from one list to the other.
function edits(old, changed) {
  const most = Math.min(old.length + changed.length, MOST_EDITS);
  const middle = most + 1; // the index of diagonal 0 in `reached`
  const reached = new Int32Array(2 * most + 3); // by diagonal, the number of old lines reached
  const trace = [];
  for (let count = 0; count <= most; count++) {
    trace.push(reached.slice(middle - count - 1, middle + count + 2));
    for (let diagonal = -count; diagonal <= count; diagonal += 2) {
      const at = middle + diagonal;
      let x = isDown(reached, at, diagonal, count) ? reached[at + 1] : reached[at - 1] + 1;
      while (x < old.length && x - diagonal < changed.length && old[x] === changed[x - diagonal]) x++;
      reached[at] = x;
      if (x >= old.length && x - diagonal >= changed.length) return walkBack(trace, old.length, changed.length);
    }
  }
  return [...Array(old.length).fill("removed"), ...Array(changed.length).fill("added")];
}

const isDown = (reached, at, diagonal, count) =>
  diagonal === -count || (diagonal !== count && reached[at - 1] < reached[at + 1]);

function walkBack(trace, x, y) {
  const kinds = [];
  for (let count = trace.length - 1; count >= 0; count--) {
    const diagonal = x - y;
    const at = count + 1 + diagonal;
    const before = isDown(trace[count], at, diagonal, count) ? diagonal + 1 : diagonal - 1;
    const oldX = count ? trace[count][count + 1 + before] : 0;
    const oldY = count ? oldX - before : 0;
    while (x > oldX && y > oldY) {
      kinds.push("same");
      [x, y] = [x - 1, y - 1];
    }
    if (count) kinds.push(x > oldX ? "removed" : "added");
    [x, y] = [oldX, oldY];
  }
  return kinds.reverse();
}
