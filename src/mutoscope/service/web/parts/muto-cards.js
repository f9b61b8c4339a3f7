// @ts-check
/** A list of cards that can be added, switched off, removed, and moved: by dragging, or with the arrow keys. */
import { fill, h, icon } from "../element.js";
import { texts } from "../texts.js";

const told = texts.cards;

export class Cards extends HTMLElement {
  /** @type {any[]} plain values; `off: true` is left out of what is made */
  items = [];
  label = "";
  /** @type {(item: any, number: number, change: (item: any) => void) => {title: string, body: any[], picture?: any}} */
  draw = () => ({ title: "", body: [] });
  /** @type {(items: any[]) => void} */
  told = () => {};
  /** @type {(() => any) | null} */
  fresh = null;

  connectedCallback() {
    if (this.list) return;
    this.classList.add("cards");
    this.list = h("ol", { class: "cards-list", "aria-label": this.label });
    this.live = h("p", { class: "unseen", role: "status" });
    this.append(this.list, this.live);
    const fresh = this.fresh;
    if (fresh)
      this.append(
        h(
          "button",
          { class: "button", type: "button", onclick: () => this.become([...this.items, fresh()], this.items.length) },
          icon("add"),
          told.add,
        ),
      );
    this.show();
  }

  /** @param {any[]} items */
  set(items) {
    this.items = items;
    this.show();
  }

  /** @param {any[]} items @param {number} [focus] number of the card that takes the focus */
  become(items, focus) {
    this.items = items;
    this.show();
    this.told(items);
    if (focus !== undefined)
      /** @type {HTMLElement | null} */ (this.list?.children[focus]?.querySelector(".card-grip"))?.focus();
  }

  show() {
    if (this.list)
      fill(
        this.list,
        this.items.map((item, number) => this.card(item, number)),
      );
  }

  /** @param {any} item @param {number} number */
  card(item, number) {
    const change = (/** @type {any} */ now) => {
      this.items = this.items.map((one, at) => (at === number ? now : one));
      this.told(this.items);
    };
    const { title, body, picture } = this.draw(item, number, change);
    const grip = h(
      "button",
      {
        class: "button is-icon card-grip",
        type: "button",
        "aria-label": told.move(title),
        title: told.moveHow,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event, number),
      },
      icon("grip"),
    );
    const on = h("input", {
      type: "checkbox",
      role: "switch",
      class: "switch",
      checked: !item.off,
      "aria-label": told.use(title),
      onchange: () => {
        card.classList.toggle("is-off", !(/** @type {any} */ (on).checked));
        change({ ...this.items[number], off: !(/** @type {any} */ (on).checked) || undefined });
      },
    });
    const away = h(
      "button",
      {
        class: "button is-icon",
        type: "button",
        "aria-label": `${texts.common.remove}: ${title}`,
        onclick: () =>
          this.become(
            this.items.filter((_one, at) => at !== number),
            Math.max(0, number - 1),
          ),
      },
      icon("close"),
    );
    const card = h(
      "li",
      { class: item.off ? "card is-off" : "card" },
      h("div", { class: "card-head" }, grip, picture, h("h3", null, title), on, away),
      body,
    );
    // Only the grip drags: in the card one selects text and moves sliders.
    grip.addEventListener("pointerdown", () => (card.draggable = true));
    card.addEventListener("dragstart", (event) => {
      event.dataTransfer?.setData("text/x-muto-card", String(number));
      this.from = number;
      card.classList.add("is-dragged");
    });
    card.addEventListener("dragend", () => {
      card.draggable = false;
      card.classList.remove("is-dragged");
      this.from = undefined;
    });
    card.addEventListener("dragover", (event) => {
      if (this.from === undefined) return;
      event.preventDefault();
      card.classList.toggle("is-target", this.from !== number);
    });
    card.addEventListener("dragleave", () => card.classList.remove("is-target"));
    card.addEventListener("drop", (event) => {
      if (this.from === undefined) return;
      event.preventDefault();
      this.move(this.from, number);
    });
    return card;
  }

  /** @param {KeyboardEvent} event @param {number} number */
  key(event, number) {
    const to = { ArrowUp: number - 1, ArrowDown: number + 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.move(number, to);
  }

  /** @param {number} from @param {number} to */
  move(from, to) {
    if (to < 0 || to >= this.items.length || from === to) return;
    const items = [...this.items];
    items.splice(to, 0, ...items.splice(from, 1));
    this.become(items, to);
    if (this.live) this.live.textContent = told.moved(to + 1, items.length);
  }
}

customElements.define("muto-cards", Cards);

/**
 * Make a list of cards.
 * @param {Partial<Cards>} said
 */
export function cards(said) {
  return Object.assign(/** @type {Cards} */ (document.createElement("muto-cards")), said);
}
