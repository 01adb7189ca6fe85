// Uploads of one job, some side by side. Job and signal are given: what a failed batch still has under way never reaches the next.

import { megabytes } from "./dom.js";
import { call, pause } from "./server.js";

const AT_ONCE = 6;
const ATTEMPTS = 3;
const FATAL = new Set([401, 404, 507]); // no other file will fare better
const INTERRUPTED = "上传时连接多次中断，没有送达，可能被防火墙或杀毒软件拦截。请联系信息技术人员";
const UNREADABLE = "读不到这个文件，可能已被移动、改名、改动，或正被其他程序占用。请关闭占用它的程序，重新选择后再汇总";

// files: {file, path}. tell: (done, path, reason) before a file with no reason, after it with its reason, empty where it arrived.
// Resolves with failed, {file, reason} each, and stored, path → the name the server gave it. Once it rejects nothing is under way any more.
export async function uploaded(job, files, { limits, signal, tell }) {
  const own = new AbortController();
  const onStop = () => own.abort();
  signal.addEventListener("abort", onStop);
  if (signal.aborted) own.abort();
  const failed = [];
  const stored = new Map();
  const waiting = [...files];
  let done = 0;
  const worker = async () => {
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        tell(done, next.path);
        const reason = await sent(job, next, { limits, signal: own.signal, stored });
        done += 1;
        if (reason) failed.push({ file: next.path, reason });
        tell(done, next.path, reason);
      }
    } catch (error) {
      waiting.length = 0;
      own.abort();
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  signal.removeEventListener("abort", onStop);
  const errors = ends.filter((one) => one.status === "rejected").map((one) => one.reason);
  if (errors.length) throw errors.find((error) => error.name !== "AbortError") ?? errors[0];
  return { failed, stored };
}

// Why a file could not be sent; empty where it was.
async function sent(job, { file, path }, { limits, signal, stored }) {
  if (file.size > limits.file_bytes) return `文件有 ${megabytes(file.size)}，超过 ${megabytes(limits.file_bytes)} 的上限`;
  const mark = marked();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { name } = await call("PUT", `/api/jobs/${job}/files?name=${encodeURIComponent(path)}&mark=${mark}`, { body: file, signal });
      stored.set(path, name);
      return "";
    } catch (error) {
      if (error.name === "AbortError" || FATAL.has(error.status)) throw error;
      if (error.status === 0 && !(await isReadable(file))) return UNREADABLE; // the browser says no more than that it could not send it
      if (!isPassing(error)) return error.message;
      if (attempt === ATTEMPTS) {
        if (error.status) return error.message;
        await call("GET", `/api/jobs/${job}`, { signal }); // rejects where nothing arrives: then no file is to be left out for it
        return INTERRUPTED;
      }
      await pause(500 * attempt, signal);
    }
  }
}

// What may be otherwise in a moment: no answer, a break of the upload, a server that is busy.
const isPassing = ({ status }) => status === 0 || status === 408 || status >= 500;

async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

// By it the server knows a file again whose answer was lost on the way.
function marked() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
