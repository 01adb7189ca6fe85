// The page for browsers.

import { at, problem, shown } from "./dom.js";
import { resume, setUp } from "./merge.js";
import { call, signedIn, words } from "./server.js";

async function begin() {
  shown("merge", false);
  try {
    const wasAsked = await signedIn();
    const [about, { rulesets }] = await Promise.all([call("GET", "/api/about"), call("GET", "/api/rulesets")]);
    setUp(about, rulesets, { openAddress: (address) => location.assign(address) }); // an attachment: the page stays
    shown("merge");
    if (wasAsked) at("merge-title").focus();
  } catch (error) {
    at("loading").textContent = await words(error);
    return;
  }
  shown("loading", false);
  problem("merge-problem", "");
  await resume();
}

begin();
