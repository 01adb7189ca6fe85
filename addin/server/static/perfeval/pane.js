// The task pane: sign-in, views, and the buttons of the tab.

import { at, made, shown } from "./dom.js";
import { openAddress, openWorkbook } from "./excel.js";
import * as merge from "./merge.js";
import * as ribbon from "./ribbon.js";
import * as rulesets from "./rulesets.js";
import { call, session, signedIn, signOut, words } from "./server.js";
import { refresh, report } from "./table.js";

const VIEWS = ["table", "merge", "rulesets", "help"];
const CHANGING = new Set(["recalculate", "allocateWeights", "undo", "check"]);
let current = "table";
let isReady = false;

function show(view) {
  current = view;
  for (const tab of document.querySelectorAll(".tab")) {
    if (tab.dataset.view === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (!isReady) return; // the sign-in comes first
  for (const id of VIEWS) shown(id, id === view);
  at(`${view}-title`).focus();
  if (view === "rulesets") rulesets.show();
  if (view === "help") diagnose();
}

async function diagnose() {
  const rows = [];
  const tell = (name, text) => rows.push(made("dt", { text: name }), made("dd", { text }));
  try {
    const started = performance.now();
    const about = await call("GET", "/api/about");
    tell("服务器", `${location.host}，版本 ${about.version}，应答 ${Math.round(performance.now() - started)} 毫秒`);
    await call("GET", "/api/session");
    tell("登录", "已登录");
  } catch (error) {
    tell("服务器", error.message);
  }
  const { requirements } = Office.context;
  const version = [...Array(25).keys()].reverse().find((n) => n && requirements.isSetSupported("ExcelApi", `1.${n}`));
  tell("Excel 接口", version ? `ExcelApi 1.${version}${version < 9 ? "，版本较低，部分按钮不能使用，请更新 Office" : ""}` : "不支持，请更新 Office");
  tell("校验批注", requirements.isSetSupported("ExcelApi", "1.18") ? "可以加批注" : "本版本 Excel 不能由加载项加批注，“校验”只列出问题清单");
  tell("共用运行环境", requirements.isSetSupported("SharedRuntime", "1.1") ? "支持" : "不支持，函数和按钮不能使用，请更新 Office");
  at("doctor").replaceChildren(...rows);
}

async function begin() {
  const { host } = await Office.onReady();
  if (!host) return; // not in Excel: the overlay says so
  ribbon.setUp(show, (id) => {
    if (CHANGING.has(id) && isReady && current === "table") refresh();
  });
  for (const tab of document.querySelectorAll(".tab")) tab.onclick = () => show(tab.dataset.view);
  at("refresh").onclick = refresh;
  at("make-report").onclick = () => report(openAddress);
  at("sign-out").onclick = signOut;
  for (const button of document.querySelectorAll("[data-press]")) {
    button.onclick = async () => {
      button.disabled = true;
      try {
        await ribbon.press(button.dataset.press);
        await refresh();
      } finally {
        button.disabled = false;
      }
    };
  }
  try {
    await signedIn();
    const [about, known] = await Promise.all([call("GET", "/api/about"), call("GET", "/api/rulesets")]);
    merge.setUp(about, known.rulesets, { openWorkbook, openAddress });
    rulesets.setUp(known.rulesets, refresh);
  } catch (error) {
    at("loading").textContent = await words(error);
    return;
  }
  isReady = Boolean(session());
  shown("loading", false);
  show(current);
  merge.resume();
  await refresh();
}

begin();
