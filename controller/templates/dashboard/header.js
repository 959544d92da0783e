// What the run is, where it stands, and how to steer it from there.
import { at, el, say } from "./dom.js";
import * as format from "./format.js";

const PHASES = {
  waiting: "ready to start", gathering: "waiting for workers", running: "running", draining: "finishing", writing: "writing files", over: "over",
};

export class Header {
  #stages = [];
  #plan = "";

  show(feed) {
    const { run, live, plan } = feed.parts;
    if (!run || !live) return;
    say(at("title"), run.shape);
    say(at("host"), run.host ?? "");
    const over = live.phase === "over";
    const phase = over ? run.end : live.phase;
    say(at("phase"), over ? run.end : PHASES[live.phase]);
    at("phase").dataset.phase = phase;
    document.title = `${over ? run.end : PHASES[live.phase]} · ${run.shape}`;
    this.#course(plan ?? [], live);
  }

  /** Whether news come, and what that means. */
  link(state) {
    const text = { open: "", lost: "no connection; trying again", over: "the run is over, this page keeps what it has" }[state];
    say(at("link"), text);
    at("link").hidden = text === "";
  }

  #course(plan, live) {
    const text = JSON.stringify(plan);
    if (text !== this.#plan) {
      this.#plan = text;
      this.#stages = plan.map(stage => {
        const done = el("span", { class: "done" });
        const line = el("li", { title: `${stage.name}: ${format.clock(stage.from_s)} to ${format.clock(stage.to_s)}` }, done, el("span", { class: "name" }, stage.name));
        line.style.flexGrow = String(Math.max(stage.to_s - stage.from_s, 0.001));
        return { stage, line, done };
      });
      at("stages").replaceChildren(...this.#stages.map(({ line }) => line));
    }
    for (const { stage, line, done } of this.#stages) {
      const share = (live.clock_s - stage.from_s) / (stage.to_s - stage.from_s);
      done.style.width = `${Math.min(Math.max(share, 0), 1) * 100}%`;
      const current = plan[live.stage] && stage.from_s === plan[live.stage].from_s;
      if (current) line.setAttribute("aria-current", "step");
      else line.removeAttribute("aria-current");
    }
    say(at("clock"), this.#where(plan, live));
  }

  #where(plan, live) {
    if (live.phase === "waiting") {
      return `${live.workers === 1 ? "1 worker is" : `${live.workers} workers are`} there; the load begins when somebody starts it`;
    }
    if (live.phase === "gathering") {
      return `${live.workers} of ${live.workers_expected} workers are there`;
    }
    const end = plan.length ? plan[plan.length - 1].to_s : 0;
    const stage = plan[live.stage];
    const place = stage && plan.length > 1 ? ` · stage ${live.stage + 1}: ${stage.name}` : "";
    const paused = live.steer?.paused ? " · paused" : "";
    // A shape that holds until further notice is known up to now.
    const known = end <= 86400 && (end > live.clock_s + 1 || live.phase !== "running");
    return `${format.clock(live.clock_s)}${known ? ` of ${format.clock(end)}` : ""}${place}${paused}`;
  }
}
