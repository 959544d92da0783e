// Every endpoint, and the one that was chosen.
import { at, el } from "./dom.js";
import { Drawings } from "./drawings.js";
import * as format from "./format.js";
import { Table } from "./table.js";

/**
 * All endpoints together. Where there are streams they have no times: what calls and whole answers took together says
 * nothing of either, so the calls have a row of their own. Streams have a table of theirs.
 */
function sums({ total, calls, streams }) {
  if (!streams?.started) return [total];
  const { method, name, count, failures, rps } = total;
  const times = calls && { method: "", name: "Calls, streams apart", p50_ms: calls.p50, p90_ms: calls.p90, p95_ms: calls.p95, p99_ms: calls.p99, max_ms: calls.max };
  return [{ method, name, count, failures, rps }, ...(times ? [{ ...times, count: calls.count }] : [])];
}

/** The view of a row's charts. One that is no endpoint has those of all of them together. */
function view(feed, { method, name }) {
  const place = feed.hello.endpoints.findIndex(other => other.method === method && other.name === name);
  return place < 0 ? "total" : `endpoint-${place}`;
}

export class Endpoints {
  #drawings = null;
  #feed = null;
  #table = new Table(at("endpoint-table"), {
    caption: "Endpoints; choose one for its own charts", key: row => `${row.method} ${row.name}`,
    nothing: "No request has ended yet.",
    columns: [
      { title: "Endpoint", text: row => `${row.method} ${row.name}`.trim(), act: row => this.#choose(row) },
      { title: "Requests", text: row => format.count(row.count), value: row => row.count },
      { title: "Failures", text: row => format.count(row.failures), value: row => row.failures, mark: row => (row.failures > 0 ? "fail" : "") },
      { title: "Requests/s", text: row => format.rate(row.rps), value: row => row.rps },
      { title: "p50", text: row => format.ms(row.p50_ms), value: row => row.p50_ms },
      { title: "p90", text: row => format.ms(row.p90_ms), value: row => row.p90_ms },
      { title: "p95", text: row => format.ms(row.p95_ms), value: row => row.p95_ms },
      { title: "p99", text: row => format.ms(row.p99_ms), value: row => row.p99_ms },
      { title: "Max", text: row => format.ms(row.max_ms), value: row => row.max_ms },
      { title: "p95, good", text: row => format.ms(row.good_p95_ms), value: row => row.good_p95_ms },
      { title: "p50, failed", text: row => format.ms(row.failed_p50_ms), value: row => row.failed_p50_ms },
    ],
  });

  show(feed) {
    this.#feed = feed;
    const rows = feed.parts.endpoints ?? [];
    this.#table.show(rows.length ? [...rows, ...sums(feed.parts)] : rows);
    this.#drawings?.show();
  }

  /** The views that may be chosen. */
  views(feed) {
    return [...(feed.parts.endpoints ?? []).map(row => view(feed, row)), "total"];
  }

  #choose(row) {
    const host = at("endpoint");
    const charts = el("div", { class: "charts", "aria-live": "off" });
    const close = () => {
      this.#drawings?.clear();
      this.#drawings = null;
      host.hidden = true;
    };
    close();
    const title = el("h2", {}, `${row.method} ${row.name}`.trim());
    host.replaceChildren(el("div", { class: "row" }, title, el("button", { type: "button", click: close }, "Close")), charts);
    host.hidden = false;
    this.#drawings = new Drawings(charts, view(this.#feed, row));
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    this.#drawings.show().then(() => host.scrollIntoView({ behavior, block: "nearest" }));
  }
}
