// The buttons of the tab: a command on the server, or a view of the pane.

import { base64, file, openWorkbook } from "./excel.js";
import { session } from "./server.js";

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
  const { token, provider } = await globalThis.getAuth();
  await xlwings.runPython({ scriptName: id, auth: token, headers: { "Auth-Provider": provider }, args: content ? [content] : [] });
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
