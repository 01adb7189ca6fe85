// 本表: score with a meter for each section, weights, findings that lead to their cells.

import { at, made, problem, shown } from "./dom.js";
import { file, goTo, place } from "./excel.js";
import { addressOf, call, words } from "./server.js";

const SEVERITIES = [
  ["error", "错误"],
  ["warning", "提醒"],
  ["info", "提示"],
];

const SECONDS = 150; // the server takes 60 for a table, and may have others before

// The workbook that was read last and the unit it names: a choice of a rule set is for that unit's workbook.
let last = { name: "", department: "" };
let running = null;
let next = null;

export function departmentOf(name) {
  return last.name === name ? last.department : "";
}

// Reads the open workbook and shows what the server says of it. A call while one reads has one more read after it: the workbook may have
// changed since it was handed over.
export function refresh() {
  if (running) {
    next ??= running
      .catch(() => {})
      .then(() => {
        next = null;
        return refresh();
      });
    return next;
  }
  running = read().finally(() => (running = null));
  return running;
}

async function read() {
  at("refresh").disabled = true;
  at("table-status").textContent = "正在读取和计算……";
  problem("table-problem", "");
  try {
    const here = await place();
    const document = await call("POST", `/api/table?${new URLSearchParams(here)}`, { body: await file(), seconds: SECONDS });
    last = { name: here.name, department: document.department };
    show(document);
    at("table-status").textContent = `${here.name}，${new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" })} 计算。改动后请点“刷新”。`;
  } catch (error) {
    at("table-status").textContent = "";
    shown("score", false);
    problem("table-problem", await words(error));
  } finally {
    at("refresh").disabled = false;
  }
}

function show(document) {
  const { total, ruleset } = document;
  at("total").textContent = total.score;
  at("total-of").textContent = ` / ${total.weight} 分`;
  at("grade").textContent = total.grade ?? "";
  const lines = [];
  if (total.unscored) lines.push(`有 ${total.unscored} 项未能计分，不给出等级。`);
  if (total.reported !== null) lines.push(total.reported === total.score ? `填报的总分是 ${total.reported}，一致。` : `填报的总分是 ${total.reported}，与计算结果不同。`);
  at("reported").textContent = lines.join("");
  at("table-ruleset").textContent = `规则集：${ruleset.title}（${ruleset.reason}）`;
  at("sections").replaceChildren(...document.sections.map(section));
  at("weights").replaceChildren(...weights(document.weights));
  findings(document);
  shown("score");
}

function meter(label, value, most, words, isGood) {
  const id = `meter-${meter.count++}`;
  const element = made("meter", { id, min: 0, max: Math.max(Number(most), Number(value), 0.01), value: Number(value), class: isGood ? "good" : "short" });
  element.textContent = words;
  return made("li", {}, made("label", { for: id, text: label }), made("span", { class: "number", text: words }), element);
}
meter.count = 0;

function section(one) {
  const score = one.score ?? "—";
  const rest = one.unscored ? `（${one.unscored} 项未计分）` : "";
  return meter(one.name || "（未分类）", one.score ?? 0, one.weight, `${score} / ${one.weight}${rest}`, Number(score) >= 0.9 * Number(one.weight));
}

function weights(all) {
  const rows = all.sections.map((one) => {
    const isFull = one.full === null || one.given === one.full;
    const state = one.full === null ? "" : isFull ? "，已分配完" : `，应为 ${one.full}`;
    return meter(one.name, one.given, one.full ?? one.given, `${one.given}${state}${one.blank ? `，${one.blank} 项没有分值` : ""}`, isFull && !one.blank);
  });
  const isFull = all.total === all.full;
  return [...rows, meter("合计", all.total, all.full, `${all.total}${isFull ? "，恰好满分" : `，应为 ${all.full}`}`, isFull)];
}

function findings(document) {
  const groups = SEVERITIES.map(([severity, title]) => group(severity, title, document.findings.filter((one) => one.severity === severity))).filter(Boolean);
  at("findings").replaceChildren(...groups);
  at("findings-title").textContent = `问题（${document.findings.length + document.more}）`;
  if (document.more) at("findings").append(made("p", { class: "hint", text: `另有 ${document.more} 项没有列出，请点“校验”查看全部。` }));
  shown("no-findings", !document.findings.length);
}

function group(severity, title, some) {
  if (!some.length) return null;
  const items = some.map((one) => {
    const where = one.cell ? `${one.sheet}!${one.cell}` : one.sheet || "整个文件";
    const button = made(
      one.sheet ? "button" : "div", // of the whole file: it leads nowhere
      one.sheet ? { type: "button", class: `finding ${severity}`, on: { click: () => follow(one) } } : { class: `finding ${severity}` },
      made("span", { class: "where", text: where }),
      made("strong", { text: one.title }),
      made("span", { class: "lines", text: one.found }),
    );
    if (one.expected) button.append(made("span", { class: "lines", text: `应为：${one.expected}` }));
    if (one.remedy) button.append(made("span", { class: "lines mend", text: `处理办法：${one.remedy}` }));
    return made("li", {}, button);
  });
  return made("details", { open: severity === "info" ? null : "" }, made("summary", { class: severity, text: `${title}（${some.length}）` }), made("ul", { class: "plain" }, ...items));
}

async function follow(one) {
  problem("table-problem", "");
  try {
    problem("table-problem", await goTo(one.sheet, one.cell));
  } catch (error) {
    problem("table-problem", await words(error));
  }
}

// The open table as a Word document, handed over as a download.
export async function report(openAddress) {
  const button = at("make-report");
  button.disabled = true;
  at("table-status").textContent = "正在生成报告……";
  problem("table-problem", "");
  try {
    const done = await call("POST", `/api/report?${new URLSearchParams(await place())}`, { body: await file(), seconds: SECONDS });
    openAddress(await addressOf(done.job, done.name));
    at("table-status").textContent = `“${done.name}”已生成，正在下载。文中【待填】的地方请补充。`;
  } catch (error) {
    at("table-status").textContent = "";
    problem("table-problem", await words(error));
  } finally {
    button.disabled = false;
  }
}
