// Elements. Texts from outside only ever become text nodes.

/** An element with attributes and children; a child that is no element becomes text. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter(child => child !== null && child !== undefined));
  return node;
}

/** A sentence of the controller's own, in which backticks mark names: words and code elements. */
export const sentence = text => text.split("`").map((part, place) => (place % 2 ? el("code", {}, part) : part));

/** The element with this id. */
export const at = id => document.getElementById(id);

/** Replaces a text only where it differs, so that selections and readers are left alone. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows a number: the text for people, the value for machines. */
export function put(node, text, value) {
  say(node, text);
  const exact = value === null || value === undefined ? "" : String(value);
  if (node.getAttribute("value") !== exact) node.setAttribute("value", exact);
}

/** A line for a view that has nothing to show yet. */
export const empty = text => el("p", { class: "empty" }, text);
