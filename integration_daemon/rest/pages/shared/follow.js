// Keeps a part of a page up to date: loads and shows it, and again when the live stream tells that it may have changed.

import { live } from "./live.js";

const PACE = 1000; // milliseconds between the end of one load and the begin of the next, at least

// `load(signal)` returns what `show(answer)` shows; `failed(error)` shows why it could not be loaded. `concerns` tells,
// for each kind of event, whether its data is about this part; every `every` milliseconds it is loaded even so, because
// refreshes are no events. All of it ends when `signal` is aborted.
// Returns a function that loads now: an answer that is still awaited is not shown any more.
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
    rest = Math.max(PACE, 2 * (performance.now() - began)); // a busy daemon is asked less often
    mine.isDone = true;
    if (every !== null && !signal.aborted && mine === loading) timer = setTimeout(() => document.hidden || now(), Math.max(every, rest));
  }

  // Soon, but not while a load is in progress, nor right after it.
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
  live.addEventListener("again", now, { signal }); // what happened meanwhile is not known
  signal.addEventListener("abort", () => clearTimeout(timer));
  now();
  return now;
}
