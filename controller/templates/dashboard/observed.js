// What is observed inside: charts that the controller makes, points and all.
/* global charts */
import { at, el } from "./dom.js";

export class Observed {
  #host = at("observed");
  #frames = [];
  #shown = "";

  /** Draws the figures of the last snapshot, if they are new. */
  show(figures) {
    const shown = JSON.stringify(figures);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#host.hidden = figures.length === 0;
    figures.forEach((figure, place) => {
      const frame = (this.#frames[place] ??= this.#frame(figure.id));
      frame.title.textContent = figure.title;
      frame.unit.textContent = figure.unit;
      frame.chart.setAttribute("aria-label", `${figure.title}. ${figure.about} Zoom with + and -, move with the arrow keys, 0 shows all.`);
      charts.draw(frame.chart, figure);
    });
    for (const frame of this.#frames.splice(figures.length)) frame.whole.remove();
  }

  #frame(id) {
    const chart = el("div", { class: "chart", role: "img" });
    chart.dataset.figure = id;
    const [title, unit] = [el("span", {}), el("span", { class: "muted" })];
    const whole = el("figure", {}, el("figcaption", {}, title, " ", unit), chart);
    this.#host.append(whole);
    return { chart, title, unit, whole };
  }
}
