// 批量汇总: choose, upload, merge, stop, fetch the result. The same in the task pane and on the page.

import { at, made, megabytes, problem, shown } from "./dom.js";
import { ofDrop, ofInput } from "./picked.js";
import { addressOf, call, words } from "./server.js";

const AT_ONCE = 6; // uploads side by side
const POLL_MS = 400;
const MAX_ROWS = 500;
const NAME = "汇总.xlsx";

let about = null;
let chosen = []; // {file, path}
let rows = new Map(); // path → element that says how it stands
let job = null;
let failed = []; // uploads of this job that did not arrive: {file, reason}
let stored = new Map(); // path → the name the server gave it, where that cannot be kept
let isUploaded = false;
let aborting = null;
let stopping = null;
let lastSaid = 0;

// openWorkbook: opens bytes in Excel, where there is Excel. openAddress: has an address downloaded.
export function setUp(given, rulesets, { openWorkbook, openAddress }) {
  about = given;
  at("kept").textContent = String(about.limits.kept_hours);
  for (const one of rulesets) at("merge-ruleset").append(made("option", { value: one.id, text: `${one.title}（${one.status}）` }));
  at("pick-files").onclick = () => at("files").click();
  at("pick-folder").onclick = () => at("folder").click();
  for (const id of ["files", "folder"]) {
    at(id).onchange = () => {
      add(ofInput(at(id)));
      at(id).value = ""; // the same choice again is a choice
    };
  }
  const drop = at("drop");
  drop.ondragover = (event) => {
    event.preventDefault();
    drop.classList.add("over");
  };
  drop.ondragleave = () => drop.classList.remove("over");
  drop.ondrop = async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    try {
      add(await ofDrop(event.dataTransfer));
    } catch {
      problem("merge-problem", "读不到拖入的文件。请改用“选择文件”或“选择文件夹”。");
    }
  };
  at("merge-start").onclick = () => run(true);
  at("merge-again").onclick = () => run(false);
  at("merge-stop").onclick = stop;
  at("merge-clear").onclick = clear;
  shown("merge-open", Boolean(openWorkbook));
  at("merge-open").onclick = () => busy(at("merge-open"), async () => openWorkbook(await call("GET", `/api/jobs/${job}/result`, { as: "bytes" })));
  at("merge-download").onclick = () => {
    busy(at("merge-download"), async () => openAddress(await addressOf(job, NAME))); // a fresh one: it is good for minutes only
  };
}

async function busy(button, action) {
  button.setAttribute("aria-busy", "true");
  problem("merge-problem", "");
  try {
    await action();
  } catch (error) {
    problem("merge-problem", await words(error));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function add(more) {
  const known = new Set(chosen.map((one) => one.path));
  for (const one of more) {
    if (!known.has(one.path)) chosen.push(one);
  }
  problem("merge-problem", "");
  if (chosen.length > about.limits.files) {
    problem("merge-problem", `选了 ${chosen.length} 个文件，一批最多 ${about.limits.files} 个。请分批汇总，或压缩成 zip 后上传，或由信息技术人员在服务器上用 perfeval merge 汇总。`);
    chosen = [];
  }
  const size = chosen.reduce((sum, one) => sum + one.file.size, 0);
  if (size > about.limits.job_bytes) {
    problem("merge-problem", `所选文件共 ${megabytes(size)}，一批最多 ${megabytes(about.limits.job_bytes)}。请分批汇总。`);
    chosen = [];
  }
  at("chosen").textContent = chosen.length ? `已选 ${chosen.length} 个文件，共 ${megabytes(chosen.reduce((sum, one) => sum + one.file.size, 0))}。` : "";
  at("merge-start").disabled = !chosen.length;
  shown("merge-clear", chosen.length > 0);
  list();
}

function list() {
  rows = new Map();
  const items = chosen.slice(0, MAX_ROWS).map((one) => {
    const state = made("span", { class: "state", text: "等待上传" });
    rows.set(one.path, state);
    return made("li", {}, made("span", { class: "name", text: one.path }), state);
  });
  if (chosen.length > MAX_ROWS) items.push(made("li", { text: `另有 ${chosen.length - MAX_ROWS} 个文件，没有逐个列出。` }));
  at("rows-list").replaceChildren(...items);
  at("rows-count").textContent = String(chosen.length);
  shown("rows", chosen.length > 0);
}

function mark(path, text, kind = "") {
  const state = rows.get(path);
  if (state) {
    state.textContent = text;
    state.className = `state ${kind}`;
  }
}

function clear() {
  chosen = [];
  if (job) call("DELETE", `/api/jobs/${job}`).catch(() => {}); // it goes by itself otherwise
  job = null;
  isUploaded = false;
  for (const id of ["merge-result", "refused", "merge-notes", "progress", "merge-again"]) shown(id, false);
  shown("chooser");
  shown("merge-start");
  add([]);
  at("pick-files").focus();
}

// isNew: uploads first; else the files that are there are merged once more.
async function run(isNew) {
  problem("merge-problem", "");
  for (const id of ["merge-result", "refused", "merge-notes", "merge-again", "merge-clear", "chooser", "merge-start"]) shown(id, false);
  at("refused-list").replaceChildren();
  shown("progress");
  shown("merge-stop");
  at("merge-stop").focus();
  aborting = new AbortController();
  try {
    if (isNew) {
      isUploaded = false;
      failed = await uploaded();
      isUploaded = true;
    }
    await call("POST", `/api/jobs/${job}/start`, { signal: aborting.signal });
    await finished();
  } catch (error) {
    if (error.name === "AbortError") ended("已停止。", await stopping);
    else ended("", await words(error));
  }
}

async function uploaded() {
  const ruleset = at("merge-ruleset").value;
  job = (await call("POST", `/api/jobs?ruleset=${encodeURIComponent(ruleset)}`)).job;
  stored = new Map();
  const found = [];
  const waiting = [...chosen];
  let done = 0;
  const one = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      say("正在上传", done, chosen.length, next.path);
      const reason = await sent(next);
      done += 1;
      if (reason) {
        found.push({ file: next.path, reason });
        mark(next.path, `未上传：${reason}`, "bad");
      } else mark(next.path, "已上传");
      say("正在上传", done, chosen.length, next.path);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return found;
}

// Why a file could not be sent; empty where it was.
async function sent({ file, path }) {
  if (file.size > about.limits.file_bytes) return `文件有 ${megabytes(file.size)}，超过 ${megabytes(about.limits.file_bytes)} 的上限`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { name } = await call("PUT", `/api/jobs/${job}/files?name=${encodeURIComponent(path)}`, { body: file, signal: aborting.signal });
      stored.set(path, name);
      return "";
    } catch (error) {
      if (error.name === "AbortError" || error.status === 401 || error.status === 404 || error.status === 507) throw error;
      if (error.status || attempt === 3) return error.message;
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt)); // the network, perhaps for a moment only
    }
  }
}

async function finished() {
  for (;;) {
    const status = await call("GET", `/api/jobs/${job}`, { signal: aborting.signal });
    if (status.state === "done") return result(status);
    if (status.state === "failed" || status.state === "stopped") return ended("", status.message);
    if (status.state === "working") say("正在汇总", status.done, status.all, status.name);
    else say("正在等待其他汇总完成", 0, 0, "");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function say(what, done, all, name) {
  const bar = at("progress-bar");
  if (all) {
    bar.max = all;
    bar.value = done;
  } else bar.removeAttribute("value");
  at("progress-label").textContent = what;
  at("progress-text").textContent = all ? `${done}/${all}　${name}` : "";
  if (Date.now() - lastSaid > 3000) {
    lastSaid = Date.now(); // a screen reader is told now and then, not at every file
    at("progress-said").textContent = all ? `${what}，${all} 个中的 ${done} 个` : what;
  }
}

function stop() {
  at("merge-stop").disabled = true;
  stopping = stopped();
  aborting.abort();
}

// Resolves when the server has stopped too, with what went wrong: before that nothing can be begun anew.
async function stopped() {
  try {
    if (job) await call("POST", `/api/jobs/${job}/stop`);
    return "";
  } catch (error) {
    return words(error);
  } finally {
    at("merge-stop").disabled = false;
  }
}

// It did not come to a result: what was uploaded can be merged once more, otherwise it is chosen and sent again.
function ended(text, trouble = "") {
  shown("merge-stop", false);
  shown("progress", false);
  shown("merge-clear");
  shown("merge-again", isUploaded);
  shown("chooser", !isUploaded);
  shown("merge-start", !isUploaded);
  if (text) at("chosen").textContent = text;
  problem("merge-problem", trouble);
  at(isUploaded ? "merge-again" : "merge-start").focus();
}

function result({ answer, notes }) {
  shown("merge-stop", false);
  shown("progress", false);
  const { files, findings } = answer;
  const skipped = Object.entries(answer.skipped ?? {});
  at("merge-summary").textContent =
    `共 ${files.found + failed.length} 个文件：汇总 ${files.merged} 个，未采用 ${files.refused + failed.length} 个。` +
    `${answer.departments} 个单位，${answer.tables} 份自评表，${answer.indicators} 项指标；错误 ${findings.error} 项，提醒 ${findings.warning} 项，提示 ${findings.info} 项。` +
    (skipped.length ? `另略过不是表格的文件：${skipped.map(([reason, count]) => `${reason} ${count} 个`).join("、")}。` : "");
  const refused = [...failed, ...answer.refused];
  at("refused-count").textContent = String(refused.length);
  at("refused-list").replaceChildren(...refused.map((one) => made("li", {}, made("span", { class: "name", text: one.file }), made("span", { class: "reason", text: one.reason }))));
  shown("refused", refused.length > 0);
  const bad = new Map(refused.map((one) => [one.file, one.reason]));
  for (const { path } of chosen) {
    const reason = bad.get(path) ?? bad.get(stored.get(path));
    if (reason) mark(path, `未采用：${reason}`, "bad");
  }
  at("merge-notes-list").replaceChildren(...notes.map((text) => made("li", { text })));
  shown("merge-notes", notes.length > 0);
  shown("merge-result");
  shown("merge-clear");
  at("merge-result-title").focus();
}
