// The dashboard: one feed, one view for each tab; only the open one is drawn.
import { Controls } from "./controls.js";
import { Downloads } from "./downloads.js";
import { keep } from "./drawings.js";
import { Endpoints } from "./endpoints.js";
import { Failures } from "./failures.js";
import { Feed } from "./feed.js";
import { Header } from "./header.js";
import { Limits } from "./limits.js";
import { Overview } from "./overview.js";
import { Start } from "./start.js";
import { Streams } from "./streams.js";
import { badge, tabs } from "./tabs.js";
import { Workers } from "./workers.js";

const feed = new Feed();
const header = new Header();
const controls = new Controls(feed);
const start = new Start(feed);
const views = {
  overview: new Overview(), endpoints: new Endpoints(), streams: new Streams(), failures: new Failures(), workers: new Workers(),
  limits: new Limits(), downloads: new Downloads(),
};
let open = "overview";

function show() {
  if (!feed.hello) return;
  header.show(feed);
  controls.show();
  start.show();
  badge("failures", feed.parts.failures?.length ?? 0);
  badge("workers", feed.parts.live?.workers ?? 0);
  // A page that nobody sees catches up when somebody does.
  if (!document.hidden) views[open].show(feed);
}

tabs(name => {
  open = name;
  show();
});
document.addEventListener("visibilitychange", show);

feed.addEventListener("edition", show);
feed.addEventListener("link", event => header.link(event.detail));
feed.addEventListener("end", async () => {
  show();
  // What does not come had to go at once. The files lie where the controller's summary says.
  await Promise.allSettled([views.downloads.keep(), keep(["overview", "streams", ...views.endpoints.views(feed)])]);
  feed.close();
  show();
  header.link("over");
});
feed.open();
