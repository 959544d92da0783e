// Tabs, by mouse and by keyboard; the address remembers which one is open.
import { at, el } from "./dom.js";

const TITLES = {
  overview: "Overview", endpoints: "Endpoints", streams: "Streams", failures: "Failures", workers: "Workers",
  limits: "Limits", downloads: "Downloads",
};

/** Makes the tabs; `opened(name)` hears of each one that is opened. */
export function tabs(opened) {
  const names = Object.keys(TITLES);
  const buttons = names.map(name => {
    const press = () => history.replaceState(null, "", `#${name}`) ?? open(name);
    const badge = el("span", { class: "count", id: `count-${name}` });
    return el("button", {
      type: "button", role: "tab", id: `tab-${name}`, "aria-controls": name, "aria-selected": "false", tabindex: "-1", click: press,
    }, TITLES[name], badge);
  });
  at("tabs").replaceChildren(...buttons);

  function open(name) {
    names.forEach((other, place) => {
      const chosen = other === name;
      buttons[place].setAttribute("aria-selected", String(chosen));
      buttons[place].tabIndex = chosen ? 0 : -1;
      at(other).hidden = !chosen;
    });
    opened(name);
  }

  at("tabs").addEventListener("keydown", event => {
    const current = buttons.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -current, End: buttons.length - 1 - current }[event.key];
    if (step === undefined || current < 0) return;
    event.preventDefault();
    const next = buttons[(current + step + buttons.length) % buttons.length];
    next.focus();
    next.click();
  });

  const asked = () => (names.includes(location.hash.slice(1)) ? location.hash.slice(1) : "overview");
  addEventListener("hashchange", () => open(asked()));
  open(asked());
  return { current: asked };
}

/** A small number beside a tab's title; none for zero. */
export function badge(name, value) {
  const node = at(`count-${name}`);
  const text = value > 0 ? value.toLocaleString("en") : "";
  if (node.textContent !== text) node.textContent = text;
}
