// How many users the service holds, and what gives way first.
import { at, el, empty, sentence } from "./dom.js";
import * as format from "./format.js";
import { Table } from "./table.js";

export class Limits {
  #shown = "";
  #rungs = null;

  show(feed) {
    const limits = feed.parts.limits ?? null;
    const shown = JSON.stringify(limits);
    if (shown === this.#shown) return;
    this.#shown = shown;
    at("limits").replaceChildren(...(limits ? this.#build(limits) : [empty("No stage has held its users still long enough to show a limit yet.")]));
    if (limits) this.#rungs.show(limits.rungs);
  }

  // Of two causes first what decides between them, then each by its name.
  #explained(cause, paragraph) {
    if (cause.either.length) {
      return [...paragraph("What decides", cause.decides),
        ...cause.either.flatMap(one => paragraph(`If it is ${one.title}`, `${one.means} ${one.change}`))];
    }
    return [...paragraph("What it means", cause.means), ...paragraph("What to change", cause.change),
      ...paragraph("What it could be mistaken for", cause.mistaken_for)];
  }

  #build(limits) {
    const { cause } = limits;
    const paragraph = (title, text) => (text ? [el("h3", {}, title), el("p", {}, ...sentence(text))] : []);
    const host = el("div");
    this.#rungs = new Table(host, {
      caption: "Rungs", key: row => `${row.stage} ${row.from_s}`, nothing: "No rung yet.",
      columns: [
        { title: "Stage", text: row => row.stage },
        { title: "Users", text: row => format.count(row.users), value: row => row.users },
        { title: "Verdict", text: row => row.verdict, mark: row => row.verdict },
        { title: "Requests/s", text: row => format.rate(row.rps), value: row => row.rps },
        { title: "Failures", text: row => format.percent(row.failures), value: row => row.failures },
        // All requests together: only where no stream is among them.
        { title: "p95", text: row => format.ms(row.p95_ms), value: row => row.p95_ms, needed: row => row.streams === 0 },
        { title: "TTFT p95", text: row => format.ms(row.ttft_p95_ms), value: row => row.ttft_p95_ms, needed: row => row.streams > 0 },
        { title: "Answer p50", text: row => format.ms(row.e2e_p50_ms), value: row => row.e2e_p50_ms, needed: row => row.streams > 0 },
        { title: "Streams/s", text: row => format.rate(row.streams_per_s), value: row => row.streams_per_s },
        { title: "Open", text: row => format.rate(row.open), value: row => row.open },
        { title: "Why", text: row => row.why ?? "" },
      ],
    });
    return [
      ...limits.headline.map((text, place) => el("p", { class: place === 0 ? "verdict" : null }, text)),
      el("p", { class: "muted" }, `${limits.assumed ? "Assumed" : "Asked for"}: ${limits.criteria.join(", ")}`),
      ...paragraph("What was seen", cause.seen), ...this.#explained(cause, paragraph),
      ...(cause.evidence.length ? [el("h3", {}, "Evidence"), el("ul", {}, ...cause.evidence.map(text => el("li", {}, text)))] : []),
      host,
    ];
  }
}
