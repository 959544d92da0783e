// Streamed answers: how many, how fast, how even.
import { at, el, put } from "./dom.js";
import { Drawings } from "./drawings.js";
import * as format from "./format.js";
import { Table } from "./table.js";

const TILES = [
  ["Started", "started"], ["Completed", "completed"], ["Failed", "failed"], ["Left", "abandoned"], ["Cut", "cut"], ["In progress", "in_progress"],
  ["Stalled", "stalled"], ["Tokens", "tokens"], ["Tokens/s", "tokens_per_s", format.rate],
];
const NAMES = {
  connect: "Connect", headers: "Response headers", ttfb: "First byte (TTFB)", first_event: "First event",
  ttft: "First token (TTFT)", icl: "Gap between chunks (ICL)", tpot: "Time per token (TPOT)", e2e: "Whole answer (E2E)",
  tokens_per_s: "Token rate of a stream",
};
const cell = (title, name) => ({
  title, text: row => format.figure(row[name], row.unit), value: row => row[name],
});

export class Streams {
  #drawings = new Drawings(at("stream-charts"), "streams");
  #tiles = TILES.map(([title, name, text]) => {
    const node = el("data", { id: `stream-${name}` }, "–");
    at("stream-tiles").append(el("div", {}, el("dt", {}, title), el("dd", {}, node)));
    return { node, name, text: text ?? format.count };
  });
  #table = new Table(at("stream-table"), {
    caption: "Times of streamed answers", key: row => row.name, nothing: "No stream has ended yet.",
    columns: [
      { title: "Metric", text: row => NAMES[row.name] ?? row.name },
      { title: "Samples", text: row => format.count(row.count), value: row => row.count },
      cell("Min", "min"), cell("p50", "p50"), cell("p90", "p90"), cell("p95", "p95"), cell("p99", "p99"), cell("Max", "max"),
    ],
  });

  show(feed) {
    const streams = feed.parts.streams;
    if (!streams) return;
    for (const { node, name, text } of this.#tiles) put(node, text(streams[name]), streams[name]);
    const order = Object.keys(NAMES);
    const rows = Object.entries(streams.metrics).map(([name, row]) => ({ name, ...row })).filter(row => row.count > 0);
    this.#table.show(rows.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name)));
    if (feed.length > 0) this.#drawings.show();
  }
}
