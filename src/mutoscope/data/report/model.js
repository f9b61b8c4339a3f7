// The data of the page, what a person decided, and how numbers and times are written.
const data = JSON.parse(document.getElementById("data").textContent);
const clips = data.clips;
const meters = data.meters;
const VERDICTS = ["keep", "unsure", "reject"];

clips.forEach((clip, number) => {
  clip.number = number;
  clip.meters = meters.filter((meter) => clip.curves.columns[meter.name]);
  clip.segments = clip.segments.map((values, place) => {
    const segment = Object.fromEntries(data.fields.map((name, at) => [name, values[at]]));
    return Object.assign(segment, { clip, number: place });
  });
  clip.segments.forEach((segment, place) => {
    segment.out = place + 1 < clip.segments.length ? clip.segments[place + 1].in : clip.stop;
  });
});

function bytesOf(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Decode the curves of a clip when they are first drawn: seconds of each point, and values (NaN: unknown). */
function curvesOf(clip) {
  if (clip.decoded) return clip.decoded;
  const { num, times, columns } = clip.curves;
  const seconds = new Float64Array(num);
  if (times) {
    const view = new DataView(bytesOf(times).buffer);
    for (let i = 0; i < num; i++) seconds[i] = (view.getUint16(2 * i, true) / 65535) * clip.duration;
  } else {
    for (let i = 0; i < num; i++) seconds[i] = (i / num) * clip.duration;
  }
  const values = {};
  for (const [name, [least, most, text]] of Object.entries(columns)) {
    const levels = bytesOf(text);
    values[name] = { least, most, at: Float64Array.from(levels, (v) => (v === 255 ? NaN : least + (v / 254) * (most - least))) };
  }
  clip.decoded = { seconds, values };
  return clip.decoded;
}

/** Give the last point at or before a time. */
function pointAt(seconds, time) {
  let low = 0;
  let high = seconds.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (seconds[middle] <= time + 1e-6) low = middle;
    else high = middle - 1;
  }
  return low;
}

function segmentAt(clip, time) {
  return clip.segments.find((one) => time < one.end_s) || clip.segments[clip.segments.length - 1];
}

// What a person decided: kept in this browser, under the report's own name.
const STORE = "mutoscope.sort:" + data.id;
const decisions = new Map();
try {
  for (const [key, word] of Object.entries(JSON.parse(localStorage.getItem(STORE) || "{}"))) {
    if (VERDICTS.includes(word)) decisions.set(key, word);
  }
} catch (error) {
  // A browser may forbid storage to pages from disk: decisions then live as long as the page is open.
}

const keyOf = (segment) => segment.clip.number + ":" + segment.first + ":" + segment.end;
const decided = (segment) => decisions.get(keyOf(segment));
const verdictOf = (segment) => decided(segment) || segment.verdict;

/** Decide about a segment; the same word again takes it back. */
function decide(segment, word) {
  const key = keyOf(segment);
  if (decisions.get(key) === word) decisions.delete(key);
  else decisions.set(key, word);
  try {
    localStorage.setItem(STORE, JSON.stringify(Object.fromEntries(decisions)));
  } catch (error) {
    // Likewise.
  }
}

function decisionsTable() {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const rows = [data.columns];
  for (const clip of clips) {
    for (const segment of clip.segments) {
      const word = decided(segment);
      if (word) rows.push(data.columns.map((name) => ({ ...segment, path: clip.path, decision: word })[name]));
    }
  }
  return rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
}

function num(value, digits = 3) {
  if (value === null || Number.isNaN(value)) return "–";
  const fixed = Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(digits);
  const text = Number(fixed) === 0 ? "0" : String(Number(fixed));
  return text.replace("-", "−");
}

const withUnit = (value, unit) => num(value) + (unit ? "\u00a0" + unit : "");

function clock(seconds) {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return (parts[0] ? parts[0] + ":" + String(parts[1]).padStart(2, "0") : parts[1]) + ":" + String(parts[2]).padStart(2, "0");
}

const lasting = (seconds) => (seconds < 60 ? seconds.toFixed(seconds < 10 ? 2 : 1) + "\u00a0s" : clock(seconds) + (seconds < 3599.5 ? "\u00a0min" : "\u00a0h"));

/** Show what would not be seen in a name: line ends, control characters, marks that turn the writing round. */
const visible = (text) =>
  text
    .replace(/[\u0000-\u001f\u007f]/g, (c) => (c === "\u007f" ? "\u2421" : String.fromCharCode(0x2400 + c.charCodeAt(0))))
    .replace(/[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

/** Make an element; text is text, never markup. */
function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
