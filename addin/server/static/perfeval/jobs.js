// A job on the server: set going and followed to its end, through breaks of the network and reloads of the page.

import { call, pause, words } from "./server.js";

const POLL_MS = 400;
const RETRY_MS = 1_000;
const PATIENCE_MS = 30_000; // so long a break is taken for a passing one
const KEY = "perfeval-job";

// Asks until there is an answer; the same question twice must do no harm. onBreak: told at every attempt that failed.
async function steady(method, path, signal, onBreak = () => {}) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await call(method, path, { signal });
    } catch (error) {
      const isPassing = error.status === 0 || error.status >= 500;
      if (!isPassing || Date.now() > end) throw error;
      onBreak();
      await pause(RETRY_MS);
    }
  }
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
      if (error.status === 401) await words(error); // signs in anew
      else if (error.status !== 409) throw error;
    }
    await pause(POLL_MS);
  }
}

export const isRunning = ({ state }) => state === "waiting" || state === "working";

// What a reload of the page would lose: {job, failed, stored}. Null or without storage: nothing.
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
