// @ts-check
/**
 * A film or picture as a tile: on its way, looked at, green when it was found good, red with the reason and what to do.
 * The place of the picture is kept from the start, so that nothing moves when it comes.
 */
import { fill, h, icon } from "../element.js";
import { about, size } from "../format.js";
import { texts } from "../texts.js";
import { menu } from "./muto-menu.js";
import { progress } from "./muto-progress.js";

/**
 * @typedef {object} Shown
 * @property {string} key
 * @property {string} name
 * @property {number} bytes
 * @property {"waiting" | "uploading" | "paused" | "checking" | "ready" | "refused"} state
 * @property {number} [sent]
 * @property {any} [media]
 * @property {string} [picture]
 * @property {{title: string, advice: string}} [problem]
 */

export class Tile extends HTMLElement {
  /** @type {Shown | null} */
  shown = null;
  /** @type {(shown: Shown) => string | null} where a click leads; null: nowhere */
  href = () => null;
  /** @type {((shown: Shown) => any[]) | null} entries of its menu */
  items = null;
  /** @type {((shown: Shown, chosen: boolean) => void) | null} */
  onchoose = null;
  /** @type {((shown: Shown) => void) | null} */
  onforget = null;
  /** @type {((shown: Shown) => void) | null} */
  onagain = null;
  /** Whether what is good goes without saying. */
  isQuiet = false;

  connectedCallback() {
    if (this.frame) return;
    this.classList.add("tile");
    this.classList.toggle("is-quiet", this.isQuiet);
    this.frame = h("div", { class: "tile-frame" });
    this.caption = h("div", { class: "tile-caption" });
    this.append(this.frame, this.caption);
    this.update();
  }

  /** @param {Shown} shown */
  show(shown) {
    this.shown = shown;
    this.update();
  }

  /** @type {boolean} */
  _chosen = false;

  set chosen(yes) {
    this._chosen = yes;
    this.classList.toggle("is-chosen", yes);
    if (this.box) /** @type {any} */ (this.box).checked = yes;
  }

  get chosen() {
    return this._chosen;
  }

  update() {
    const { shown, frame } = this;
    if (!shown || !frame) return;
    const before = this.dataset.state;
    this.dataset.state = shown.state;
    if (before === shown.state && shown.state === "uploading") return this.tick(shown);
    this.drawFrame(shown);
    this.drawCaption(shown);
    if (before && before !== "ready" && shown.state === "ready") this.classList.add("is-fresh");
  }

  /** @param {Shown} shown */
  drawFrame(shown) {
    const { media } = shown;
    const upright = media?.info?.width && media.info.width < media.info.height * 1.15;
    this.frame?.classList.toggle("is-upright", Boolean(upright));
    const picture = media?.links?.poster ?? shown.picture;
    const nothing = () =>
      h(
        "span",
        { class: "tile-nothing" },
        shown.state !== "refused" && icon(media?.kind === "sound" ? "sound" : "film"),
      );
    const image =
      picture &&
      h("img", {
        src: picture,
        alt: "",
        loading: "lazy",
        decoding: "async",
        width: 640,
        height: 360,
        onload: (/** @type {any} */ e) => e.target.classList.add("is-here"),
        // What only says that it is a picture has none.
        onerror: (/** @type {any} */ e) => e.target.replaceWith(nothing()),
      });
    const href = shown.state === "ready" ? this.href(shown) : null;
    const inside = image || nothing();
    fill(
      /** @type {any} */ (this.frame),
      href
        ? h("a", { href, class: "tile-link", "aria-label": `${texts.common.open}: ${shown.name}` }, inside)
        : h("div", { class: "tile-link" }, inside),
      shown.state === "refused" && h("span", { class: "tile-sign is-bad" }, icon("warn")),
    );
    this.box = undefined;
    if (this.onchoose && shown.state === "ready") {
      this.box = h("input", {
        type: "checkbox",
        class: "check",
        checked: this.chosen,
        "aria-label": texts.common.select(shown.name),
        onchange: (/** @type {any} */ event) => {
          this.chosen = event.target.checked;
          this.onchoose?.(shown, this.chosen);
        },
      });
      this.frame?.append(h("label", { class: "tile-choose" }, this.box));
    }
  }

  /** @param {Shown} shown */
  drawCaption(shown) {
    const { state, media, problem } = shown;
    const info = media?.info;
    this.bar =
      state === "uploading" || state === "paused"
        ? progress((shown.sent ?? 0) / (shown.bytes || 1), shown.name)
        : undefined;
    this.percent = h("span", { class: "numbers" });
    const status =
      state === "ready"
        ? h("span", { class: "state is-good" }, icon("check"), texts.media.states.ready)
        : state === "refused"
          ? h("span", { class: "state is-bad" }, problem?.title ?? texts.media.states.refused)
          : h(
              "span",
              { class: "state quiet" },
              state === "checking" && h("span", { class: "pulse" }),
              state === "uploading" ? this.percent : texts.media.states[state],
            );
    const notices = (info?.notices ?? [])
      .slice(0, 1)
      .map((/** @type {string} */ one) => h("p", { class: "small tile-notice" }, one));
    fill(
      /** @type {any} */ (this.caption),
      h(
        "div",
        { class: "tile-head" },
        h("p", { class: "tile-name", title: shown.name }, shown.name),
        this.sideButton(shown),
      ),
      h("p", { class: "small quiet numbers tile-about" }, [about(info), size(shown.bytes)].filter(Boolean).join(" · ")),
      this.bar,
      !(this.isQuiet && state === "ready") && h("p", { class: "small" }, status),
      problem?.advice && h("p", { class: "small tile-advice" }, problem.advice),
      problem?.mayGo && this.onagain && this.againButton(shown),
      notices,
    );
    this.tick(shown);
  }

  /** @param {Shown} shown */
  sideButton(shown) {
    if (shown.state === "ready" && this.items)
      return menu(texts.common.actions(shown.name), () => this.items?.(shown) ?? []);
    if (shown.state !== "ready" && this.onforget) {
      return h(
        "button",
        {
          class: "button is-icon",
          type: "button",
          "aria-label": `${texts.media.forget}: ${shown.name}`,
          onclick: () => this.onforget?.(shown),
        },
        icon("close"),
      );
    }
    return null;
  }

  /** Room may have been made. @param {Shown} shown */
  againButton(shown) {
    const label = texts.common.again;
    return h(
      "button",
      { class: "button", type: "button", "aria-label": `${label}: ${shown.name}`, onclick: () => this.onagain?.(shown) },
      label,
    );
  }

  /** @param {Shown} shown */
  tick(shown) {
    const share = (shown.sent ?? 0) / (shown.bytes || 1);
    if (this.bar) this.bar.share = share;
    if (this.percent) this.percent.textContent = texts.media.states.uploading(Math.floor(share * 100));
  }
}

customElements.define("muto-tile", Tile);

/**
 * Make a tile.
 * @param {Shown} shown
 * @param {Partial<Pick<Tile, "href" | "items" | "onagain" | "onchoose" | "onforget" | "isQuiet">>} how
 */
export function tile(shown, how) {
  const made = /** @type {Tile} */ (document.createElement("muto-tile"));
  Object.assign(made, how);
  made.show(shown);
  return made;
}

/**
 * What a tile shows of media.
 * @param {any} media
 * @returns {Shown}
 */
export function shownOf(media) {
  const problem = media.problem && { title: media.problem.title, advice: media.problem.detail };
  return { key: media.id, name: media.name, bytes: media.bytes, state: media.state, media, problem };
}
