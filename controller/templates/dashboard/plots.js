// Charts over time: figures come from the controller without points, the points are rows.
/* global charts */
import { el } from "./dom.js";

/** Which column each line of a figure draws. */
const LINES = {
  users: ["users", "users_target"],
  rate: ["rps", "failures_per_s"],
  latency: ["p50_ms", "p95_ms", "p99_ms"],
  calls: ["calls_p50_ms", "calls_p95_ms", "calls_p99_ms"],
  streams: ["streams"],
  ttft: ["ttft_p50_ms", "ttft_p95_ms", "ttft_p99_ms"],
  icl: ["icl_p50_ms", "icl_p95_ms", "icl_p99_ms"],
};
/** More points than this are drawn as groups: the mean of rates, the greatest of everything else. */
const MOST = 3600;
/** Beyond so many points a dot for each is only slow. */
const DOTS = 400;
const MEANS = new Set(["rps", "failures_per_s"]);

/** Charts of some lists of columns, kept up to date. */
export class Plots {
  #host; #ids; #lines; #plots = new Map(); #shown = 0; #skeleton = "";

  /** `latency`: whose times the chart of latencies draws. */
  constructor(host, ids, latency = "latency") {
    this.#host = host;
    this.#ids = ids;
    this.#lines = { ...LINES, latency: LINES[latency] };
  }

  /** Draws what is new: `figures` without points, `columns` of `length` seconds. */
  show(figures, columns, length) {
    if (!figures || length === 0) return;
    const skeleton = JSON.stringify(figures.map(figure => figure.layout));
    const fresh = skeleton !== this.#skeleton || length < this.#shown || length > MOST;
    if (!fresh && length === this.#shown) return;
    for (const figure of figures.filter(figure => this.#ids.includes(figure.id))) {
      const names = this.#lines[figure.id];
      const isKnown = names.some(name => columns[name].some(value => value !== null && value !== 0));
      const plot = this.#plots.get(figure.id) ?? this.#frame(figure);
      plot.frame.hidden = !isKnown && figure.id !== "users";
      if (plot.frame.hidden) plot.drawn = false;
      else if (fresh || !plot.drawn) this.#draw(plot, figure, names, columns, length);
      else charts.extend(plot.chart, times(figure, this.#shown, length), names.map(name => columns[name].slice(this.#shown, length)));
    }
    this.#skeleton = skeleton;
    this.#shown = length;
  }

  /** Forgets what is drawn: other rows come next. */
  reset() {
    this.#shown = 0;
    this.#skeleton = "";
    for (const plot of this.#plots.values()) plot.drawn = false;
  }

  #frame(figure) {
    const chart = el("div", { class: "chart", role: "img", "aria-label": `${figure.title}. ${figure.about} Zoom with + and -, move with the arrow keys, 0 shows all.` });
    chart.dataset.figure = figure.id;
    const frame = el("figure", {}, el("figcaption", {}, figure.title, " ", el("span", { class: "muted" }, figure.unit)), chart);
    this.#host.append(frame);
    const plot = { frame, chart, drawn: false };
    this.#plots.set(figure.id, plot);
    return plot;
  }

  #draw(plot, figure, names, columns, length) {
    const span = Math.ceil(length / MOST);
    const drawn = structuredClone(figure);
    drawn.data.forEach((trace, line) => {
      trace.x = times(figure, 0, length).filter((_, place) => place % span === span - 1 || place === length - 1);
      trace.y = span === 1 ? columns[names[line]].slice(0, length) : groups(columns[names[line]], span, length, MEANS.has(names[line]));
      if (length > DOTS) trace.mode = "lines";
    });
    drawn.layout.xaxis.range = [origin(figure), origin(figure) + Math.max(1, length) * 1000];
    if (length >= 3600) drawn.layout.xaxis.tickformat = drawn.layout.xaxis.hoverformat = "%-H:%M:%S";
    charts.draw(plot.chart, drawn);
    plot.drawn = true;
  }
}

/** Where the run starts on a figure's x axis. */
const origin = figure => figure.layout.xaxis.range[0];

/** Where seconds stand on the x axis: at their ends, in milliseconds. */
const times = (figure, from, to) => Array.from({ length: to - from }, (_, place) => origin(figure) + (from + place + 1) * 1000);

function groups(values, span, length, mean) {
  const points = [];
  for (let from = 0; from < length; from += span) {
    const known = values.slice(from, Math.min(from + span, length)).filter(value => value !== null);
    if (known.length === 0) points.push(null);
    else points.push(mean ? known.reduce((sum, value) => sum + value, 0) / known.length : Math.max(...known));
  }
  return points;
}
