// What the controller pushes: everything so far, then what changes.

/** The run as this page knows it. */
export class Feed extends EventTarget {
  /** Facts of the stream: columns, endpoints, whether controls ask for a token. */
  hello = null;
  /** The summary's fields, and `live`, `plan`, `figures`. */
  parts = {};
  /** The seconds so far, column by column. */
  seconds = {};
  /** The same for each endpoint. */
  endpoints = [];
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
      const lists = columns => Object.fromEntries(columns.map(name => [name, []]));
      this.parts = {};
      this.seconds = lists(hello.columns);
      this.endpoints = hello.endpoints.map(() => lists(hello.endpoint_columns));
      this.length = 0;
      this.#emit("reset");
    }
  }

  #add({ from, rows, endpoints }) {
    const known = this.length - from;
    if (known < 0) return this.#reopen();
    rows.slice(known).forEach((row, place) => {
      this.hello.columns.forEach((name, column) => this.seconds[name].push(row[column]));
      const numbers = endpoints[known + place];
      this.endpoints.forEach((lists, endpoint) => {
        const cells = numbers[endpoint] ?? [0, 0, null, null, null];
        this.hello.endpoint_columns.forEach((name, column) => lists[name].push(cells[column]));
      });
    });
    const before = this.length;
    this.length = from + Math.max(known, rows.length);
    if (this.length > before) this.#emit("seconds", { from: before });
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
