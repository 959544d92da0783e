// The run at a glance.
import { at, el, put, say, sentence } from "./dom.js";
import { Drawings } from "./drawings.js";
import * as format from "./format.js";
import { Table } from "./table.js";

/** Title, column of the big number, its form, and what stands below it. */
const TILES = [
  ["Users", "users", format.count, now => `of ${format.count(now("users_target"))} wanted`],
  ["Requests", "rps", value => `${format.count(value)}/s`, now => `${format.count(now("total_count"))} in all`],
  ["Failures", "failures_per_s", value => `${format.count(value)}/s`, now => `${format.count(now("total_failures"))} in all`],
  ["Calls p95", "calls_p95_ms", format.ms, now => `p50 ${format.ms(now("calls_p50_ms"))} · p99 ${format.ms(now("calls_p99_ms"))}`],
  ["TTFT p95", "ttft_p95_ms", format.ms, now => `p50 ${format.ms(now("ttft_p50_ms"))} · p99 ${format.ms(now("ttft_p99_ms"))}`],
  ["Streams open", "streams", format.count, now => `${format.rate(now("tokens_per_s"))} tokens/s`],
];
const calls = (row, time) => (row.ttft_p50_ms === null ? time : null);
const SIGNS = { pass: "✓", fail: "✗", undetermined: "?" };

export class Overview {
  #drawings = new Drawings(at("charts"), "overview");
  #tiles;
  #thresholds = new Table(at("thresholds"), {
    caption: "Thresholds", key: row => row.expr, nothing: "",
    columns: [
      { title: "", text: row => SIGNS[row.verdict], mark: row => row.verdict },
      { title: "Threshold", text: row => row.expr },
      { title: "Measured", text: row => format.figure(row.actual, row.unit), value: row => row.actual },
      { title: "95 % interval", text: row => (row.low === null ? "–" : row.high === null ? `above ${format.figure(row.low, row.unit)}` : `${format.figure(row.low, row.unit)} to ${format.figure(row.high, row.unit)}`) },
      { title: "Verdict", text: row => row.verdict, mark: row => row.verdict },
      { title: "Why", text: row => row.why ?? "" },
    ],
  });
  #stages = new Table(at("stage-table"), {
    caption: "Stages", key: row => `${row.name} ${row.from_s}`, nothing: "",
    columns: [
      { title: "Stage", text: row => row.name },
      { title: "From", text: row => format.clock(row.from_s), value: row => row.from_s },
      { title: "To", text: row => format.clock(row.to_s), value: row => row.to_s },
      { title: "Users", text: row => format.count(row.users_peak), value: row => row.users_peak },
      { title: "Requests", text: row => format.count(row.count), value: row => row.count },
      { title: "Failures", text: row => format.count(row.failures), value: row => row.failures, mark: row => (row.failures > 0 ? "fail" : "") },
      { title: "Requests/s", text: row => format.rate(row.rps), value: row => row.rps },
      // All requests together: a figure only where no stream is among them.
      { title: "p50", text: row => format.ms(calls(row, row.p50_ms)), value: row => calls(row, row.p50_ms), needed: row => calls(row, row.p50_ms) !== null },
      { title: "p95", text: row => format.ms(calls(row, row.p95_ms)), value: row => calls(row, row.p95_ms), needed: row => calls(row, row.p95_ms) !== null },
      { title: "TTFT p50", text: row => format.ms(row.ttft_p50_ms), value: row => row.ttft_p50_ms },
      { title: "TTFT p95", text: row => format.ms(row.ttft_p95_ms), value: row => row.ttft_p95_ms },
    ],
  });

  constructor() {
    this.#tiles = TILES.map(([title, column]) => {
      const big = el("data", { id: `now-${column}` }, "–");
      const small = el("span", { class: "muted" }, "waiting for the first second");
      return { big, small, tile: el("div", {}, el("dt", {}, title), el("dd", {}, big, small)) };
    });
    // The page came with the same tiles, empty, to be seen before this script is.
    at("tiles").replaceChildren(...this.#tiles.map(({ tile }) => tile));
  }

  show(feed) {
    const now = column => feed.second[column] ?? null;
    TILES.forEach(([, column, text, more], place) => {
      put(this.#tiles[place].big, text(now(column)), now(column));
      say(this.#tiles[place].small, more(now));
    });
    at("now-failures_per_s").classList.toggle("bad", now("failures_per_s") > 0);
    this.#thresholds.show(feed.parts.thresholds ?? []);
    if (feed.length > 0) this.#drawings.show();
    this.#stages.show(feed.parts.stages ?? []);
    this.#notes(feed.parts.notes ?? []);
  }

  #notes(notes) {
    const lines = notes.map(note => el("li", { class: note.severity }, ...sentence(note.text)));
    const shown = notes.map(note => note.text).join("\n");
    const host = at("notes");
    if (host.dataset.shown === shown) return;
    host.dataset.shown = shown;
    host.replaceChildren(...(lines.length ? [el("h2", {}, "What to know before relying on the numbers"), el("ul", { class: "notes" }, ...lines)] : []));
  }
}
