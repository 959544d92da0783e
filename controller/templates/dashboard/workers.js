// Who runs the users, and whether they can be trusted to be on time.
import { at } from "./dom.js";
import * as format from "./format.js";
import { Table } from "./table.js";

const BAD = new Set(["missing", "lost"]);

export class Workers {
  #table = new Table(at("worker-table"), {
    caption: "Workers", key: row => row.name + row.host + (row.ordinal ?? ""), nothing: "No worker has attached yet.",
    columns: [
      { title: "Worker", text: row => row.name },
      { title: "State", text: row => row.state, mark: row => (BAD.has(row.state) ? "fail" : row.state === "running" ? "pass" : "") },
      { title: "Host", text: row => row.host },
      { title: "Users", text: row => format.count(row.now?.users), value: row => row.now?.users },
      { title: "Most users", text: row => format.count(row.users_peak), value: row => row.users_peak },
      { title: "Requests", text: row => format.count(row.requests), value: row => row.requests },
      { title: "CPU", text: row => format.percent(row.now?.cpu), value: row => row.now?.cpu },
      { title: "CPU peak", text: row => format.percent(row.cpu_peak), value: row => row.cpu_peak, mark: row => (row.cpu_peak > 0.9 ? "fail" : "") },
      { title: "Memory", text: row => format.bytes(row.now?.memory), value: row => row.now?.memory },
      { title: "Memory peak", text: row => format.bytes(row.memory_peak), value: row => row.memory_peak },
      { title: "Timers late p99", text: row => format.ms(row.lateness_p99_ms), value: row => row.lateness_p99_ms },
      { title: "Clock offset", text: row => (row.clock_offset_ms === null ? "–" : `${row.clock_offset_ms.toFixed(2)} ± ${row.clock_uncertainty_ms.toFixed(2)} ms`), value: row => row.clock_offset_ms },
      { title: "Last delta", text: row => (row.last_delta_s === null ? "–" : `${row.last_delta_s.toFixed(1)} s`), value: row => row.last_delta_s },
      { title: "Lost", text: row => row.lost_spans.join(", ") || "nothing", mark: row => (row.lost_spans.length ? "fail" : "") },
    ],
  });

  show(feed) {
    const pulse = feed.parts.pulse ?? [];
    // Two processes may have had one name, one after the other.
    const now = (row, ordinal) => ({ ...row, ordinal, now: row.state === "running" ? pulse[ordinal] : null });
    this.#table.show((feed.parts.workers ?? []).map(now));
  }
}
