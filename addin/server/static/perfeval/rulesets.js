// 规则集: which there are, and which one this workbook is scored by.

import { at, made } from "./dom.js";
import { place } from "./excel.js";
import { call, words } from "./server.js";
import { departmentOf } from "./table.js";

export function setUp(rulesets, afterwards) {
  const options = [{ id: "", title: "按表格自动识别（推荐）", status: "" }, ...rulesets];
  at("ruleset-list").replaceChildren(
    ...options.map((one) => {
      const id = `ruleset-${one.id || "auto"}`;
      const text = one.status ? `${one.title}（${one.status}）` : one.title;
      return made("div", { class: "form-check" }, made("input", { type: "radio", class: "form-check-input", name: "ruleset", id, value: one.id }), made("label", { class: "form-check-label", for: id, text }));
    }),
  );
  at("ruleset-form").onsubmit = async (event) => {
    event.preventDefault();
    const value = new FormData(at("ruleset-form")).get("ruleset") ?? "";
    const button = at("ruleset-take");
    if (button.disabled) return;
    button.disabled = true;
    at("ruleset-said").textContent = "正在保存……";
    try {
      const { name } = await place();
      await call("POST", "/api/ruleset", { json: { name, ruleset: value, department: departmentOf(name) } });
      at("ruleset-said").textContent = value ? "已采用。这个选择只记在服务器上，工作簿没有改动；需要时请点“重新计算”。" : "已改为按表格自动识别。";
      await afterwards();
    } catch (error) {
      at("ruleset-said").textContent = await words(error);
    } finally {
      button.disabled = false;
    }
  };
}

export async function show() {
  at("ruleset-said").textContent = "";
  try {
    const { name } = await place();
    const { ruleset } = await call("GET", `/api/ruleset?${new URLSearchParams({ name, department: departmentOf(name) })}`);
    at(`ruleset-${ruleset || "auto"}`)?.click();
    at("ruleset-now").textContent = `${name}：${ruleset ? `已选定 ${ruleset}` : "按表格自动识别"}`;
  } catch (error) {
    at("ruleset-said").textContent = await words(error);
  }
}
