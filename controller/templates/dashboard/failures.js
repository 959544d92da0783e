// What went wrong. The texts are those of the server: shown, never obeyed.
import { at } from "./dom.js";
import * as format from "./format.js";
import { Table } from "./table.js";

export class Failures {
  #table = new Table(at("failure-table"), {
    caption: "Failed requests and streams", key: row => `${row.method} ${row.name} ${row.class} ${row.text}`,
    nothing: "Nothing has failed.",
    columns: [
      { title: "Endpoint", text: row => `${row.method} ${row.name}` },
      { title: "Class", text: row => row.class, mark: () => "fail" },
      { title: "What was said", text: row => (row.example ? `${row.text} · for example: ${row.example}` : row.text) },
      { title: "Times", text: row => format.count(row.occurrences), value: row => row.occurrences },
      { title: "First seen", text: row => format.time(row.first_seen) },
      { title: "Last seen", text: row => format.time(row.last_seen) },
    ],
  });

  show(feed) {
    this.#table.show(feed.parts.failures ?? []);
  }
}
