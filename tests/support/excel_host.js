// A strict Excel for the pages, in place of office.js. MODEL stands before it: the workbook as tests/support/excel.py reads it.
//
// As Excel does: nothing happens before context.sync(), a property that was not loaded cannot be read, a protected cell refuses a
// write. Stricter than Excel: a member that is not described here is a fault, and every fault is kept, whoever catches it.

const excelHost = { faults: [], dialogs: [], opened: [], browsed: [], actions: {}, functions: {}, isPaneShown: false, selection: null, refusal: null, isSilent: false, syncs: 0, calculated: 0, hasFile: true };
globalThis.excelHost = excelHost;

class Fault extends Error {
  constructor(code, message) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

function fault(code, message) {
  const error = new Fault(code, message);
  if (code !== "AccessDenied") excelHost.faults.push(error.message);
  throw error;
}

// ---- the workbook -------------------------------------------------------------------------------------------------------------

const workbook = { name: MODEL.name, names: MODEL.names, sheets: MODEL.sheets.map((s) => ({ ...s, cells: new Map(Object.entries(s.cells)), notes: new Map() })), active: 0, changes: [] };
excelHost.workbook = workbook;

function letters(column) {
  let text = "";
  for (let n = column + 1; n > 0; n = Math.floor((n - 1) / 26)) text = String.fromCharCode(65 + ((n - 1) % 26)) + text;
  return text;
}

function cellAt(text) {
  const found = /^\$?([A-Z]{1,3})\$?([1-9][0-9]*)$/.exec(text);
  if (!found) fault("InvalidArgument", `no address: ${text}`);
  return { row: Number(found[2]) - 1, column: [...found[1]].reduce((sum, c) => sum * 26 + c.charCodeAt(0) - 64, 0) - 1 };
}

function areaAt(sheet, text) {
  const [first, last = first] = text.split("!").pop().split(":");
  const [a, b] = [cellAt(first), cellAt(last)];
  return { sheet, row: a.row, column: a.column, rows: b.row - a.row + 1, columns: b.column - a.column + 1 };
}

function addressOf(area) {
  const name = /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(area.sheet.name) ? area.sheet.name : `'${area.sheet.name.replaceAll("'", "''")}'`;
  const first = `${letters(area.column)}${area.row + 1}`;
  const last = `${letters(area.column + area.columns - 1)}${area.row + area.rows}`;
  return `${name}!${first === last ? first : `${first}:${last}`}`;
}

function used(sheet) {
  const filled = [...sheet.cells].filter(([, cell]) => cell.value !== "").map(([key]) => key.split(",").map(Number));
  if (!filled.length) return null;
  const [rows, columns] = [filled.map((at) => at[0]), filled.map((at) => at[1])];
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  return { sheet, row: top, column: left, rows: Math.max(...rows) - top + 1, columns: Math.max(...columns) - left + 1 };
}

function matrix(area, of) {
  return Array.from({ length: area.rows }, (_, r) => Array.from({ length: area.columns }, (_, c) => of(area.sheet.cells.get(`${area.row + r},${area.column + c}`))));
}

// What Excel makes of a value that is typed into a cell.
function taken(value) {
  if (value === null || value === "") return { value: "" };
  if (typeof value !== "string") return { value };
  if (value.startsWith("'")) return { value: value.slice(1), isText: true };
  if (value.startsWith("=")) {
    const link = /^=HYPERLINK\("(?:[^"]|"")*","((?:[^"]|"")*)"\)$/.exec(value);
    return { value: link ? link[1].replaceAll('""', '"') : 0, formula: value };
  }
  return { value: value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value };
}

function write(area, values) {
  if (!Array.isArray(values) || values.length !== area.rows || values.some((row) => row.length !== area.columns)) fault("InvalidArgument", `values do not fit ${addressOf(area)}`);
  values.forEach((row, r) =>
    row.forEach((value, c) => {
      const key = `${area.row + r},${area.column + c}`;
      const old = area.sheet.cells.get(key) ?? {};
      if (area.sheet.isProtected && !area.sheet.open.includes(key)) fault("AccessDenied", `${addressOf(area)} is protected`);
      const now = taken(value);
      area.sheet.cells.set(key, { ...old, formula: undefined, ...now });
      workbook.changes.push({ sheet: area.sheet.name, row: area.row + r + 1, column: area.column + c + 1, value: now.value, formula: now.formula ?? null });
    }),
  );
}

// ---- objects that stand for parts of it -----------------------------------------------------------------------------------------

// resolve: the part itself, at the time of a sync; null where there is none.
function made(kind, context, resolve, isNullable = false) {
  const spec = KINDS[kind];
  const loaded = new Map();
  const children = new Map();
  const known = new Map(); // of a collection: part → the object that stands for it
  let isNull;
  let items;
  const child = (name) => {
    if (!children.has(name)) children.set(name, made(spec.nav[name][0], context, () => spec.nav[name][1](resolve())));
    return children.get(name);
  };
  const state = {
    load(path) {
      const part = resolve();
      if (part === null) {
        if (!isNullable) fault("ItemNotFound", kind);
        return;
      }
      if (spec.item) {
        items = spec.list(part).map((one) => {
          if (!known.has(one)) known.set(one, made(spec.item, context, () => one));
          return known.get(one);
        });
        const rest = path[0] === "items" ? path.slice(1) : path;
        for (const one of items) one[STATE].load(rest.length ? rest : ["*"]);
        if (!rest.length || rest[0] === "*" || KINDS[spec.item].props[rest[0]] || KINDS[spec.item].nav?.[rest[0]] || spec.isEmpty) return;
        fault("InvalidArgument", `${kind} has no items with ${rest[0]}`);
      }
      const [name, ...rest] = path;
      if (name === "*") for (const [one, of] of Object.entries(spec.props)) loaded.set(one, of(part));
      else if (spec.props[name]) loaded.set(name, spec.props[name](part));
      else if (spec.nav?.[name]) child(name)[STATE].load(rest.length ? rest : ["*"]);
      else fault("InvalidArgument", `${kind} has no property ${name} to load`);
    },
  };
  if (isNullable) context.queue(() => (isNull = resolve() === null));
  const proxy = new Proxy(Object.create(null), {
    get(_, name) {
      if (name === STATE) return state;
      if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
      if (name === "context") return context;
      if (name === "load") {
        return (paths) => {
          const every = (Array.isArray(paths) ? paths : String(paths ?? "*").split(",")).map((one) => one.trim().split("/"));
          context.queue(() => every.forEach((path) => state.load(path)));
          return proxy;
        };
      }
      if (name === "isNullObject" && !isNullable) return false;
      if (name === "isNullObject") return isNull ?? fault("PropertyNotLoaded", `${kind}.isNullObject`);
      if (name === "items" && spec.item) return items ?? fault("PropertyNotLoaded", `${kind}.items`);
      if (spec.props && name in spec.props) return loaded.has(name) ? loaded.get(name) : fault("PropertyNotLoaded", `${kind}.${name}`);
      if (spec.nav && name in spec.nav) return child(name);
      if (spec.methods && name in spec.methods) return (...args) => spec.methods[name]({ context, resolve }, ...args);
      return fault("UnknownMember", `${kind}.${name}`);
    },
    set(_, name, value) {
      if (!spec.set || !(name in spec.set)) fault("UnknownMember", `${kind}.${String(name)} cannot be set`);
      context.queue(() => spec.set[name](resolve(), value));
      return true;
    },
    has: (_, name) => name === STATE || name in (spec.props ?? {}),
  });
  return proxy;
}

const STATE = Symbol("state");
const none = { props: {} };
const empty = (item) => ({ props: {}, item, list: () => [], isEmpty: true });
const found = (name) => workbook.sheets.find((sheet) => sheet.name === name) ?? null;
const rangeOf = (context, resolve, isNullable) => made("Range", context, resolve, isNullable);

const KINDS = {
  Workbook: {
    props: { name: (w) => w.name },
    nav: { worksheets: ["Worksheets", (w) => w], names: ["Names", (w) => w.names], application: ["Application", (w) => w] },
    methods: { getSelectedRange: ({ context }) => rangeOf(context, () => excelHost.selection ?? areaAt(workbook.sheets[workbook.active], "A1")) },
  },
  Application: {
    props: { calculationMode: () => "Automatic" },
    nav: { cultureInfo: ["CultureInfo", (w) => w] },
    methods: {
      calculate: ({ context }, type) => context.queue(() => (type === "Full" ? (excelHost.calculated += 1) : fault("InvalidArgument", `calculate ${type}`))),
    },
  },
  CultureInfo: { props: { name: () => "zh-CN" }, nav: { datetimeFormat: ["DatetimeFormat", (w) => w] } },
  DatetimeFormat: { props: { shortDatePattern: () => "yyyy/M/d" } },
  Worksheets: {
    props: {},
    item: "Worksheet",
    list: (w) => w.sheets,
    methods: {
      getActiveWorksheet: ({ context }) => made("Worksheet", context, () => workbook.sheets[workbook.active]),
      getItemOrNullObject: ({ context }, name) => made("Worksheet", context, () => found(name), true),
      getItem: ({ context }, name) => made("Worksheet", context, () => found(name)),
      add: ({ context }, name) => {
        const sheet = { name, visibility: "Visible", cells: new Map(), notes: new Map(), isProtected: false, open: [], looks: {} };
        context.queue(() => {
          if (found(name)) fault("ItemAlreadyExists", name);
          workbook.sheets.push(sheet);
          workbook.changes.push({ added: name });
        });
        return made("Worksheet", context, () => sheet);
      },
    },
  },
  Worksheet: {
    props: { name: (s) => s.name, visibility: (s) => s.visibility, showGridlines: () => true, position: (s) => workbook.sheets.indexOf(s) },
    set: {
      position: (sheet, to) => {
        workbook.sheets.splice(workbook.sheets.indexOf(sheet), 1);
        workbook.sheets.splice(to, 0, sheet);
      },
    },
    nav: {
      names: ["Names", () => []], pageLayout: ["PageLayout", (s) => s], notes: ["Notes", (s) => s], tables: ["Tables", (s) => s], charts: ["Charts", (s) => s],
      shapes: ["Shapes", (s) => s], pivotTables: ["PivotTables", (s) => s],
    },
    methods: {
      getRange: ({ context, resolve }, address) => rangeOf(context, () => areaAt(resolve(), address)),
      getRangeByIndexes: ({ context, resolve }, row, column, rows, columns) => rangeOf(context, () => ({ sheet: resolve(), row, column, rows, columns })),
      getUsedRangeOrNullObject: ({ context, resolve }, isOfValues) => (isOfValues ? rangeOf(context, () => used(resolve()), true) : fault("UnknownMember", "used range with formats")),
      activate: ({ context, resolve }) =>
        context.queue(() => {
          if (resolve().visibility !== "Visible") fault("InvalidOperation", `${resolve().name} is hidden`);
          workbook.active = workbook.sheets.indexOf(resolve());
        }),
      delete: ({ context, resolve }) =>
        context.queue(() => {
          const sheet = resolve();
          workbook.sheets.splice(workbook.sheets.indexOf(sheet), 1);
          workbook.changes.push({ removed: sheet.name });
        }),
    },
  },
  Range: {
    props: {
      address: addressOf, rowCount: (a) => a.rows, columnCount: (a) => a.columns, values: (a) => matrix(a, (cell) => cell?.value ?? ""),
      numberFormat: (a) => matrix(a, (cell) => cell?.format ?? "General"), formulas: (a) => matrix(a, (cell) => cell?.formula ?? cell?.value ?? ""),
    },
    set: { values: write, formulas: write },
    nav: { worksheet: ["Worksheet", (a) => a.sheet], format: ["RangeFormat", (a) => a] },
    methods: {
      select: ({ context, resolve }) =>
        context.queue(() => {
          excelHost.selection = resolve();
          workbook.active = workbook.sheets.indexOf(excelHost.selection.sheet);
        }),
      getSurroundingRegion: ({ context, resolve }) => rangeOf(context, resolve),
    },
  },
  RangeFormat: { props: {}, set: { columnWidth: look("columnWidth"), wrapText: look("wrapText") }, nav: { font: ["Font", (a) => a], fill: ["Fill", (a) => a] }, methods: { autofitRows: ({ context, resolve }) => context.queue(() => look("rowHeight")(resolve(), "auto")) } },
  Font: { props: {}, set: { bold: look("bold"), color: look("color") } },
  Fill: { props: {}, set: { color: look("fill") }, methods: { clear: ({ context, resolve }) => context.queue(() => look("fill")(resolve(), "")) } },
  Names: { props: {}, item: "Name", list: (names) => names },
  Name: {
    props: { name: (n) => n.name, type: (n) => n.type, formula: (n) => n.formula },
    methods: { getRangeOrNullObject: ({ context, resolve }) => rangeOf(context, () => (found(resolve().sheet) ? areaAt(found(resolve().sheet), resolve().area) : null), true) },
  },
  PageLayout: { props: {}, methods: { getPrintAreaOrNullObject: ({ context }) => made("Areas", context, () => null, true) } },
  Areas: { props: {}, nav: { areas: ["Ranges", () => []] } },
  Ranges: { props: {}, item: "Range", list: (areas) => areas },
  Notes: {
    props: {},
    item: "Note",
    list: (sheet) => [...sheet.notes.values()],
    methods: {
      getItemOrNullObject: ({ context, resolve }, address) => made("Note", context, () => resolve().notes.get(address) ?? null, true),
      add: ({ context, resolve }, address, content) =>
        context.queue(() => {
          const sheet = resolve();
          if (sheet.isProtected) fault("AccessDenied", `${sheet.name} is protected`);
          if (sheet.notes.has(address)) fault("ItemAlreadyExists", address);
          sheet.notes.set(address, { sheet, address, content });
        }),
    },
  },
  Note: {
    props: { content: (n) => n.content },
    methods: {
      getLocation: ({ context, resolve }) => rangeOf(context, () => areaAt(resolve().sheet, resolve().address)),
      delete: ({ context, resolve }) => context.queue(() => resolve().sheet.notes.delete(resolve().address)),
    },
  },
  Tables: empty("None"), Charts: empty("None"), Shapes: empty("None"), PivotTables: empty("None"), None: none,
};

function look(name) {
  return (area, value) => {
    if (area.sheet.isProtected) fault("AccessDenied", `${area.sheet.name} is protected`);
    (area.sheet.looks ??= {})[`${addressOf(area)} ${name}`] = value;
  };
}

class RequestContext {
  constructor() {
    this.waiting = [];
    this.workbook = made("Workbook", this, () => workbook);
    this.application = this.workbook.application;
  }

  queue(operation) {
    this.waiting.push(operation);
  }

  async sync() {
    await null;
    excelHost.syncs += 1;
    if (excelHost.refusal) throw new Fault(excelHost.refusal, "Excel is busy"); // while the user edits a cell
    const now = this.waiting;
    this.waiting = [];
    for (const operation of now) operation();
  }
}

// ---- the globals ----------------------------------------------------------------------------------------------------------------

function strict(name, members) {
  return new Proxy(members, {
    get: (target, key) => (key in target || typeof key === "symbol" || key === "then" ? target[key] : fault("UnknownMember", `${name}.${key}`)),
    set: (_, key) => fault("UnknownMember", `${name}.${String(key)} cannot be set`),
  });
}

globalThis.Excel = strict("Excel", {
  RequestContext,
  CalculationType: strict("CalculationType", { full: "Full" }),
  ShapeType: strict("ShapeType", { image: "Image" }),
  async run(callback) {
    if (typeof callback !== "function") fault("InvalidArgument", "Excel.run without a function");
    const context = new RequestContext();
    const result = await callback(context);
    await context.sync();
    return result;
  },
  async createWorkbook(content) {
    if (!atob(content).startsWith("PK")) fault("InvalidArgument", "no workbook");
    excelHost.opened.push(content);
  },
});

const SETS = { ExcelApi: 18, SharedRuntime: 1, CustomFunctionsRuntime: 4, CustomFunctions: -1, DialogApi: 2, OpenBrowserWindowApi: 1, RibbonApi: 1 };
const answered = (value) => ({ status: "succeeded", value });

function fileOf(bytes, size) {
  return strict("File", {
    size: bytes.length,
    sliceCount: Math.ceil(bytes.length / size),
    getSliceAsync: (index, done) => setTimeout(() => done(answered({ data: Array.from(bytes.subarray(index * size, (index + 1) * size)) }))),
    closeAsync: (done) => setTimeout(() => done(answered(undefined))),
  });
}

globalThis.Office = strict("Office", {
  AsyncResultStatus: strict("AsyncResultStatus", { Succeeded: "succeeded", Failed: "failed" }),
  EventType: strict("EventType", { DialogMessageReceived: "message", DialogEventReceived: "event" }),
  FileType: strict("FileType", { Compressed: "compressed" }),
  onReady(callback) {
    const info = { host: "Excel", platform: "PC" };
    callback?.(info);
    return Promise.resolve(info);
  },
  actions: strict("actions", { associate: (id, action) => (excelHost.actions[id] = action) }),
  addin: strict("addin", {
    async showAsTaskpane() {
      excelHost.isPaneShown = true;
    },
  }),
  context: strict("context", {
    platform: "PC",
    diagnostics: { version: "16.0.0.0" },
    requirements: strict("requirements", { isSetSupported: (name, version = "1.1") => Number(String(version).split(".")[1]) <= (SETS[name === "ExcelAPI" ? "ExcelApi" : name] ?? -1) }),
    ui: strict("ui", {
      displayDialogAsync(address, options, done) {
        if (new URL(address).origin !== location.origin) fault("InvalidArgument", `dialog of another host: ${address}`);
        const handlers = {};
        const dialog = strict("dialog", { addEventHandler: (event, handler) => (handlers[event] = handler), close: () => {} });
        excelHost.dialogs.push({ address, options, text: new URL(address).searchParams.get("prompt"), answer: (message) => handlers.message({ message }) });
        setTimeout(() => done(answered(dialog)));
      },
      messageParent: (message) => (excelHost.message = message),
      openBrowserWindow: (address) => excelHost.browsed.push(address),
    }),
    document: strict("document", {
      getFileAsync(type, { sliceSize }, done) {
        if (type !== "compressed" || sliceSize > 4_194_304) fault("InvalidArgument", "getFileAsync");
        if (excelHost.isSilent) return; // a dialog is open
        if (!excelHost.hasFile) {
          setTimeout(() => done({ status: "failed", error: new Error("rights management") }));
          return;
        }
        globalThis.excelFile(JSON.stringify(workbook.changes)).then((text) => done(answered(fileOf(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), sliceSize))));
      },
    }),
  }),
});

globalThis.CustomFunctions = strict("CustomFunctions", {
  associate: (id, action) => (excelHost.functions[id] = action),
  Error: class extends Error {
    constructor(code, message) {
      super(message);
      this.code = code;
    }
  },
  ErrorCode: strict("ErrorCode", { invalidValue: "#VALUE!", notAvailable: "#N/A" }),
});

// ---- for tests ------------------------------------------------------------------------------------------------------------------

excelHost.press = async (id) => {
  if (!excelHost.actions[id]) throw new Error(`no button ${id}`);
  let isCompleted = false;
  await excelHost.actions[id]({ completed: () => (isCompleted = true) });
  if (!isCompleted) throw new Error(`${id} never completed its event`);
};
excelHost.call = (id, ...args) => excelHost.functions[id](...args, { address: "自评表!Z1" });
excelHost.cell = (sheet, address) => {
  const at = cellAt(address);
  return found(sheet).cells.get(`${at.row},${at.column}`)?.value ?? "";
};
excelHost.type = (sheet, address, value) => write(areaAt(found(sheet), address), [[value]]);
