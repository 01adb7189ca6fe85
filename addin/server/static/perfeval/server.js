// Calls to the server: every one with the session, the header that no foreign page can send, and an end.

import { at } from "./dom.js";
import { ToldError } from "./told.js";
import { cover, uncover } from "./views.js";

const KEY = "perfeval-session";
const PROVIDER = "perfeval";
const SECONDS = 60; // the server waits half of it for whoever is at the same job
const SLOWEST = 4_000; // bytes a second; the server itself ends what comes more slowly
const UNEXPECTED = "出现意外错误。请重新打开任务窗格或网页后再试。";
let remembered = "";

// status: of HTTP; 0 where no answer came.
export class ServerError extends ToldError {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export function session() {
  try {
    return localStorage.getItem(KEY) ?? remembered;
  } catch {
    return remembered; // a web view without storage: until the pane is closed
  }
}

function remember(value) {
  remembered = value;
  try {
    if (value) localStorage.setItem(KEY, value);
    else localStorage.removeItem(KEY);
  } catch {
    // remembered above
  }
}

// What xlwings' own scripts ask for.
globalThis.getAuth = async () => ({ token: session(), provider: PROVIDER });

// signal: ends it; it then rejects with an AbortError, otherwise only with a ServerError. seconds: without an answer, or the next bytes of a file,
// besides the time that its own bytes may take. isLast: it is to arrive even where the page goes.
export async function call(method, path, { body, json, signal, as = "json", seconds = SECONDS, isLast = false } = {}) {
  const sent = json === undefined ? body : JSON.stringify(json);
  const own = session();
  const limit = limited(signal, 1_000 * (seconds + bytesOf(sent) / SLOWEST));
  try {
    const response = await fetch(path, {
      method,
      body: sent,
      headers: { "Auth-Provider": PROVIDER, Authorization: own, ...(json === undefined ? {} : { "Content-Type": "application/json" }) },
      signal: limit.signal,
      credentials: "same-origin",
      keepalive: isLast,
    });
    if (response.status === 401 && session() === own) remember(""); // a new one, of another request or window, stays
    if (!response.ok) throw new ServerError(await refusal(response), response.status);
    if (response.status === 204) return null;
    limit.begin(1_000 * seconds);
    return as === "bytes" ? await whole(response, () => limit.begin(1_000 * seconds)) : await response.json();
  } catch (error) {
    if (error instanceof ServerError) throw error;
    if (signal?.aborted) throw new DOMException("stopped", "AbortError");
    if (limit.isOver()) throw new ServerError("服务器长时间没有应答。请稍后再试；仍不行时请联系信息技术人员。", 0);
    if (error instanceof SyntaxError) throw new ServerError("收到的应答不是绩效自评服务器的，可能来自代理或登录网关。请稍后再试；仍不行时请联系信息技术人员。", 502);
    throw new ServerError("连接不上服务器。请检查网络；仍不行时请联系信息技术人员。", 0);
  } finally {
    limit.end();
  }
}

const bytesOf = (sent) => sent?.size ?? sent?.byteLength ?? sent?.length ?? 0;

// A signal that also comes by itself, so long after the last beginning. AbortSignal.any and timeout are too new for many units' browsers.
function limited(signal, milliseconds) {
  const own = new AbortController();
  const onStop = () => own.abort();
  let isOver = false;
  let timer = 0;
  const begin = (time) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isOver = true;
      own.abort();
    }, time);
  };
  const end = () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onStop);
  };
  signal?.addEventListener("abort", onStop);
  if (signal?.aborted) own.abort();
  begin(milliseconds);
  return { signal: own.signal, begin, end, isOver: () => isOver };
}

async function refusal(response) {
  const otherwise = `服务器没有完成这项操作（${response.status}）。请稍后再试；仍不行时请联系信息技术人员。`;
  try {
    const text = await response.text();
    const isOurs = response.headers.get("Content-Type")?.includes("json");
    return (isOurs ? JSON.parse(text).error : response.status === 400 && /[\u4e00-\u9fff]/.test(text) ? text : "") || otherwise; // xlwings hands our words on as plain text
  } catch {
    return otherwise; // not ours: the number says it
  }
}

// A file may take as long as its bytes come.
async function whole(response, onBytes) {
  const reader = response.body.getReader();
  const parts = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    onBytes();
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// Resolves after that time, or at once where the signal comes.
export const pause = (milliseconds, signal) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", resolve, { once: true });
    if (signal?.aborted) resolve();
  });

let entering = null;

// Resolves when somebody is signed in: at once, by the unit's own sign-on, or after the form. One sign-in serves all who wait for it.
// Rejects with a ServerError.
export function signedIn() {
  entering ??= entered().finally(() => (entering = null));
  return entering;
}

async function entered() {
  while (session()) {
    try {
      await call("GET", "/api/session");
      return;
    } catch (error) {
      if (error.status !== 401) throw error; // else it is forgotten, or another window has a new one
    }
  }
  const about = await call("GET", "/api/about");
  if (about.access === "token") await asked();
  else remember((await call("POST", "/api/sign-in", { json: {} })).session);
}

function asked() {
  cover();
  at("token").focus();
  return new Promise((resolve) => {
    at("sign-in-form").onsubmit = async (event) => {
      event.preventDefault();
      const button = at("sign-in-send");
      if (button.disabled) return;
      button.disabled = true;
      at("sign-in-error").textContent = "";
      try {
        remember((await call("POST", "/api/sign-in", { json: { token: at("token").value } })).session);
      } catch (error) {
        at("sign-in-error").textContent = error.message;
        at("token").select();
        return;
      } finally {
        button.disabled = false;
      }
      at("token").value = "";
      uncover();
      resolve();
    };
  });
}

export function signOut() {
  remember("");
  location.reload();
}

// What went wrong, in words; a session that ended asks for the sign-in again. Never rejects.
export async function words(error) {
  if (error?.status !== 401) return error instanceof ToldError ? error.message : UNEXPECTED;
  try {
    await signedIn();
    return "登录已过期，现已重新登录。请再点一次。";
  } catch (reason) {
    return reason instanceof ToldError ? reason.message : UNEXPECTED;
  }
}

export async function addressOf(job, name) {
  return (await call("POST", `/api/jobs/${job}/ticket?name=${encodeURIComponent(name)}`)).url;
}
