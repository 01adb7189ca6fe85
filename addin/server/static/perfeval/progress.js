// How a merge gets on: as a whole, and file by file.

import { at, made, shown } from "./dom.js";

const MAX_ROWS = 500;
const SPOKEN_MS = 3_000; // a screen reader is told now and then, not at every file

let rows = new Map(); // path → element that says how it stands
let lastSaid = 0;

export function list(paths, text = "等待上传") {
  rows = new Map();
  const items = paths.slice(0, MAX_ROWS).map((path) => {
    const state = made("span", { class: "state", text });
    rows.set(path, state);
    return made("li", {}, made("span", { class: "name", text: path }), state);
  });
  if (paths.length > MAX_ROWS) items.push(made("li", { text: `另有 ${paths.length - MAX_ROWS} 个文件，没有逐个列出。` }));
  at("rows-list").replaceChildren(...items);
  at("rows-count").textContent = String(paths.length);
  shown("rows", paths.length > 0);
}

export function mark(path, text, kind = "") {
  const state = rows.get(path);
  if (state) {
    state.textContent = text;
    state.className = `state ${kind}`;
  }
}

export function say(what, done, all, name) {
  const bar = at("progress-bar");
  if (all) {
    bar.max = all;
    bar.value = done;
  } else bar.removeAttribute("value");
  at("progress-label").textContent = what;
  at("progress-text").textContent = all ? `${done}/${all}　${name}` : "";
  if (Date.now() - lastSaid > SPOKEN_MS) {
    lastSaid = Date.now();
    at("progress-said").textContent = all ? `${what}，${all} 个中的 ${done} 个` : what;
  }
}
