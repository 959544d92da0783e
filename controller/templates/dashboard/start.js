// The form that starts a run which waits. It asks for what the command line asks for, and the controller checks it
// as it checks the command line.
import { at, el, say } from "./dom.js";
import { secret, send } from "./send.js";

export class Start {
  #feed;
  #host = at("start");
  /** The form as it was last built, and what is in it. */
  #shown = "";
  #fields = {};

  constructor(feed) {
    this.#feed = feed;
  }

  show() {
    const form = this.#feed.parts.form ?? null;
    this.#host.hidden = form === null;
    const shown = JSON.stringify(form);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#host.replaceChildren(...(form ? [this.#build(form)] : []));
  }

  #build(form) {
    const number = (id, value, least, most, step) =>
      el("input", { id, type: "number", min: least, max: most, step, value: value ?? "" });
    const shape = el("select", { id: "start-shape", change: () => this.#fit(form) },
      ...form.shapes.map(name => el("option", { value: name, selected: name === form.shape }, name)));
    const users = number("start-users", form.users, "0", "1000000", "1");
    const rate = number("start-rate", form.spawn_rate, "0.001", "100000", "any");
    const time = el("input", { id: "start-time", type: "text", placeholder: "until stopped", value: form.run_time ?? "", autocomplete: "off" });
    const scale = number("start-scale", form.time_scale, "0.001", "1000", "any");
    const held = this.#feed.hello.token ? secret("start-token") : null;
    users.required = true;
    rate.placeholder = "all within a second";
    this.#fields = { shape, users, rate, time, scale };
    const label = (text, input) => el("label", {}, text, input);
    const error = el("p", { class: "error", role: "alert" });
    const go = el("button", { type: "submit", class: "primary", id: "start-go" }, "Start");
    const submit = async event => {
      event.preventDefault();
      go.disabled = true;
      say(error, await send("start", this.#load(form), held));
      go.disabled = false;
    };
    const built = el("form", { class: "start", submit },
      el("h2", { id: "start-title" }, "Start the run"),
      el("p", { class: "muted" }, "Nothing is sent to the service until then. Workers may still attach."),
      el("div", { class: "fields" }, label("Shape", shape), label("Users", users), label("Users started per second", rate),
        label("Run time, as in 90s or 1h30m", time), label("Time scale", scale), ...(held ? [label("Token of the run", held)] : [])),
      error, el("div", { class: "row" }, go));
    this.#fit(form);
    return built;
  }

  /** Shows the fields that the chosen shape has. */
  #fit(form) {
    const { shape, users, rate, time, scale } = this.#fields;
    const show = (input, there) => {
      input.disabled = !there;
      input.parentElement.hidden = !there;
    };
    for (const input of [users, rate, time]) show(input, shape.value === form.constant);
    show(scale, shape.value !== form.unscaled);
  }

  /** What the fields say; one that is empty is left out, as on a command line. */
  #load(form) {
    const { shape, users, rate, time, scale } = this.#fields;
    const load = { shape: shape.value, time_scale: scale.disabled || scale.value === "" ? 1 : scale.valueAsNumber };
    if (shape.value !== form.constant) return load;
    if (users.value !== "") load.users = users.valueAsNumber;
    if (rate.value !== "") load.spawn_rate = rate.valueAsNumber;
    if (time.value.trim() !== "") load.run_time = time.value.trim();
    return load;
  }
}
