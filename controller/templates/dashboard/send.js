// Orders on their way to the controller, which decides.
import { el } from "./dom.js";

/** Kept for as long as the page is open, and nowhere else. */
let token = "";

/** The field for the run's token; the last one that was sent stands in it. */
export const secret = id => el("input", { id, type: "password", autocomplete: "off", required: true, value: token });

/** Sends a control with its body and, where the run has one, its token. Empty when it was done, else why not. */
export async function send(what, body, held) {
  const headers = { "content-type": "application/json" };
  if (held) {
    token = held.value;
    headers.authorization = `Bearer ${token}`;
  }
  try {
    const answer = await fetch(`/api/v1/control/${what}`, { method: "POST", headers, body: JSON.stringify(body) });
    return answer.ok ? "" : ((await answer.json()).error ?? `the controller answered ${answer.status}`);
  } catch {
    return "the controller does not answer";
  }
}
