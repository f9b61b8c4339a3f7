// @ts-check
/** What the page remembers: small stores while it is open, drafts and wishes in the browser's own storage. */

const PREFIX = "mutoscope.";

/**
 * A value that others can watch.
 * @template T
 */
export class Store {
  /** @param {T} value */
  constructor(value) {
    /** @private */ this._value = value;
    /** @private @type {Set<(value: T) => void>} */ this._watchers = new Set();
  }

  get value() {
    return this._value;
  }

  /** @param {T} value */
  set value(value) {
    if (Object.is(value, this._value)) return;
    this._value = value;
    for (const one of [...this._watchers]) one(value);
  }

  /**
   * Call with the value now and whenever it changes.
   * @param {(value: T) => void} call
   * @returns {() => void} ends it
   */
  watch(call) {
    this._watchers.add(call);
    call(this._value);
    return () => this._watchers.delete(call);
  }
}

/**
 * Read what was kept; the fallback where there is nothing, or where it cannot be read.
 * @template T
 * @param {string} name
 * @param {T} fallback
 * @returns {T}
 */
export function kept(name, fallback) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/**
 * Keep a value for the next visit; `null` forgets it. Storage may be full or switched off: then it is not kept.
 * @param {string} name
 * @param {any} value
 */
export function keep(name, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Nothing depends on it.
  }
}

/** @typedef {"auto" | "dark" | "light"} Theme */

/** @returns {Theme} */
export function theme() {
  try {
    const text = localStorage.getItem(PREFIX + "theme");
    return text === "dark" || text === "light" ? text : "auto";
  } catch {
    return "auto";
  }
}

/**
 * Change the theme, for now and later.
 * @param {Theme} wanted
 */
export function setTheme(wanted) {
  try {
    if (wanted === "auto") localStorage.removeItem(PREFIX + "theme");
    else localStorage.setItem(PREFIX + "theme", wanted); // plain text: first.js reads it before any module
  } catch {
    // It holds for this page then.
  }
  const light = matchMedia("(prefers-color-scheme: light)").matches;
  document.documentElement.dataset.theme = wanted === "auto" ? (light ? "light" : "dark") : wanted;
}

/** Steps back and forth through the values of a form. */
export class History {
  /** @param {any} first */
  constructor(first) {
    /** @private */ this._past = [JSON.stringify(first)];
    /** @private @type {string[]} */ this._future = [];
    /** @private */ this._at = 0;
    /** @private */ this._field = "";
  }

  /**
   * Remember a value; quick changes of one field become one step.
   * @param {any} value
   * @param {string} [field]
   */
  add(value, field = "") {
    const text = JSON.stringify(value);
    if (text === this._past.at(-1)) return;
    const now = performance.now();
    if (field && field === this._field && now - this._at < 800 && this._past.length > 1) this._past.pop();
    this._past.push(text);
    this._future = [];
    this._field = field;
    this._at = now;
    if (this._past.length > 100) this._past.shift();
  }

  get canUndo() {
    return this._past.length > 1;
  }

  get canRedo() {
    return this._future.length > 0;
  }

  undo() {
    if (this.canUndo) this._future.push(/** @type {string} */ (this._past.pop()));
    this._field = "";
    return JSON.parse(/** @type {string} */ (this._past.at(-1)));
  }

  redo() {
    if (this.canRedo) this._past.push(/** @type {string} */ (this._future.pop()));
    this._field = "";
    return JSON.parse(/** @type {string} */ (this._past.at(-1)));
  }
}
