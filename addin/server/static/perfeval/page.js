// The page for browsers.

import { at, problem, shown } from "./dom.js";
import { setUp } from "./merge.js";
import { call, signedIn, words } from "./server.js";

async function begin() {
  shown("merge", false);
  try {
    await signedIn();
    const [about, { rulesets }] = await Promise.all([call("GET", "/api/about"), call("GET", "/api/rulesets")]);
    setUp(about, rulesets, { openAddress: (address) => location.assign(address) }); // an attachment: the page stays
    shown("merge");
  } catch (error) {
    at("loading").textContent = await words(error);
    return;
  }
  shown("loading", false);
  problem("merge-problem", "");
}

begin();
