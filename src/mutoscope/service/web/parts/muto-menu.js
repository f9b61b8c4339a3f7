// @ts-check
/** A button that opens a short list of things to do; arrow keys move in it, Escape closes it. */
import { h, icon } from "../element.js";

/** @typedef {{label: string, run?: () => void, href?: string, download?: boolean, isBad?: boolean}} Item */

export class Menu extends HTMLElement {
  /** @type {() => (Item | null | false)[]} */
  items = () => [];
  label = "";
  /** @type {Parameters<typeof icon>[0]} */
  sign = "more";

  connectedCallback() {
    if (this.button) return;
    this.classList.add("menu");
    this.button = h(
      "button",
      {
        class: "button is-icon",
        type: "button",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        "aria-label": this.label,
        onclick: () => this.toggle(),
      },
      icon(this.sign),
    );
    this.append(this.button);
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("focusout", (event) => {
      if (!(event.relatedTarget instanceof Node && this.contains(event.relatedTarget))) this.close();
    });
  }

  toggle() {
    if (this.list) this.close();
    else this.open();
  }

  open() {
    const made = this.items().filter((one) => !!one);
    this.list = h(
      "div",
      { class: "menu-list", role: "menu", "aria-label": this.label },
      made.map((one) => this.entry(/** @type {Item} */ (one))),
    );
    this.append(this.list);
    this.button?.setAttribute("aria-expanded", "true");
    const box = this.list.getBoundingClientRect();
    this.list.classList.toggle("is-up", box.bottom > innerHeight - 16 && box.top > box.height + 64);
    this.list.classList.toggle("is-right", box.left < 8);
    /** @type {HTMLElement | null} */ (this.list.querySelector("[role=menuitem]"))?.focus();
  }

  /** @param {Item} one */
  entry(one) {
    const props = { role: "menuitem", tabindex: "-1", class: one.isBad ? "menu-item is-bad" : "menu-item" };
    if (one.href) {
      const more = { href: one.href, download: one.download };
      return h("a", { ...props, ...more, onclick: () => setTimeout(() => this.close()) }, one.label);
    }
    return h("button", { ...props, type: "button", onclick: () => (this.close(true), one.run?.()) }, one.label);
  }

  /** @param {boolean} [back] put the focus back on the button */
  close(back = false) {
    const { list } = this;
    this.list = undefined;
    list?.remove(); // which takes the focus, and so calls this once more
    this.button?.setAttribute("aria-expanded", "false");
    if (back) this.button?.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.list) return;
    const all = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("[role=menuitem]")]);
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close(true);
    } else if (to !== undefined) {
      event.preventDefault();
      all[(to + all.length) % all.length]?.focus();
    }
  }
}

customElements.define("muto-menu", Menu);

/**
 * Make a menu.
 * @param {string} label
 * @param {() => (Item | null | false)[]} items asked for when it opens
 * @param {Parameters<typeof icon>[0]} [sign]
 */
export function menu(label, items, sign = "more") {
  const made = /** @type {Menu} */ (document.createElement("muto-menu"));
  Object.assign(made, { label, items, sign });
  return made;
}
