// @ts-check
/** Numbers as people read them. */

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/**
 * "549 kB".
 * @param {number} bytes
 */
export function size(bytes) {
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log(bytes) / Math.log(1000)));
  const number = bytes / 1000 ** power;
  return `${power && number < 9.95 ? number.toFixed(1) : Math.round(number)} ${UNITS[power]}`;
}

/**
 * "0:02", "1:02:03": the length of a film.
 * @param {number} seconds
 */
export function length(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (!parts[0]) parts.shift();
  return parts.map((one, number) => (number ? String(one).padStart(2, "0") : String(one))).join(":");
}

/**
 * "12 s", "about 4 min", "about 2 h": time that is to come.
 * @param {number} seconds
 */
export function span(seconds) {
  if (seconds < 1) return "less than a second";
  if (seconds < 50) return `${Math.round(seconds)} s`;
  if (seconds < 3000) return `about ${Math.max(1, Math.round(seconds / 60))} min`;
  if (seconds < 36000) return `about ${(seconds / 3600).toFixed(1).replace(".0", "")} h`;
  return `about ${Math.round(seconds / 3600)} h`;
}

/**
 * Seconds out of "48/25" or 1.92.
 * @param {string | number | null | undefined} text
 * @returns {number | null}
 */
export function fraction(text) {
  if (text === null || text === undefined || text === "") return null;
  const [above, below = "1"] = String(text).split("/");
  const number = Number(above) / Number(below);
  return Number.isFinite(number) ? number : null;
}

/**
 * "$0.0021": money that may be very little.
 * @param {number} amount
 * @param {string} [currency]
 * @returns {string}
 */
export function money(amount, currency = "USD") {
  const digits = amount === 0 || amount >= 0.1 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(amount)));
  if (amount > 0 && amount < 0.0001) return `less than ${money(0.0001, currency)}`;
  try {
    return new Intl.NumberFormat("en", {
      style: "currency",
      currency,
      minimumFractionDigits: Math.min(2, digits),
      maximumFractionDigits: digits,
    }).format(amount);
  } catch {
    return `${amount.toFixed(digits)} ${currency}`;
  }
}

/**
 * "25", "23.98": frames or steps a second.
 * @param {number} rate
 */
export function rate(rate) {
  return rate >= 100 || Number.isInteger(rate)
    ? String(Math.round(rate))
    : rate >= 10
      ? rate.toFixed(1)
      : rate.toFixed(2);
}

/**
 * "3 minutes ago".
 * @param {string} when RFC 3339
 */
export function ago(when) {
  const seconds = (Date.now() - Date.parse(when)) / 1000;
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (seconds < 45) return "just now";
  if (seconds < 2700) return words.format(-Math.round(seconds / 60), "minute");
  if (seconds < 79200) return words.format(-Math.round(seconds / 3600), "hour");
  if (seconds < 2592000) return words.format(-Math.round(seconds / 86400), "day");
  return new Date(when).toLocaleDateString("en", { year: "numeric", month: "short", day: "numeric" });
}

/**
 * What a film or picture is: "384 × 216 · 25 fps · 0:02 · sound".
 * @param {any} info as media have it
 * @returns {string}
 */
export function about(info) {
  if (!info) return "";
  const parts = [];
  if (info.width) parts.push(`${info.width} × ${info.height}`);
  const fps = fraction(info.frame_rate);
  if (fps) parts.push(`${rate(Math.round(fps * 100) / 100)} fps`);
  const seconds = fraction(info.duration);
  if (seconds) parts.push(length(seconds));
  if (info.width && seconds) parts.push(info.audio?.length ? "sound" : "silent");
  return parts.join(" · ");
}

/**
 * Width by height as a film is shown: pixels of old formats are not square.
 * @param {any} info as media have it
 * @returns {number}
 */
export function shapeOf(info) {
  if (!info?.width || !info.height) return 16 / 9;
  return (info.width / info.height) * (fraction(info.sample_aspect_ratio) || 1);
}
