// Every file of the run. When it is over the page fetches all of them, and offers them from then on by itself.
import { at, el, empty, say } from "./dom.js";
import * as format from "./format.js";

/** More than this is not kept by a page; the files lie in the folder of the run anyway. */
const KEPT = 64 * 1024 * 1024;

export class Downloads {
  #kept = new Map();
  #list = [];
  #waits = false;

  async show(feed) {
    this.#waits = feed.parts.live?.phase === "waiting";
    if (this.#kept.size === 0) {
      try {
        this.#list = await (await fetch("/api/v1/files")).json();
      } catch {
        // The controller has gone; what is shown stays.
      }
    }
    this.#draw();
  }

  /** Fetches every file while the controller is still there. */
  async keep() {
    const files = await (await fetch("/api/v1/files")).json();
    let room = KEPT;
    for (const { name, bytes } of files) {
      if (bytes === null || bytes > room) continue;
      const answer = await fetch(`/files/${encodeURIComponent(name)}`);
      if (!answer.ok) continue;
      room -= bytes;
      this.#kept.set(name, URL.createObjectURL(await answer.blob()));
    }
    this.#list = files;
    this.#draw();
  }

  #draw() {
    const lines = this.#list.map(({ name, bytes }) => {
      const kept = this.#kept.get(name);
      const link = bytes === null ? el("span", {}, name) : el("a", { href: kept ?? `/files/${encodeURIComponent(name)}`, download: name }, name);
      return el("li", {}, link, " ", el("span", { class: "muted" }, bytes === null ? "written at the end" : format.bytes(bytes)));
    });
    const shown = JSON.stringify([this.#list, this.#kept.size, this.#waits]);
    const host = at("downloads");
    if (host.dataset.shown === shown) return;
    host.dataset.shown = shown;
    host.replaceChildren(lines.length ? el("ul", { class: "files" }, ...lines) : empty(this.#waits ? "There are no files before the run is started." : "This run writes no files."));
  }
}
