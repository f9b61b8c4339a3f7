// @ts-check
/** Shelf: every filter on one's own frame; its card; a mix of two; the way to a new one. */
import { address, get } from "../api.js";
import { fill, h, icon } from "../element.js";
import { ownMedia } from "../media.js";
import { tell } from "../parts/notices.js";
import { stripe, Thumbs } from "../parts/thumbs.js";
import { kept, keep } from "../state.js";
import { texts } from "../texts.js";
import { filterCard } from "../shelf/card.js";
import { filterTitle } from "./telling.js";

export const styles = [
  "/web/css/form.css",
  "/web/css/make.css",
  "/web/css/bench.css",
  "/web/css/chosen.css",
  "/web/css/shelf.css",
  "/web/vendor/uplot.min.css",
  "/web/css/curve.css",
];

const told = texts.shelf;
const SHOWS = /** @type {const} */ (["all", "own", "light", "medium", "heavy"]);

/**
 * @param {HTMLElement} root
 * @param {import("../app.js").Params} params
 */
export async function render(root, { query }) {
  const stop = new AbortController();
  const [{ items }, media] = await Promise.all([
    get("/api/filters", { signal: stop.signal }),
    ownMedia({ state: "ready" }, stop.signal),
  ]);
  const seen = media.filter((one) => ["video", "picture"].includes(one.kind));
  new Shelf(root, items, seen, query.get("filter"), stop.signal);
  return () => stop.abort();
}

class Shelf {
  /** @param {HTMLElement} root @param {any[]} filters @param {any[]} media @param {string | null} name @param {AbortSignal} signal */
  constructor(root, filters, media, name, signal) {
    this.filters = filters;
    this.media = media;
    this.signal = signal;
    this.shown = /** @type {typeof SHOWS[number]} */ ("all");
    const last = kept("shelf.media", "");
    this.frame = media.find((one) => one.id === last) ?? media.find((one) => one.kind === "video") ?? media[0] ?? null;
    this.tabs = h("div", { class: "tabs", role: "group", "aria-label": told.title });
    this.place = h("div", { class: "shelf-card" });
    this.list = h("ul", { class: "grid shelf-list" });
    this.round = new AbortController();
    fill(
      root,
      h(
        "header",
        { class: "head" },
        h("h1", null, told.title),
        this.tabs,
        h("span", { class: "grow" }),
        this.frames(),
        h("a", { class: "button is-main", href: "/train" }, icon("add"), told.train),
      ),
      !this.frame && h("p", { class: "quiet" }, told.chooseMedia),
      this.place,
      this.list,
    );
    signal.addEventListener("abort", () => this.round.abort());
    this.draw();
    if (name) this.open(name);
  }

  frames() {
    if (!this.media.length) return null;
    const list = h(
      "select",
      {
        class: "input shelf-frame",
        "aria-label": told.frame,
        onchange: () => {
          this.frame = this.media[/** @type {any} */ (list).selectedIndex];
          keep("shelf.media", this.frame.id);
          this.draw();
          if (this.name) this.open(this.name);
        },
      },
      this.media.map((one) => h("option", { selected: one === this.frame }, one.name)),
    );
    return list;
  }

  draw() {
    const has = (/** @type {string} */ name) =>
      name === "all" || this.filters.some((one) => fits(one, name)) || name === "own";
    fill(
      this.tabs,
      SHOWS.filter(has).map((name) =>
        h(
          "button",
          {
            class: "tab",
            type: "button",
            "aria-pressed": String(name === this.shown),
            onclick: () => ((this.shown = name), this.draw()),
          },
          told.show[name],
        ),
      ),
    );
    this.round.abort();
    this.round = new AbortController();
    this.thumbs = new Thumbs(this.round.signal);
    const shown = this.filters.filter((one) => fits(one, this.shown));
    const own = shown.filter((one) => !one.is_shipped);
    fill(
      this.list,
      [...own, ...shown.filter((one) => one.is_shipped)].map((one) => this.item(one)),
      !shown.length &&
        h(
          "li",
          { class: "empty" },
          h("p", { class: "quiet" }, told.none),
          h("p", { class: "row is-centred" }, h("a", { class: "button", href: "/train" }, told.train)),
        ),
    );
  }

  /** @param {any} filter */
  item(filter) {
    const image = h("img", { alt: "" });
    const frame = h("span", { class: "tile-frame" }, image);
    stripe(frame, filter.palette);
    if (this.frame)
      this.thumbs?.want(image, `/api/filters/${filter.name}/preview`, {
        media: this.frame.id,
        at: at(this.frame),
        size: 480,
      });
    else if (!filter.is_shipped) this.thumbs?.want(image, `/api/filters/${filter.name}/preview`, {});
    const choose = (/** @type {Event} */ event) => {
      event.preventDefault();
      event.stopPropagation();
      history.pushState({}, "", address("/shelf", { filter: filter.name }));
      this.open(filter.name);
    };
    return h(
      "li",
      null,
      h(
        "a",
        { class: "picture-link", href: address("/shelf", { filter: filter.name }), onclick: choose },
        frame,
        h("span", { class: "tile-name" }, filterTitle(filter)),
        h("span", { class: "small quiet" }, by(filter)),
      ),
    );
  }

  /** @param {string} name */
  open(name) {
    this.name = name;
    this.close?.abort();
    const close = new AbortController();
    this.close = close;
    this.signal.addEventListener("abort", () => close.abort());
    const shut = () => {
      close.abort();
      this.name = undefined;
      fill(this.place);
      history.pushState({}, "", "/shelf");
    };
    const gone = () => {
      this.filters = this.filters.filter((one) => one.name !== name);
      shut();
      this.draw();
    };
    const seen = this.list.querySelector(`a[href="${address("/shelf", { filter: name })}"] img`);
    filterCard(this.place, name, {
      small: seen?.getAttribute("src") ?? null,
      filters: this.filters,
      media: this.frame,
      at: this.frame ? at(this.frame) : "0s",
      signal: close.signal,
      shut,
      gone,
    }).catch(tell);
  }
}

/** The time of the frame: a third into the film, as in Make. @param {any} media */
function at(media) {
  const [above, below = "1"] = String(media.info?.duration ?? "0").split("/");
  return `${(Number(above) / Number(below) / 3 || 0).toFixed(3)}s`;
}

/** @param {any} filter @param {string} name */
function fits(filter, name) {
  return name === "all" || (name === "own" ? !filter.is_shipped : filter.touch === name);
}

/** "Katsushika Hokusai, 1829". @param {any} filter */
export function by(filter) {
  const artist = ["code", "made by code"].includes(filter.artist) ? told.code : filter.artist;
  return [artist, filter.year].filter(Boolean).join(", ") || filter.licence;
}
