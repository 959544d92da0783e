// Draws the figures of a run with plotly: in the colours of the page, x axes of a group linked, by
// mouse, touch and keyboard, on screen and on paper.
"use strict";
const charts = (() => {
  const drawn = new Map(); // element → figure, its points kept up to date
  const zooms = {};        // group → the span of x that all of its charts show
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const coarse = matchMedia("(pointer: coarse)");
  const sheet = { width: 322, height: 200 }; // a chart on paper, two in a row on A4, in pixels
  const config = () => ({
    displaylogo: false,
    displayModeBar: true, // the style sheet hides it until it is wanted
    showTips: false,
    doubleClick: "reset",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"]
      .concat(coarse.matches || innerWidth < 600 ? ["toImage", "zoom2d", "pan2d"] : []),
  });

  // Figures name their colours by the page's custom properties: var(--chart-p95).
  function resolve(value, style) {
    if (typeof value === "string") {
      const name = /^var\((--[\w-]+)\)$/.exec(value);
      return name ? style.getPropertyValue(name[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map(part => resolve(part, style));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolve(part, style)]));
  }

  function dress(figure) {
    const style = getComputedStyle(document.documentElement);
    const { data, layout } = resolve({ data: figure.data, layout: figure.layout }, style);
    const colour = name => style.getPropertyValue(name).trim();
    const rem = parseFloat(style.fontSize);
    const paper = document.documentElement.classList.contains("paper");
    layout.font.family = getComputedStyle(document.body).fontFamily;
    layout.font.size = paper ? 9 : Math.max(11, .75 * rem);
    for (const text of layout.annotations ?? []) text.font.size = layout.font.size - 1;
    if (paper) Object.assign(layout, { autosize: false, ...sheet });
    layout.hoverlabel = {
      bgcolor: colour("--chart-label"), bordercolor: colour("--chart-label-line"), font: { size: 12 },
    };
    layout.modebar = {
      bgcolor: "rgba(0,0,0,0)", color: colour("--chart-muted"), activecolor: colour("--chart-main"),
    };
    // A finger scrolls the page; it zooms by the buttons.
    layout.dragmode = coarse.matches ? false : "zoom";
    const zoom = zooms[figure.group];
    if (zoom) Object.assign(layout.xaxis, { range: zoom.slice(), autorange: false });
    return { data, layout };
  }

  // Hides the names of stages that are wider than their stage.
  function fit(layout, width) {
    const milliseconds = at => (typeof at === "number" ? at : Date.parse(at.replace(" ", "T") + "Z"));
    const names = layout.annotations ?? [];
    const [from, to] = layout.xaxis.range.map(milliseconds);
    const pixels = (width - 70) / (to - from);
    names.forEach((name, place) => {
      const stage = layout.shapes[place];
      const seen = Math.min(stage.x1, to) - Math.max(stage.x0, from);
      name.visible = name.text.length * name.font.size * .58 + 6 < seen * pixels;
    });
  }

  function draw(element, figure) {
    const known = drawn.has(element);
    drawn.set(element, figure);
    const { data, layout } = dress(figure);
    if (figure.group === "time") fit(layout, layout.width ?? element.clientWidth);
    Plotly.react(element, data, layout, config());
    if (known) return;
    element.on("plotly_relayout", change => follow(element, change));
    element.tabIndex = 0;
    element.addEventListener("keydown", event => steer(element, event));
    sizes.observe(element);
  }

  // Adds points: x of each, and for each line its values. A span that is zoomed into stays.
  function extend(element, x, values) {
    const figure = drawn.get(element);
    if (!figure || x.length === 0) return;
    figure.data.forEach((trace, line) => {
      trace.x.push(...x);
      trace.y.push(...values[line]);
    });
    figure.layout.xaxis.range = [figure.layout.xaxis.range[0], x[x.length - 1]];
    draw(element, figure);
  }

  // Whoever zooms one chart of a group zooms all of them.
  function follow(element, change) {
    const figure = drawn.get(element);
    const span = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (!figure || span[0] === undefined) return;
    const home = figure.layout.xaxis.range.map(at => String(element._fullLayout.xaxis.l2r(at)));
    const zoom = span.map(String).join() === home.join() ? undefined : span;
    if (String(zooms[figure.group]) === String(zoom)) return;
    zooms[figure.group] = zoom;
    for (const [other, theirs] of drawn) if (theirs.group === figure.group) draw(other, theirs);
  }

  // + and - zoom, arrows move, 0 shows all.
  function steer(element, event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const axis = element._fullLayout.xaxis;
    const [from, to] = axis.range.map(axis.r2l);
    const moves = {
      "+": [.2, -.2], "=": [.2, -.2], "-": [-.25, .25], ArrowLeft: [-.2, -.2], ArrowRight: [.2, .2],
    };
    const move = moves[event.key];
    if (!move && event.key !== "0") return;
    event.preventDefault();
    const home = drawn.get(element).layout.xaxis.range;
    const span = move ? [from + move[0] * (to - from), to + move[1] * (to - from)] : home;
    Plotly.relayout(element, { "xaxis.range": [axis.l2r(span[0]), axis.l2r(span[1])] });
  }

  const redraw = () => drawn.forEach((figure, element) => element.isConnected && draw(element, figure));

  const sizes = new ResizeObserver(entries => {
    for (const { target, contentRect } of entries) {
      const shown = target._fullLayout;
      const same = shown && Math.abs(shown.width - contentRect.width) < 1;
      if (contentRect.width > 0 && !same) draw(target, drawn.get(target));
    }
  });

  dark.addEventListener("change", redraw);
  coarse.addEventListener("change", redraw);

  // Paper is white and narrower than most screens, and is laid out without asking anybody.
  addEventListener("beforeprint", () => {
    document.documentElement.classList.add("paper");
    redraw();
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("paper");
    redraw();
  });

  return { draw, extend };
})();
