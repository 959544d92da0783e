// Charts as the controller draws them. What is new takes the place of what was drawn; what a viewer did with it stays.
import { Chart } from "./charts.js";

/** What a page keeps when the controller has gone: view → its drawings. */
const kept = new Map();

async function fetched(view) {
  try {
    const answer = await fetch(`/api/v1/charts/${view}`);
    return answer.ok ? await answer.json() : null;
  } catch {
    // The controller has gone; what is drawn stays.
    return null;
  }
}

/** Fetches the drawings of these views while the controller is still there. */
export async function keep(views) {
  for (const view of views) kept.set(view, await fetched(view));
}

/** The charts of a view. */
export class Drawings {
  #host; #view; #charts = new Map(); #asking = false; #cleared = false;

  constructor(host, view) {
    this.#host = host;
    this.#view = view;
  }

  /** Draws them as they stand, unless that is being done. */
  async show() {
    if (this.#asking) return;
    this.#asking = true;
    const fresh = kept.has(this.#view) ? null : await fetched(this.#view);
    this.#asking = false;
    const drawings = kept.get(this.#view) ?? fresh;
    if (drawings && !this.#cleared) this.#draw(drawings);
  }

  /** Takes them away for good. */
  clear() {
    this.#cleared = true;
    for (const chart of this.#charts.values()) remove(chart);
  }

  #draw({ markup, readouts }) {
    const fresh = document.createElement("template");
    fresh.innerHTML = markup;
    const shown = new Set(readouts.map(readout => readout.id));
    for (const [id, chart] of this.#charts) {
      if (shown.has(id)) continue;
      remove(chart);
      this.#charts.delete(id);
    }
    let before = null;
    for (const readout of readouts) {
      const drawn = fresh.content.getElementById(`chart-${readout.id}`);
      const known = this.#charts.get(readout.id);
      // What stays in its place keeps the focus.
      const [figure, next] = [known?.figure ?? drawn, before ? before.nextSibling : this.#host.firstChild];
      if (figure !== next) this.#host.insertBefore(figure, next);
      if (known) renew(known, readout, drawn);
      else this.#charts.set(readout.id, made(readout));
      before = figure;
    }
    for (const chart of this.#charts.values()) point(chart);
  }
}

function made(readout) {
  const chart = new Chart(readout);
  chart.plot.addEventListener("pointermove", event => (chart.pointed = event));
  return chart;
}

function renew(chart, readout, drawn) {
  const [old, caption] = [chart.figure, drawn].map(figure => figure.querySelector("figcaption"));
  if (old.textContent !== caption.textContent) old.replaceWith(caption);
  const plot = drawn.querySelector(".plot");
  chart.plot.setAttribute("class", plot.getAttribute("class"));
  chart.plot.replaceChildren(...plot.childNodes);
  chart.take(readout);
}

/** Reads out what stands under the pointer now. */
function point(chart) {
  if (!chart.box.hidden) chart.plot.onpointermove(chart.pointed);
}

function remove(chart) {
  chart.group.delete(chart);
  chart.figure.remove();
}
