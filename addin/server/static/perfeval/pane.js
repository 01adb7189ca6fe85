// The task pane: sign-in, views, and the buttons of the tab.

import { at, made, problem } from "./dom.js";
import { openAddress, openWorkbook } from "./excel.js";
import * as merge from "./merge.js";
import * as ribbon from "./ribbon.js";
import * as rulesets from "./rulesets.js";
import { call, signedIn, signOut, words } from "./server.js";
import { started } from "./start.js";
import { refresh, report } from "./table.js";
import * as views from "./views.js";

const CHANGING = new Set(["recalculate", "allocateWeights", "undo", "check"]);

async function diagnose() {
  at("doctor").replaceChildren(made("dt", { text: "服务器" }), made("dd", { text: "正在诊断……" }));
  const rows = [];
  const tell = (name, text) => rows.push(made("dt", { text: name }), made("dd", { text }));
  try {
    const begun = performance.now();
    const about = await call("GET", "/api/about");
    tell("服务器", `${location.host}，版本 ${about.version}，应答 ${Math.round(performance.now() - begun)} 毫秒`);
    await call("GET", "/api/session");
    tell("登录", "已登录");
  } catch (error) {
    tell(error.status === 401 ? "登录" : "服务器", await words(error));
  }
  const { requirements } = Office.context;
  const version = [...Array(25).keys()].reverse().find((n) => n && requirements.isSetSupported("ExcelApi", `1.${n}`));
  tell("Excel 接口", version ? `ExcelApi 1.${version}${version < 9 ? "，版本较低，部分按钮不能使用，请更新 Office" : ""}` : "不支持，请更新 Office");
  tell("校验批注", requirements.isSetSupported("ExcelApi", "1.18") ? "可以加批注" : "本版本 Excel 不能由加载项加批注，“校验”只列出问题清单");
  tell("共用运行环境", requirements.isSetSupported("SharedRuntime", "1.1") ? "支持" : "不支持，函数和按钮不能使用，请更新 Office");
  at("doctor").replaceChildren(...rows);
}

// A button of the pane that does what one of the tab does.
async function press(button) {
  button.disabled = true;
  try {
    const unsaid = await ribbon.press(button.dataset.press);
    await refresh();
    if (unsaid) problem("table-problem", unsaid);
  } catch (error) {
    problem("table-problem", await words(error));
  } finally {
    button.disabled = false;
  }
}

async function begin() {
  const { host } = await Office.onReady();
  if (!host) return; // not in Excel: the overlay says so
  views.show("table");
  ribbon.setUp(views.show, async (id) => {
    if (CHANGING.has(id) && views.now() === "table") await refresh();
  });
  for (const tab of document.querySelectorAll(".tab")) tab.onclick = () => views.show(tab.dataset.view);
  at("refresh").onclick = refresh;
  at("make-report").onclick = () => report(openAddress);
  at("sign-out").onclick = signOut;
  for (const button of document.querySelectorAll("[data-press]")) button.onclick = () => press(button);
  const [about, known] = await started(async () => {
    await signedIn();
    return Promise.all([call("GET", "/api/about"), call("GET", "/api/rulesets")]);
  });
  merge.setUp(about, known.rulesets, { openWorkbook, openAddress });
  rulesets.setUp(known.rulesets, refresh);
  views.ready({ rulesets: rulesets.show, help: diagnose });
  merge.resume();
  await refresh();
}

begin();
