// Keeps a part of a page up to date: loads and shows it, and again when the live stream reports a possible change.

import { live } from "./live.js";

const PACE = 1000; // the shortest time, in milliseconds, between the end of one load and the start of the next

// `load(signal)` returns the answer for `show(answer)`; `failed(error)` shows why the load failed. `concerns` has, for each
// kind of event, a test of its data for this part of the page. The part is also loaded every `every` milliseconds, because
// refreshes are not events. Following ends when `signal` is aborted.
// Returns a function that loads immediately: the answer to an earlier load is then discarded.
export function follow({ signal, load, show, failed, concerns = {}, every = null }) {
  let loading = new AbortController();
  let timer;
  let waiting = false;
  let rest = PACE;

  async function now() {
    clearTimeout(timer);
    loading.abort();
    const mine = (loading = new AbortController());
    const began = performance.now();
    try {
      const answer = await load(AbortSignal.any([signal, mine.signal]));
      if (!signal.aborted && mine === loading) await show(answer);
    } catch (error) {
      if (!signal.aborted && mine === loading) failed(error);
    }
    rest = Math.max(PACE, 2 * (performance.now() - began)); // a busy daemon receives fewer requests
    mine.isDone = true;
    if (every !== null && !signal.aborted && mine === loading) timer = setTimeout(() => document.hidden || now(), Math.max(every, rest));
  }

  // Load soon, but not while a load is in progress, nor immediately after it.
  function soon() {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      if (signal.aborted) return;
      if (loading.isDone) now();
      else soon();
    }, rest);
  }

  for (const [kind, isAbout] of Object.entries(concerns)) {
    live.addEventListener(kind, ({ detail }) => isAbout(detail) && soon(), { signal });
  }
  live.addEventListener("missed", soon, { signal });
  live.addEventListener("again", now, { signal }); // changes in the meantime are unknown
  signal.addEventListener("abort", () => clearTimeout(timer));
  now();
  return now;
}
