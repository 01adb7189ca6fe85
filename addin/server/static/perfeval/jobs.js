// A job on the server: made, set going and followed to its end, through breaks of the network and reloads of the page.

import { call, pause, signedIn } from "./server.js";

const POLL_MS = 400;
const RETRY_MS = 1_000;
const PATIENCE_MS = 30_000; // so long a break is taken for a passing one
const POLL_SECONDS = 40; // without an answer
const NEIGHBOUR_MS = 500;
const KEY = "perfeval-job";

// Asks until there is an answer, twice at least; the same question again must do no harm. onBreak: told at every attempt that failed.
async function steady(method, path, signal, onBreak = () => {}) {
  const end = Date.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(method, path, { signal, seconds: POLL_SECONDS });
    } catch (error) {
      const isPassing = error.status === 0 || error.status >= 500;
      if (!isPassing || (attempt > 1 && Date.now() > end)) throw error;
      onBreak();
      await pause(RETRY_MS, signal);
    }
  }
}

// An empty job. Where the user does not wait for it, it is removed as soon as its name is known.
export async function made(ruleset, signal) {
  if (signal.aborted) throw new DOMException("stopped", "AbortError");
  const making = call("POST", `/api/jobs?ruleset=${encodeURIComponent(ruleset)}`);
  const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  const answer = await Promise.race([making, stopped.then(() => null)]);
  if (answer) return answer.job;
  making.then(({ job }) => remove(job)).catch(() => {}); // an empty one goes by itself
  throw new DOMException("stopped", "AbortError");
}

// One that is gone already is as good as removed.
export async function remove(job, signal) {
  try {
    await call("DELETE", `/api/jobs/${job}`, { signal });
  } catch (error) {
    if (error.status !== 404) throw error;
  }
}

// As the page goes: nobody waits for an answer.
export function abandon(job) {
  call("DELETE", `/api/jobs/${job}`, { isLast: true }).catch(() => {});
}

export const status = (job, signal) => steady("GET", `/api/jobs/${job}`, signal);

export async function start(job, signal) {
  try {
    await steady("POST", `/api/jobs/${job}/start`, signal);
  } catch (error) {
    if (error.status !== 409) throw error; // it runs already: our own call whose answer was lost
  }
}

// Resolves with the last status. tell: (status) while it runs, nothing while the server is out of reach.
export async function finished(job, signal, tell) {
  for (;;) {
    try {
      const now = await steady("GET", `/api/jobs/${job}`, signal, tell);
      if (!isRunning(now)) return now;
      tell(now);
    } catch (error) {
      if (error.status === 401) await signedIn();
      else if (error.status !== 409) throw error;
    }
    await pause(POLL_MS, signal);
  }
}

export const isRunning = ({ state }) => state === "waiting" || state === "working";

// What a reload of the page would lose: {job}, and once all its files are sent {job, failed, stored}. Null or without storage: nothing.
export function keep(value) {
  try {
    if (value) sessionStorage.setItem(KEY, JSON.stringify(value));
    else sessionStorage.removeItem(KEY);
  } catch {
    // a web view without storage, or a full one: the page itself remembers until it is closed
  }
}

export function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

// A window that was duplicated has the storage of the first one, and finds there the job that the first is sending files to.
const windows = globalThis.BroadcastChannel ? new BroadcastChannel(KEY) : null;
let sending = null;

export function send(job) {
  sending = job;
}

export function isSentElsewhere(job) {
  if (!windows) return false;
  return new Promise((resolve) => {
    const onAnswer = ({ data }) => data.sent === job && resolve(true);
    windows.addEventListener("message", onAnswer);
    windows.postMessage({ asked: job });
    setTimeout(() => {
      windows.removeEventListener("message", onAnswer);
      resolve(false);
    }, NEIGHBOUR_MS);
  });
}

windows?.addEventListener("message", ({ data }) => {
  if (sending && data.asked === sending) windows.postMessage({ sent: sending });
});
