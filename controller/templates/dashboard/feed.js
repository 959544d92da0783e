// What the controller pushes: everything so far, then what changes.

/** The run as this page knows it. */
export class Feed extends EventTarget {
  /** Facts of the stream: columns, endpoints, whether controls ask for a token. */
  hello = null;
  /** The summary's fields, and `live`, `plan`. */
  parts = {};
  /** The last second, by column. */
  second = {};
  /** How many seconds there are. */
  length = 0;
  #source = null;

  open() {
    const source = (this.#source = new EventSource("/api/v1/events"));
    const on = (name, take) => source.addEventListener(name, event => take.call(this, JSON.parse(event.data)));
    on("hello", this.#greet);
    on("seconds", this.#add);
    on("edition", this.#replace);
    on("end", () => this.#emit("end"));
    source.addEventListener("open", () => this.#emit("link", "open"));
    source.addEventListener("error", () => {
      this.#emit("link", "lost");
      // A refused connection is not tried again by the browser.
      if (source.readyState === EventSource.CLOSED && source === this.#source) setTimeout(() => this.open(), 2000);
    });
  }

  close() {
    this.#source?.close();
    this.#source = null;
  }

  #greet(hello) {
    // The same run goes on from where this page stands; anything else begins anew.
    const goesOn = this.hello?.id === hello.id && hello.from <= this.length;
    this.hello = hello;
    if (!goesOn) {
      this.parts = {};
      this.second = {};
      this.length = 0;
    }
  }

  #add({ from, rows }) {
    if (from > this.length) return this.#reopen();
    const length = from + rows.length;
    if (length <= this.length) return;
    const last = rows[rows.length - 1];
    this.second = Object.fromEntries(this.hello.columns.map((name, column) => [name, last[column]]));
    this.length = length;
  }

  #replace({ parts }) {
    Object.assign(this.parts, parts);
    this.#emit("edition", { changed: Object.keys(parts) });
  }

  /** Seconds are missing: only a new beginning helps. */
  #reopen() {
    this.close();
    this.hello = null;
    this.open();
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
