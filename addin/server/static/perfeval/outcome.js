// What became of each file of a merge that is done.

const TABLES = /\.(xlsx|xlsm|xltx|xltm|xlsb|xls|et|ett|ods|csv|tsv)$/i;
const ARCHIVE = /\.zip$/i;
const LOCK = /^[~.]/; // ~$自评表.xlsx, ._自评表.xlsx

// stored: path → the name the server gave it. Returns path → {text, kind}.
// The server counts what it passed over without naming it: where its count is that of the files which can be meant, they are; else it is left open.
export function outcomes(answer, stored, failed) {
  const found = new Map(failed.map(({ file, reason }) => [file, { text: `未上传：${reason}`, kind: "bad" }]));
  const refused = new Map(answer.refused.map((one) => [one.file, one.reason]));
  const open = [];
  for (const [path, name] of stored) {
    const reason = refused.get(name) ?? refused.get(path);
    const last = name.split("/").at(-1);
    if (reason) found.set(path, { text: `未采用：${reason}`, kind: "bad" });
    else if (ARCHIVE.test(last)) found.set(path, { text: "已展开，其中的文件见汇总表“报送情况”", kind: "" });
    else if (TABLES.test(last) && !LOCK.test(last)) found.set(path, { text: "已汇总", kind: "good" });
    else open.push(path);
  }
  const passed = Object.values(answer.skipped ?? {}).reduce((sum, count) => sum + count, 0);
  const text = passed === open.length ? "已略过：不是表格" : passed ? "是否采用见汇总表“报送情况”" : "已汇总";
  for (const path of open) found.set(path, { text, kind: "" });
  return found;
}
