// Which view is on the screen. One is current; the sign-in form covers it, whichever it is by then.

import { at, shown } from "./dom.js";

let current = "";
let entered = ""; // the view that has come to the screen
let isReady = false;
let isCovered = false;
let onEnter = {};

export const now = () => (isReady && !isCovered ? current : "");

export function show(view) {
  current = view;
  for (const tab of tabs()) {
    if (tab.dataset.view === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  entered = "";
  place();
}

// The start is over: the view comes to the screen. all: view → what is done whenever it comes.
export function ready(all = {}) {
  isReady = true;
  onEnter = all;
  place();
}

export function cover() {
  isCovered = true;
  place();
  document.dispatchEvent(new Event("covered"));
}

export function uncover() {
  isCovered = false;
  place();
}

// Resolves once the form is on the screen.
export function covered() {
  return new Promise((resolve) => (isCovered ? resolve() : document.addEventListener("covered", resolve, { once: true })));
}

const tabs = () => document.querySelectorAll(".tab");

function place() {
  const view = now();
  for (const tab of tabs()) tab.disabled = isCovered;
  for (const section of document.querySelectorAll(".view")) section.hidden = section.id !== (isCovered ? "sign-in" : view);
  shown("start", !isReady && !isCovered);
  if (!view) return;
  at(`${view}-title`).focus();
  if (view === entered) return;
  entered = view;
  onEnter[view]?.();
}
