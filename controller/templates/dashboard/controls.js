// Steering the run. The controller decides; the page only asks.
import { at, el, say } from "./dom.js";
import { secret, send } from "./send.js";

export class Controls {
  #feed;
  #buttons;
  #shown = "";

  constructor(feed) {
    this.#feed = feed;
    const button = (text, press) => el("button", { type: "button", click: press }, text);
    this.#buttons = {
      users: button("Users…", () => this.#users()),
      pause: button("Pause", () => this.#pause()),
      stop: button("Stop", () => this.#stop()),
    };
    this.#buttons.stop.classList.add("danger");
    at("controls").append(...Object.values(this.#buttons));
    this.show();
  }

  show() {
    const { live } = this.#feed.parts;
    const going = ["waiting", "gathering", "running"].includes(live?.phase);
    const steerable = going && live.phase === "running" && live.steer;
    this.#buttons.stop.disabled = !going;
    this.#buttons.users.hidden = !steerable;
    this.#buttons.pause.hidden = !steerable;
    say(this.#buttons.pause, live?.steer?.paused ? "Resume" : "Pause");
  }

  #stop() {
    this.#ask({
      title: "Stop the run?",
      text: this.#feed.parts.live.phase === "waiting"
        ? "It has not been started, so nothing is measured and no report is written. The controller ends."
        : "Users finish what is in flight, then the reports are written. The run cannot be taken up again.",
      confirm: "Stop the run", danger: true, fields: [], order: () => ["stop", {}],
    });
  }

  #pause() {
    const { paused } = this.#feed.parts.live.steer;
    if (paused) return this.#ask({ title: "Resume the run?", text: "The users start again, up to the number that was wanted before.", confirm: "Resume", fields: [], order: () => ["resume", {}] });
    this.#ask({ title: "Pause the run?", text: "All users stop within a few seconds; the clock goes on.", confirm: "Pause", fields: [], order: () => ["pause", {}] });
  }

  #users() {
    const { steer } = this.#feed.parts.live;
    const users = el("input", { id: "users", type: "number", min: "0", max: "1000000", step: "1", required: true, value: steer.users });
    const rate = el("input", { id: "rate", type: "number", min: "0.001", max: "100000", step: "any", required: true, value: steer.spawn_rate });
    this.#ask({
      title: "Change the users",
      text: "From now on, until the end of the shape. Fewer users take a few seconds to take effect, so that no worker ever runs too many.",
      confirm: "Change", fields: [["Users", users], ["Started or stopped per second", rate]],
      order: () => ["users", { users: users.valueAsNumber, spawn_rate: rate.valueAsNumber }],
    });
  }

  #ask({ title, text, confirm, danger, fields, order }) {
    const dialog = at("dialog");
    const held = this.#feed.hello?.token ? secret("token") : null;
    const asked = held ? [...fields, ["Token of the run", held]] : fields;
    const error = el("p", { class: "error", role: "alert" });
    const labels = asked.map(([name, input]) => el("label", {}, name, input));
    const go = el("button", { type: "submit", class: danger ? "danger" : "primary" }, confirm);
    const submit = async event => {
      event.preventDefault();
      go.disabled = true;
      const [what, body] = order();
      const refused = await send(what, body, held);
      go.disabled = false;
      say(error, refused);
      if (!refused) dialog.close();
    };
    dialog.replaceChildren(el("form", { submit },
      el("h2", { id: "dialog-title" }, title), el("p", {}, text), ...labels, error,
      el("div", { class: "row" }, el("button", { type: "button", click: () => dialog.close() }, "Cancel"), go)));
    dialog.showModal();
  }
}
