// 批量汇总: choose, upload, merge, stop, fetch the result. The same in the task pane and on the page.

import { at, made, megabytes, problem, shown } from "./dom.js";
import * as jobs from "./jobs.js";
import { outcomes } from "./outcome.js";
import { ofInput, takeDrops, withOwnPaths } from "./picked.js";
import { list, mark, say } from "./progress.js";
import { addressOf, call, words } from "./server.js";
import { ToldError } from "./told.js";
import { uploaded } from "./uploads.js";

const NAME = "汇总.xlsx";
const STOP_SECONDS = 40; // the server waits for 30 where another request is at the job

let about = null;
let chosen = []; // {file, path}
let job = null;
let failed = []; // uploads of this job that did not arrive: {file, reason}
let stored = new Map(); // path → the name the server gave it, where that cannot be kept
let isUploaded = false;
let isLost = false; // the server was out of reach: how the merge stands is not known
let aborting = null;
let stopping = null;

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
  takeDrops(at("drop"), add, () => problem("merge-problem", "读不到拖入的文件。请改用“选择文件”或“选择文件夹”。"));
  at("merge-start").onclick = () => run(true);
  at("merge-again").onclick = () => run(false);
  at("merge-stop").onclick = stop;
  at("merge-clear").onclick = () => clear();
  shown("merge-open", Boolean(openWorkbook));
  at("merge-open").onclick = () => busy(at("merge-open"), async () => openWorkbook(await call("GET", `/api/jobs/${job}/result`, { as: "bytes" })), "\n也可以改用“下载汇总表”。");
  at("merge-download").onclick = () => {
    busy(at("merge-download"), async () => openAddress(await addressOf(job, NAME))); // a fresh one: it is good for minutes only
  };
}

// otherwise: what can be done instead.
async function busy(button, action, otherwise = "") {
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  problem("merge-problem", "");
  try {
    await action();
  } catch (error) {
    problem("merge-problem", (await words(error)) + (error.status === undefined ? otherwise : ""));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function add(more) {
  const { all, renamed, repeated } = withOwnPaths(chosen, more);
  chosen = all;
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
  const said = chosen.length ? [`已选 ${chosen.length} 个文件，共 ${megabytes(chosen.reduce((sum, one) => sum + one.file.size, 0))}。`] : [];
  if (said.length && renamed.length) said.push(`有 ${renamed.length} 个文件与已选的同名，加编号区别，如“${renamed[0]}”。`);
  if (said.length && repeated) said.push(`有 ${repeated} 个文件已经选过，没有重复加入。`);
  at("chosen").textContent = said.join("");
  at("merge-start").disabled = !chosen.length;
  shown("merge-clear", chosen.length > 0);
  list(chosen.map((one) => one.path));
}

// said: why, where the user did not ask for it.
function clear(said = "") {
  chosen = [];
  discard().catch(() => {}); // once more before the next one is begun
  for (const id of ["merge-result", "refused", "merge-notes", "progress", "merge-again", "merge-stop"]) shown(id, false);
  shown("chooser");
  shown("merge-start");
  add([]);
  at("chosen").textContent = said;
  at("pick-files").focus();
}

// Has the server remove the job, which would count among the few that one user may have. Its name is kept until it is removed.
async function discard(signal) {
  isUploaded = isLost = false;
  if (!job) return;
  const old = job;
  jobs.keep({ job: old });
  await jobs.remove(old, signal);
  if (job !== old) return; // the next one has been begun meanwhile
  job = null;
  jobs.keep(null);
}

// isNew: uploads first; else the files that are there are merged once more.
async function run(isNew) {
  begun();
  const { signal } = aborting;
  try {
    if (isNew) await send(signal);
    const now = isLost ? await jobs.status(job, signal) : null; // it may have come to its end unseen
    if (!now || !(jobs.isRunning(now) || now.state === "done")) await jobs.start(job, signal);
    await follow(signal);
  } catch (error) {
    await broken(error);
  }
}

function begun() {
  problem("merge-problem", "");
  for (const id of ["merge-result", "refused", "merge-notes", "merge-again", "merge-clear", "chooser", "merge-start"]) shown(id, false);
  at("refused-list").replaceChildren();
  shown("progress");
  shown("merge-stop");
  at("merge-stop").focus();
  aborting = new AbortController();
  stopping = null;
}

async function broken(error) {
  if (error.name === "AbortError") {
    const trouble = await stopping;
    isLost = Boolean(trouble);
    return ended(trouble ? "" : "已停止。", trouble);
  }
  isLost = isUploaded && (error.status === 0 || error.status >= 500);
  const isGone = error.status === 404; // kept for some hours only, and for its own user
  if (isGone || !isUploaded) discard().catch(() => {}); // again before the next one is begun
  return ended("", await words(error));
}

async function send(signal) {
  addEventListener("beforeunload", warn);
  addEventListener("pagehide", leave);
  try {
    say("正在准备上传", 0, 0, "");
    await discard(signal);
    job = await jobs.made(at("merge-ruleset").value, signal);
    jobs.keep({ job });
    jobs.send(job);
    list(chosen.map((one) => one.path));
    const tell = (done, path, reason) => {
      say("正在上传", done, chosen.length, path);
      if (reason !== undefined) mark(path, reason ? `未上传：${reason}` : "已上传", reason ? "bad" : "");
    };
    ({ failed, stored } = await uploaded(job, chosen, { limits: about.limits, signal, tell }));
    at("rows").open ||= !stored.size;
    if (!stored.size) throw new ToldError(`所选文件都没有上传成功，原因见“逐个文件”。${failed.length === 1 ? `\n${failed[0].file}：${failed[0].reason}` : ""}`);
    isUploaded = true;
    jobs.keep({ job, failed, stored: [...stored] });
  } finally {
    jobs.send(null);
    removeEventListener("beforeunload", warn);
    removeEventListener("pagehide", leave);
  }
}

// The page goes, and with it what was chosen: half a batch is of no use to anybody.
function leave() {
  if (job) jobs.abandon(job);
}

// The browser asks whether to leave: the files would have to be chosen again.
function warn(event) {
  event.preventDefault();
  event.returnValue = true; // older browsers
}

async function follow(signal) {
  const end = await jobs.finished(job, signal, (now) => {
    if (!now) say("连接中断，正在重试", 0, 0, "");
    else if (now.state === "working") say("正在汇总", now.done, now.all, now.name);
    else say("正在准备汇总；服务器忙时，会等前面的汇总完成", 0, 0, "");
  });
  isLost = false;
  if (end.state === "done") result(end);
  else ended("", end.message ?? "文件已上传，还没有汇总。请点“重新汇总”。");
}

// Takes up the job that this window had before it was loaded anew.
export async function resume() {
  const before = jobs.kept();
  if (!before?.job) return;
  if (!before.stored) {
    await interrupted(before.job);
    return;
  }
  ({ job, failed } = before);
  stored = new Map(before.stored);
  isUploaded = true;
  list([...stored.keys(), ...failed.map((one) => one.file)], "已上传");
  for (const one of failed) mark(one.file, `未上传：${one.reason}`, "bad");
  begun();
  try {
    await follow(aborting.signal);
  } catch (error) {
    if (error.status === 404) clear("上次的汇总已超过保留时间，或不是以现在的登录进行的。请重新选择文件。");
    else await broken(error);
  }
}

// The files of an upload that the page did not see to its end are gone with the page.
async function interrupted(old) {
  const isElsewhere = await jobs.isSentElsewhere(old);
  if (aborting) {
    if (!isElsewhere) jobs.remove(old).catch(() => {}); // the user has begun the next one meanwhile
    return;
  }
  if (isElsewhere) {
    jobs.keep(null);
    return;
  }
  job = old;
  discard().catch(() => {});
  if (!chosen.length) at("chosen").textContent = "上次的上传没有完成，已经取消。请重新选择文件。";
}

function stop() {
  at("merge-stop").disabled = true;
  say("正在停止", 0, 0, "");
  stopping = stopped();
  aborting.abort();
}

// Resolves when the server has stopped too, with what went wrong: before that a merge cannot be begun anew. Half a batch is not waited for: it is
// removed before the next one.
async function stopped() {
  try {
    if (isUploaded) await call("POST", `/api/jobs/${job}/stop`, { seconds: STOP_SECONDS });
    else discard().catch(() => {});
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
  if (!isUploaded) at("merge-start").disabled = !chosen.length;
  at(isUploaded ? "merge-again" : chosen.length ? "merge-start" : "pick-files").focus();
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
  for (const [path, { text, kind }] of outcomes(answer, stored, failed)) mark(path, text, kind);
  at("merge-notes-list").replaceChildren(...notes.map((text) => made("li", { text })));
  shown("merge-notes", notes.length > 0);
  shown("merge-result");
  shown("merge-clear");
  at("merge-result-title").focus();
}
