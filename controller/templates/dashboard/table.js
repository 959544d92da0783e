// A table that sorts by its headings and changes only the cells that differ.
import { el, empty, put, say } from "./dom.js";

/**
 * Columns are `{ title, text(row), value?(row), act?(row), needed?(row) }`: `value` makes the cell a number, by
 * which it sorts; `act` makes it a button; without a row that it is `needed` by, it is not shown.
 */
export class Table {
  #host; #columns; #key; #body; #rows = new Map(); #sorted = null; #shown = [];

  constructor(host, { caption, columns, key, nothing }) {
    this.#host = host;
    this.#columns = columns;
    this.#key = key;
    this.#body = el("tbody");
    const head = columns.map((column, place) => {
      const button = el("button", { type: "button", click: () => this.#sort(place) }, column.title);
      return el("th", { scope: "col", class: column.value ? "number" : null }, button);
    });
    this.head = head;
    const table = el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, ...head)), this.#body);
    this.frame = el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption }, table);
    this.nothing = empty(nothing);
    host.replaceChildren(this.nothing);
  }

  show(rows) {
    this.#shown = rows;
    const wanted = rows.length ? this.frame : this.nothing;
    if (this.#host.firstChild !== wanted) this.#host.replaceChildren(wanted);
    const order = this.#ordered(rows);
    const seen = new Set();
    let before = null;
    for (const row of order) {
      const key = this.#key(row);
      seen.add(key);
      let line = this.#rows.get(key);
      if (!line) this.#rows.set(key, (line = this.#line(row)));
      this.#fill(line, row);
      const next = before ? before.nextSibling : this.#body.firstChild;
      if (next !== line) this.#body.insertBefore(line, next);
      before = line;
    }
    for (const [key, line] of this.#rows) {
      if (seen.has(key)) continue;
      line.remove();
      this.#rows.delete(key);
    }
    this.#columns.forEach((column, place) => {
      const off = Boolean(column.needed) && !rows.some(column.needed);
      for (const cell of [this.head[place], ...[...this.#body.children].map(line => line.children[place])]) cell.hidden = off;
    });
  }

  #line(row) {
    const cells = this.#columns.map((column, place) => {
      const inner = column.value ? el("data") : el("span");
      // The button asks for its row when pressed: rows are replaced each second.
      const press = () => column.act(this.#shown.find(shown => this.#key(shown) === this.#key(row)) ?? row);
      const content = column.act ? el("button", { type: "button", class: "link", click: press }, inner) : inner;
      return el(place === 0 ? "th" : "td", { scope: place === 0 ? "row" : null, class: column.value ? "number" : null }, content);
    });
    return el("tr", {}, ...cells);
  }

  #fill(line, row) {
    this.#columns.forEach((column, place) => {
      const cell = line.children[place];
      const inner = cell.querySelector("data, span");
      if (column.value) put(inner, column.text(row), column.value(row));
      else say(inner, column.text(row));
      const mark = column.mark?.(row) ?? "";
      if (cell.dataset.mark !== mark) cell.dataset.mark = mark;
    });
  }

  #sort(place) {
    const number = Boolean(this.#columns[place].value);
    const down = this.#sorted?.place === place ? !this.#sorted.down : number;
    this.#sorted = { place, down };
    this.head.forEach((cell, other) => {
      if (other === place) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    this.show(this.#shown);
  }

  #ordered(rows) {
    if (!this.#sorted) return rows;
    const { place, down } = this.#sorted;
    const { value, text } = this.#columns[place];
    const rank = row => (value ? value(row) ?? -Infinity : text(row));
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    const sorted = [...rows].sort((a, b) => compare(rank(a), rank(b)));
    return down ? sorted.reverse() : sorted;
  }
}
