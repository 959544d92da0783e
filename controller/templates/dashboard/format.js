// Numbers as people read them. Rounding for the eye is all that happens to a row here.

const none = value => value === null || value === undefined;

/** 12,345 */
export const count = value => (none(value) ? "–" : value.toLocaleString("en", { maximumFractionDigits: 0 }));

/** 1,234 · 12.3 · 0.25 */
export function rate(value) {
  if (none(value)) return "–";
  const digits = value >= 100 || value === 0 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

/** 420 µs · 12.3 ms · 1.25 s */
export function ms(value) {
  if (none(value)) return "–";
  if (value > 0 && value < 0.9995) return `${(value * 1000).toLocaleString("en", { maximumSignificantDigits: 3 })} µs`;
  if (value >= 999.5) return `${(value / 1000).toLocaleString("en", { maximumSignificantDigits: 3 })} s`;
  return `${value.toLocaleString("en", { maximumSignificantDigits: 3 })} ms`;
}

/** A figure with its unit, as rows name it. */
export const figure = (value, unit) => (unit === "ms" ? ms(value) : none(value) ? "–" : `${rate(value)} ${unit}`);

/** 4.2 % */
export const percent = value => (none(value) ? "–" : `${(value * 100).toLocaleString("en", { maximumFractionDigits: 1 })} %`);

/** 12.3 MB */
export function bytes(value) {
  if (none(value)) return "–";
  const units = ["B", "kB", "MB", "GB"];
  let place = 0;
  while (value >= 999.5 && place < units.length - 1) {
    value /= 1000;
    place += 1;
  }
  return `${value.toLocaleString("en", { maximumSignificantDigits: 3 })} ${units[place]}`;
}

/** 1:05 · 1:02:05 */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = part => String(part).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The time of day of a timestamp, in the reader's own zone. */
export const time = stamp => (stamp ? new Date(stamp).toLocaleTimeString() : "–");
