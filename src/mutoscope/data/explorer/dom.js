// Elements out of plain text.

/** Make an element: `el("p", {class: "x"}, "text", child)`. Text is never read as HTML. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** Turn `code` in plain text into elements. */
export function rich(text) {
  return (text ?? "").split(/`([^`]+)`/).map((part, at) => (at % 2 ? el("code", {}, part) : part));
}

/** Turn text into paragraphs, at its empty lines. */
export function paragraphs(text) {
  return (text ?? "").split(/\n\s*\n/).filter(Boolean).map((part) => el("p", { class: "describe" }, ...rich(part)));
}
