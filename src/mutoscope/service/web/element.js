// @ts-check
/** Makes elements. Texts are set as text, never as HTML, so nothing that somebody typed can become markup. */

/** @typedef {Node | string | number | null | undefined | false} Child */

const AS_PROPERTY = new Set([
  "value",
  "checked",
  "disabled",
  "hidden",
  "open",
  "selected",
  "indeterminate",
  "muted",
  "loop",
]);
const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T | string} tag
 * @param {Record<string, any> | null} [props] attributes; `onclick` and so on as listeners, `data` as data-…, `class`
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement & Record<string, any>}
 */
export function h(tag, props, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) {
      if (AS_PROPERTY.has(name)) /** @type {any} */ (made)[name] = value ?? false;
    } else if (name.startsWith("on")) {
      made.addEventListener(name.slice(2), value);
    } else if (name === "data") {
      Object.assign(made.dataset, value);
    } else if (AS_PROPERTY.has(name)) {
      /** @type {any} */ (made)[name] = value;
    } else {
      made.setAttribute(name, value === true ? "" : String(value));
    }
  }
  put(made, ...children);
  return /** @type {any} */ (made);
}

/**
 * Put children into an element, behind those that are there.
 * @param {Element} into
 * @param {...(Child | Child[])} children
 */
export function put(into, ...children) {
  for (const one of children.flat()) {
    if (one !== null && one !== undefined && one !== false) into.append(one instanceof Node ? one : String(one));
  }
}

/**
 * Exchange all children.
 * @param {Element} into
 * @param {...(Child | Child[])} children
 */
export function fill(into, ...children) {
  into.replaceChildren();
  put(into, ...children);
}

const PATHS = {
  add: "M12 5v14M5 12h14",
  back: "M15 5l-7 7 7 7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  clock: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  down: "M6 9l6 6 6-6",
  download: "M12 4v11m-5-4.5l5 5 5-5M5 20h14",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4",
  folder: "M3 6h6l2 2.5h10V19H3z",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  library: "M4 5h4v14H4zM10 5h4v14h-4zM16.2 5.6l3.6-.9 2.8 13.4-3.6.9z",
  make: "M4 20c4 0 5-2 5-4.5A2.5 2.5 0 0 0 4.5 15C3.5 17 4 18 3 19.5M9 13L19 3l2 2-10 10",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  pause: "M8 5v14M16 5v14",
  play: "M7 5l12 7-12 7z",
  redo: "M15 7l4 4-4 4M19 11H9a5 5 0 0 0 0 10h2",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5L21 21",
  shelf: "M4 4h16v16H4zM4 12h16M8 4v8M14 4v8M10 12v8",
  sound: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6",
  studio: "M3 4h18v12H3zM12 16v4M8 20h8",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  trash: "M5 7h14M9.5 7V4.5h5V7M7 7l1 13h8l1-13",
  undo: "M9 7l-4 4 4 4M5 11h10a5 5 0 0 1 0 10h-2",
  up: "M6 15l6-6 6 6",
  warn: "M12 8v5M12 16.5h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
};

/**
 * Draw an icon; words beside it, or a label on its button, say what it means.
 * @param {keyof typeof PATHS} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("viewBox", "0 0 24 24");
  drawn.setAttribute("class", name === "more" || name === "grip" ? "icon is-dots" : "icon");
  drawn.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  drawn.append(path);
  return drawn;
}

/** Whether this browser draws on a canvas; some are set up not to. */
export const canDraw = () => Boolean(document.createElement("canvas").getContext("2d"));
