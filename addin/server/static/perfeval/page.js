// The page for browsers.

import { resume, setUp } from "./merge.js";
import { call, signedIn } from "./server.js";
import { started } from "./start.js";
import * as views from "./views.js";

async function begin() {
  views.show("merge");
  const [about, { rulesets }] = await started(async () => {
    await signedIn();
    return Promise.all([call("GET", "/api/about"), call("GET", "/api/rulesets")]);
  });
  setUp(about, rulesets, { openAddress: (address) => location.assign(address) }); // an attachment: the page stays
  views.ready();
  await resume();
}

begin();
