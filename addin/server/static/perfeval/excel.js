// What the pane asks of Excel: the workbook as a file, where it stands, a cell to go to, a workbook to open.
// Each rejects with a ToldError where Excel refuses or does not answer.

import { ToldError } from "./told.js";

const SLICE = 1_000_000; // bytes; Excel takes up to 4 MB
const PATIENCE_MS = 60_000; // for one answer of Excel
const NO_FILE = "取不到工作簿的内容，可能处于“受保护的视图”或设有权限保护。请点“启用编辑”后重试。";

const SILENT = "Excel 没有应答，可能正在编辑单元格，或开着对话框。\n处理办法：请结束编辑、关闭对话框后再点一次。";

// Why Excel did not do it, and what to do.
export function refusal(error) {
  let code;
  for (let one = error; one; one = one.cause) {
    if (one instanceof ToldError) return one.message;
    code = one.code ?? code; // the innermost
  }
  if (code === "AccessDenied") return "Excel 拒绝了改动：工作表或工作簿受保护，或以只读方式打开。\n处理办法：请在“审阅”中撤销工作表保护，或启用编辑后再试。";
  if (code === "InvalidOperationInCellEditMode") return "Excel 正在编辑单元格。\n处理办法：请按回车或 Esc 结束编辑后再点一次。";
  return `Excel 没有完成这项操作（${code ?? "未知原因"}）。\n处理办法：请保存后重新打开工作簿再试；仍不行时请把括号中的代码告知信息技术人员。`;
}

async function ran(action) {
  let timer = 0;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new ToldError(SILENT)), PATIENCE_MS);
  });
  try {
    return await Promise.race([Excel.run(action), silence]);
  } catch (error) {
    throw error instanceof ToldError ? error : new ToldError(refusal(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

// The open workbook with everything not yet saved, as Excel would save it.
export async function file() {
  try {
    return await whole();
  } catch (error) {
    throw error instanceof ToldError ? error : new ToldError(NO_FILE, { cause: error });
  }
}

async function whole() {
  const opened = await asked((done) => Office.context.document.getFileAsync(Office.FileType.Compressed, { sliceSize: SLICE }, done));
  try {
    const data = new Uint8Array(opened.size);
    let at = 0;
    for (let index = 0; index < opened.sliceCount; index += 1) {
      const slice = await asked((done) => opened.getSliceAsync(index, done));
      data.set(slice.data, at);
      at += slice.data.length;
    }
    return data;
  } finally {
    await asked((done) => opened.closeAsync(done)).catch(() => {}); // Excel keeps two at most; what was read is whole all the same
  }
}

function asked(start) {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new ToldError(SILENT));
    }, PATIENCE_MS);
    start((answer) => {
      clearTimeout(timer);
      if (isLate) answer.value?.closeAsync?.(() => {}); // a file that nobody waits for any more
      else if (answer.status === Office.AsyncResultStatus.Succeeded) resolve(answer.value);
      else reject(answer.error);
    });
  });
}

// Name of the workbook and of the sheet on the screen.
export async function place() {
  return ran(async (context) => {
    const { workbook } = context;
    workbook.load("name");
    const sheet = workbook.worksheets.getActiveWorksheet();
    sheet.load("name");
    await context.sync();
    return { name: workbook.name, sheet: sheet.name };
  });
}

// Why it cannot be gone to, empty where it was; an address of a finding may be old.
export async function goTo(sheet, cell) {
  return ran(async (context) => {
    const found = context.workbook.worksheets.getItemOrNullObject(sheet);
    found.load("visibility");
    await context.sync();
    if (found.isNullObject) return `工作表“${sheet}”已不在工作簿中。请点“刷新”。`;
    if (found.visibility !== "Visible") return `工作表“${sheet}”处于隐藏状态。\n处理办法：请在任一工作表标签上点右键，选“取消隐藏”，然后再点这一项。`;
    found.activate();
    if (cell) found.getRange(cell).select();
    await context.sync();
    return "";
  });
}

export function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

export async function openWorkbook(content) {
  try {
    await Excel.createWorkbook(typeof content === "string" ? content : base64(content));
  } catch (error) {
    throw new ToldError(refusal(error), { cause: error });
  }
}

// A download: in a web view by the system's browser, which saves it; without that as a link.
export function openAddress(address) {
  const whole = new URL(address, location.origin).href;
  if (Office.context.requirements.isSetSupported("OpenBrowserWindowApi", "1.1")) Office.context.ui.openBrowserWindow(whole);
  else location.assign(whole);
}
