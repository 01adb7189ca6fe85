// Calls to the server: every one with the session and the header that no foreign page can send.

import { at, shown } from "./dom.js";

const KEY = "perfeval-session";
const PROVIDER = "perfeval";
let remembered = "";

export class ServerError extends Error {
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

export async function call(method, path, { body, json, signal, as = "json" } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      body: json === undefined ? body : JSON.stringify(json),
      headers: { "Auth-Provider": PROVIDER, Authorization: session(), ...(json === undefined ? {} : { "Content-Type": "application/json" }) },
      signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServerError("连接不上服务器。请检查网络；仍不行时请联系信息技术人员。", 0);
  }
  if (!response.ok) {
    let message = `服务器没有完成这项操作（${response.status}）。`;
    try {
      const text = await response.text();
      const isOurs = response.headers.get("Content-Type")?.includes("json");
      message = (isOurs ? JSON.parse(text).error : response.status === 400 && /[\u4e00-\u9fff]/.test(text) ? text : "") || message; // xlwings hands our words on as plain text
    } catch {
      // not ours: the number says it
    }
    throw new ServerError(message, response.status);
  }
  if (response.status === 204) return null;
  return as === "bytes" ? new Uint8Array(await response.arrayBuffer()) : response.json();
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let waiting = null;

// Resolves when somebody is signed in: at once, by the unit's own sign-on, or after the form. Whether the form was needed.
export async function signedIn() {
  if (session()) {
    try {
      await call("GET", "/api/session");
      return false;
    } catch (error) {
      if (error.status !== 401) throw error;
      remember("");
    }
  }
  const about = await call("GET", "/api/about");
  if (about.access !== "token") {
    remember((await call("POST", "/api/sign-in", { json: {} })).session);
    return false;
  }
  waiting ??= asked();
  await waiting;
  waiting = null;
  return true;
}

function asked() {
  const views = [...document.querySelectorAll(".view")].filter((view) => !view.hidden);
  views.forEach((view) => (view.hidden = true));
  shown("loading", false);
  shown("sign-in");
  at("token").focus();
  return new Promise((resolve) => {
    at("sign-in-form").onsubmit = async (event) => {
      event.preventDefault();
      at("sign-in-error").textContent = "";
      try {
        remember((await call("POST", "/api/sign-in", { json: { token: at("token").value } })).session);
      } catch (error) {
        at("sign-in-error").textContent = error.message;
        at("token").select();
        return;
      }
      at("token").value = "";
      shown("sign-in", false);
      views.forEach((view) => (view.hidden = false));
      views[0]?.querySelector("h2").focus(); // the form is gone with what had the focus
      resolve();
    };
  });
}

export function signOut() {
  remember("");
  location.reload();
}

// What went wrong, in words; a session that ended asks for the sign-in again.
export async function words(error) {
  if (error.status === 401) {
    remember("");
    await signedIn();
    return "登录已过期，现已重新登录。请再点一次。";
  }
  return error instanceof ServerError ? error.message : "出现意外错误。请重新打开任务窗格或网页后再试。";
}

export async function addressOf(job, name) {
  return (await call("POST", `/api/jobs/${job}/ticket?name=${encodeURIComponent(name)}`)).url;
}
