// The buttons of the tab: a command on the server, or a view of the pane.

import { base64, file, openWorkbook } from "./excel.js";
import { call, ServerError, session, words } from "./server.js";

const COMMANDS = ["newTable", "recalculate", "check", "allocateWeights", "undo", "findings"];
const WITHOUT_FILE = new Set(["newTable"]);
const VIEWS = { pane: "table", report: "table", merge: "merge", rulesets: "rulesets", doctor: "help", help: "help" };

// Runs one command on the open workbook; its dialogs come as actions, its errors as dialogs.
export async function press(id) {
  let content = "";
  if (!WITHOUT_FILE.has(id)) {
    try {
      content = base64(await file());
    } catch {
      content = ""; // Excel gives none (rights management): the cells alone are sent, and the command says what that means
    }
  }
  try {
    await Excel.run(async (context) => {
      const payload = await xlwings.getBookData({}, context);
      if (content) payload.args = [content];
      await xlwings.runActions(await call("POST", `/xlwings/custom-scripts-call/${id}`, { json: payload }), context);
    });
  } catch (error) {
    await tell(await reason(error));
  }
}

// Not xlwings' own runPython: that tells errors in English.
async function reason(error) {
  if (error.status === 401) {
    await Office.addin.showAsTaskpane();
    words(error); // asks for the sign-in there; the button does not wait for it
    return "登录已过期。请在任务窗格中重新登录，然后再点一次。";
  }
  if (error instanceof ServerError) return words(error);
  const code = error.cause?.code ?? error.code;
  const done = error.appliedActionCount > 1 ? "\n已有一部分写入，可以点“撤销上次操作”恢复。" : "";
  if (code === "AccessDenied") return `Excel 拒绝了改动：工作表或工作簿受保护，或以只读方式打开。\n处理办法：请在“审阅”中撤销工作表保护，或启用编辑后再试。${done}`;
  if (code === "InvalidOperationInCellEditMode") return `Excel 正在编辑单元格。\n处理办法：请按回车或 Esc 结束编辑后再点一次。${done}`;
  return `Excel 没有完成这项操作（${code ?? "未知原因"}）。\n处理办法：请保存后重新打开工作簿再试；仍不行时请把括号中的代码告知信息技术人员。${done}`;
}

function tell(text) {
  return xlwings.runActions({ actions: [{ func: "alert", args: [text, "绩效自评", "ok", "critical", ""] }] });
}

// show: brings a view of the pane to the front. afterwards: what the pane does when a command has run.
export function setUp(show, afterwards) {
  xlwings.registerCallback(async function perfevalDeliver(context, name, content) {
    await context.sync();
    await openWorkbook(content);
  });
  for (const id of COMMANDS) {
    Office.actions.associate(id, async (event) => {
      try {
        if (session()) {
          await press(id);
          afterwards(id);
        } else {
          await Office.addin.showAsTaskpane(); // the sign-in waits there
        }
      } finally {
        event.completed();
      }
    });
  }
  for (const [id, view] of Object.entries(VIEWS)) {
    Office.actions.associate(id, async (event) => {
      try {
        await Office.addin.showAsTaskpane();
        show(view);
      } finally {
        event.completed();
      }
    });
  }
}
