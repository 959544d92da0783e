// Every endpoint, and the one that was chosen.
/* global charts */
import { at, el } from "./dom.js";
import * as format from "./format.js";
import { Plots } from "./plots.js";
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

export class Endpoints {
  #chosen = null;
  #plots = null;
  #parts = {};
  #feed = null;
  #drawn = "";
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

  reset() {
    this.#plots?.reset();
    this.#drawn = "";
  }

  show(feed) {
    this.#feed = feed;
    const rows = feed.parts.endpoints ?? [];
    this.#table.show(rows.length ? [...rows, ...sums(feed.parts)] : rows);
    if (this.#chosen !== null) this.#detail();
  }

  #choose(row) {
    const place = this.#feed.hello.endpoints.findIndex(other => other.method === row.method && other.name === row.name);
    this.#chosen = { place, title: `${row.method} ${row.name}`.trim(), row };
    this.#build();
    this.#detail();
    at("endpoint").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth", block: "nearest" });
  }

  #build() {
    const close = () => {
      this.#chosen = null;
      at("endpoint").hidden = true;
    };
    const plots = el("div", { class: "charts" });
    const histogram = el("div", { class: "chart", role: "img", "aria-label": "Distribution of the latency over the whole run" });
    histogram.dataset.figure = "histogram";
    this.#parts = { histogram, frame: el("figure", { class: "last" }, el("figcaption", {}, "Latency over the whole run ", el("span", { class: "muted" }, "requests")), histogram) };
    this.#plots = new Plots(plots, ["rate", "latency"], this.#chosen.place < 0 ? "calls" : "latency");
    this.#drawn = "";
    at("endpoint").replaceChildren(
      el("div", { class: "row" }, el("h2", {}, this.#chosen.title), el("button", { type: "button", click: close }, "Close")),
      plots,
    );
    plots.append(this.#parts.frame);
    at("endpoint").hidden = false;
  }

  #detail() {
    const feed = this.#feed;
    const { place } = this.#chosen;
    // The row of all endpoints together has the seconds of the whole run.
    const columns = place < 0 ? feed.seconds : feed.endpoints[place];
    this.#plots.show(feed.parts.figures, columns, feed.length);
    const { method, name } = this.#chosen.row;
    const row = (feed.parts.distributions ?? []).find(other => other.method === method && other.name === name);
    const drawn = JSON.stringify(row ?? null);
    this.#parts.frame.hidden = !row;
    if (row && drawn !== this.#drawn) this.#bars(row.bins, feed.parts.figures.find(figure => figure.id === "distribution"));
    this.#drawn = drawn;
  }

  #bars(bins, figure) {
    const drawn = structuredClone(figure);
    // The first bin begins at zero, which a logarithmic axis does not have.
    const from = bin => bin.from_ms || bin.to_ms * 0.8;
    Object.assign(drawn.data[0], {
      x: bins.map(bin => (from(bin) + bin.to_ms) / 2), width: bins.map(bin => bin.to_ms - from(bin)),
      y: bins.map(bin => bin.count), customdata: bins.map(bin => format.ms(bin.to_ms)),
    });
    drawn.layout.xaxis.range = [Math.log10(from(bins[0])), Math.log10(bins[bins.length - 1].to_ms)];
    charts.draw(this.#parts.histogram, drawn);
  }
}
