// The start of a page: tried until it comes about, again whenever the user asks for it.

import { at, shown } from "./dom.js";
import { words } from "./server.js";

export async function started(attempt) {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      at("loading").textContent = await words(error);
    }
    shown("retry");
    at("retry").focus();
    await new Promise((resolve) => (at("retry").onclick = resolve));
    at("loading").textContent = "正在连接服务器……";
    at("loading").focus(); // the button goes with the focus
    shown("retry", false);
  }
}
