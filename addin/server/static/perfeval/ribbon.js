// The buttons of the tab: a command on the server, or a view of the pane.

import { problem } from "./dom.js";
import { base64, file, openWorkbook, refusal } from "./excel.js";
import { call, session, words } from "./server.js";
import { ToldError } from "./told.js";
import { covered } from "./views.js";

const COMMANDS = ["newTable", "recalculate", "check", "allocateWeights", "undo", "findings"];
const WITHOUT_FILE = new Set(["newTable"]);
const VIEWS = { pane: "table", report: "table", merge: "merge", rulesets: "rulesets", doctor: "help", help: "help" };
const SECONDS = 150; // the server takes 60 for it, and may have others before

// Runs one command on the open workbook; its dialogs come as actions, its errors as dialogs. Resolves with what could not be said in a dialog.
export async function press(id) {
  try {
    await run(id);
    return "";
  } catch (error) {
    return tell(await reason(error));
  }
}

async function run(id) {
  let content = "";
  if (!WITHOUT_FILE.has(id)) {
    try {
      content = base64(await file());
    } catch {
      content = ""; // Excel gives none (rights management): the cells alone are sent, and the command says what that means
    }
  }
  await Excel.run(async (context) => {
    const payload = await xlwings.getBookData({}, context);
    if (content) payload.args = [content];
    await xlwings.runActions(await call("POST", `/xlwings/custom-scripts-call/${id}`, { json: payload, seconds: SECONDS }), context);
  });
}

// Not xlwings' own runPython: that tells errors in English.
async function reason(error) {
  if (error.status === 401) return entrance(error);
  if (error instanceof ToldError) return words(error);
  return refusal(error) + (error.appliedActionCount > 1 ? "\n已有一部分写入，可以点“撤销上次操作”恢复。" : "");
}

// The sign-in is in the pane; a button of the tab does not wait until its form is filled in.
async function entrance(error) {
  await Office.addin.showAsTaskpane().catch(() => {}); // it may be there already
  return Promise.race([words(error), covered().then(() => "还没有登录，或登录已过期。请在任务窗格中登录，然后再点一次。")]);
}

async function tell(text) {
  try {
    await xlwings.runActions({ actions: [{ func: "alert", args: [text, "绩效自评", "ok", "critical", ""] }] });
    return "";
  } catch {
    return text;
  }
}

// show: brings a view of the pane to the front. afterwards: what the pane does when a command has run.
export function setUp(show, afterwards) {
  xlwings.registerCallback(async function perfevalDeliver(context, name, content) {
    await context.sync();
    await openWorkbook(content);
  });
  for (const id of COMMANDS) {
    associate(id, async () => {
      const unsaid = session() ? await press(id) : await tell(await entrance({ status: 401 }));
      await afterwards(id);
      if (unsaid) throw new ToldError(unsaid);
    });
  }
  for (const [id, view] of Object.entries(VIEWS)) {
    associate(id, async () => {
      await Office.addin.showAsTaskpane();
      show(view);
    });
  }
}

function associate(id, action) {
  Office.actions.associate(id, async (event) => {
    try {
      await action();
    } catch (error) {
      problem("table-problem", await words(error));
    } finally {
      event.completed();
    }
  });
}
