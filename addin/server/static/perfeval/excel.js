// What the pane asks of Excel: the workbook as a file, where it stands, a cell to go to, a workbook to open.

const SLICE = 1_000_000; // bytes; Excel takes up to 4 MB

// The open workbook with everything not yet saved, as Excel would save it.
export async function file() {
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
    await asked((done) => opened.closeAsync(done)); // Excel keeps two at most
  }
}

function asked(start) {
  return new Promise((resolve, reject) => {
    start((answer) => (answer.status === Office.AsyncResultStatus.Succeeded ? resolve(answer.value) : reject(answer.error)));
  });
}

// Name of the workbook and of the sheet on the screen.
export async function place() {
  return Excel.run(async (context) => {
    const { workbook } = context;
    workbook.load("name");
    const sheet = workbook.worksheets.getActiveWorksheet();
    sheet.load("name");
    await context.sync();
    return { name: workbook.name, sheet: sheet.name };
  });
}

// Whether it is there; an address of a finding may be old.
export async function goTo(sheet, cell) {
  return Excel.run(async (context) => {
    const found = context.workbook.worksheets.getItemOrNullObject(sheet);
    await context.sync();
    if (found.isNullObject) return false;
    found.activate();
    if (cell) found.getRange(cell).select();
    await context.sync();
    return true;
  });
}

export function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

export async function openWorkbook(content) {
  await Excel.createWorkbook(typeof content === "string" ? content : base64(content));
}

// A download: in a web view by the system's browser, which saves it; without that as a link.
export function openAddress(address) {
  const whole = new URL(address, location.origin).href;
  if (Office.context.requirements.isSetSupported("OpenBrowserWindowApi", "1.1")) Office.context.ui.openBrowserWindow(whole);
  else location.assign(whole);
}
