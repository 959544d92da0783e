// Makes the drawn charts answer: values under the pointer, zoom, lines that a click in the legend hides.
// By group: its charts, which are zoomed together, and `zoom`: the first x that they show, and how much of x.
const groups = {};
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
const clamp = (value, most) => Math.min(most, Math.max(0, value));
const percent = share => `${share * 100}%`;
const number = value => value.toLocaleString("en", { maximumFractionDigits: 9 });
const two = count => String(count % 60).padStart(2, "0");
const set = (node, values) => Object.entries(values).forEach(([name, value]) => node.setAttribute(name, value));

function svg(name, values, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  set(node, values);
  node.textContent = text;
  return node;
}

function div(look, text = "") {
  const node = document.createElement("div");
  [node.className, node.textContent] = [look, text];
  return node;
}

export class Chart {
  cross = svg("line", { class: "cross", y2: "100%", visibility: "hidden" });
  drag = svg("rect", { class: "drag", height: "100%", width: 0 });
  box = div("readout");

  constructor(data) {
    this.figure = document.getElementById(`chart-${data.id}`);
    this.plot = this.figure.querySelector(".plot");
    this.names = [...this.figure.querySelectorAll(".legend li")];
    this.group = groups[this.figure.dataset.group] ??= new Set();
    this.group.add(this);
    this.figure.append(this.box);
    this.box.hidden = true;
    this.take(data);
    this.listen(this.plot);
  }

  // Answers from now on for what is drawn in the plot.
  take(data) {
    const { plot } = this;
    const [inside, lines, columns, title, about] = [".inside", ".lines", ".columns", "title", "desc"].map(name => plot.querySelector(name));
    Object.assign(this, data, { inside, lines, columns, ticks: [...columns.children] });
    this.places = [...plot.querySelectorAll(".at")].map(at => [at, ...["x", "width"].map(name => parseFloat(at.getAttribute(name)) / 100)]);
    // A title would cover the readout.
    set(plot, { "aria-label": `${title.textContent}. ${about.textContent}`, tabindex: 0 });
    plot.removeAttribute("aria-labelledby");
    title.remove();
    inside.append(this.cross, this.drag);
    this.names.forEach(this.reveal, this);
    this.show();
  }

  listen(plot) {
    let from = null;
    const share = event => {
      const { left, width } = plot.getBoundingClientRect();
      return clamp((event.clientX - left) / width, 1);
    };
    plot.onpointerdown = event => {
      if (event.pointerType === "touch" || event.button !== 0) return;
      from = share(event);
      plot.setPointerCapture(event.pointerId);
    };
    plot.onpointermove = event => {
      const at = share(event);
      if (from === null) return this.hover(at);
      set(this.drag, { x: percent(Math.min(from, at)), width: percent(Math.abs(at - from)) });
    };
    plot.onpointerup = plot.onpointercancel = event => {
      const ends = [from, share(event)].sort((a, b) => a - b);
      if (from !== null && event.type === "pointerup" && ends[1] - ends[0] > .01) this.zoom(ends);
      from = null;
      set(this.drag, { width: 0 });
    };
    plot.onpointerleave = () => this.hover(null);
    plot.ondblclick = () => this.zoom(null);
    plot.onkeydown = event => {
      const shown = { "+": [.2, .8], "=": [.2, .8], "-": [-.25, 1.25], ArrowLeft: [-.2, .8], ArrowRight: [.2, 1.2], 0: null }[event.key];
      if (shown === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.zoom(shown);
    };
    this.names.forEach((name, series) => {
      set(name, { tabindex: 0, role: "switch" });
      name.onclick = () => (name.classList.toggle("off"), this.reveal(name, series));
      name.onkeydown = event => [" ", "Enter"].includes(event.key) && (event.preventDefault(), name.onclick());
    });
  }

  // Shows a series, unless its name is off.
  reveal(name, series) {
    const off = name.classList.contains("off");
    set(name, { "aria-checked": !off });
    const parts = series < this.y.length ? [this.lines.children[series]] : this.inside.querySelectorAll(`.series-${series}`);
    for (const part of parts) part.classList.toggle("gone", off);
  }

  // Shows a part of what is seen now, but at least 2 of x, or all of it again, in every chart of the group.
  zoom(ends) {
    const { end, group, seen: [first, length] } = this;
    const [start, stop] = ends ? ends.map(share => first + share * length) : [0, end];
    const wide = Math.max(stop - start, 2);
    group.zoom = wide < end ? [clamp(start, end - wide), wide] : null;
    for (const chart of group) chart.show();
    this.hover(null);
  }

  show() {
    const [first, length] = this.seen = this.group.zoom ?? [0, this.end];
    const [from, wide] = [first / this.end, length / this.end];
    this.plot.classList.toggle("zoomed", wide < 1);
    set(this.lines, { viewBox: `${from * 20000} 0 ${wide * 20000} 2000` });
    for (const [at, x, width] of this.places) {
      set(at, { x: percent((x - from) / wide), ...(width ? { width: percent(width / wide) } : {}) });
      if (at.nodeName === "text") at.classList.toggle("gone", x < from || x > from + wide);
    }
    const step = STEPS.find(step => length / step <= 6) ?? length / 4;
    const ticks = [];
    for (let at = Math.ceil(first / step) * step; at <= first + length; at += step) {
      ticks.push(svg("svg", { x: percent((at - first) / length) }));
      ticks.at(-1).append(svg("line", { y2: "100%" }), svg("text", { y: "100%", dy: "1.4em" }, this.text(at)));
    }
    this.columns.replaceChildren(...(wide < 1 ? ticks : this.ticks));
  }

  text(x) {
    if (this.counts) return number(x);
    const whole = Math.round(x);
    const [minutes, hours] = [60, 3600].map(unit => Math.floor(whole / unit));
    return this.end < 3600 ? `${minutes}:${two(whole)}` : `${hours}:${two(minutes)}:${two(whole)}`;
  }

  // Where an x stands, as a share of what is seen.
  share(x) {
    const [first, length] = this.seen;
    return (x - first) / length;
  }

  // Reads out the point next to this share of the width.
  hover(share) {
    const far = x => Math.abs(this.share(x) - share);
    const xs = share === null ? [] : [...this.x, ...this.marks.flat()];
    const x = xs.length ? xs.reduce((best, x) => (far(x) < far(best) ? x : best)) : null;
    for (const chart of this.group) {
      const at = chart.share(x);
      set(chart.cross, { x1: percent(at), x2: percent(at), visibility: x === null || at < 0 || at > 1 ? "hidden" : "visible" });
    }
    this.box.hidden = x === null;
    if (x !== null) this.read(x);
  }

  read(x) {
    const line = (series, text) => {
      const name = this.names[series];
      return div(name?.className ?? "c-main", `${name?.textContent ?? ""} ${text}`);
    };
    const at = this.x.indexOf(x);
    const values = this.y.map((values, series) => (values[at] ?? null) !== null && line(series, `${number(values[at])} ${this.suffix}`));
    const marks = this.marks.map((mark, kind) => mark.includes(x) && line(this.y.length + kind, ""));
    this.box.replaceChildren(div("x", this.labels?.[at] ?? `${this.text(x)} ${this.counts}`), ...[...values, ...marks].filter(Boolean));
    const [plot, frame] = [this.plot.getBoundingClientRect(), this.figure.getBoundingClientRect()];
    const left = plot.left - frame.left + this.share(x) * plot.width;
    const side = left > frame.width / 2 ? `right: ${frame.width - left + 12}px` : `left: ${left + 12}px`;
    this.box.style.cssText = `${side}; top: ${plot.top - frame.top + 6}px`;
  }
}
