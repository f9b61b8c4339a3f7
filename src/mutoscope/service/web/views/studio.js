// @ts-check
/** Studio: what one works with. Films and pictures come in here, and lead to Make. */
import { go } from "../app.js";
import { fill, h } from "../element.js";
import { deleteMedia, fileOf, ownMedia, renameMedia } from "../media.js";
import { choosingBar } from "../parts/choosing.js";
import { dropPlace, listen } from "../parts/muto-drop.js";
import { shownOf, tile } from "../parts/muto-tile.js";
import { uploadLine } from "../parts/upload-line.js";
import { texts } from "../texts.js";
import { addFiles, again, changes, drop, entries } from "../uploads.js";
import { welcome } from "./welcome.js";

const told = texts.studio;
const SHOWS = /** @type {const} */ (["all", "video", "picture", "other"]);

/**
 * @param {HTMLElement} root
 * @param {import("../app.js").Params} params
 */
export async function render(root, params) {
  const stop = new AbortController();
  const media = await ownMedia({}, stop.signal);
  const start = () => new Studio(root, media, stop.signal);
  if (!media.length && !entries.value.length && !params.query.has("all")) {
    const end = await welcome(root, (files) => {
      end();
      void addFiles(files);
      start();
    });
    return () => (end(), stop.abort());
  }
  start();
  return () => stop.abort();
}

class Studio {
  /** @param {HTMLElement} root @param {any[]} media @param {AbortSignal} signal */
  constructor(root, media, signal) {
    this.media = new Map(media.map((one) => [one.id, one]));
    this.show = /** @type {typeof SHOWS[number]} */ ("all");
    /** @type {Map<string, import("../parts/muto-tile.js").Tile>} */
    this.tiles = new Map();
    /** @type {Set<string>} */
    this.chosen = new Set();
    this.grid = h("div", { class: "grid", role: "list", "aria-label": told.title });
    this.tabs = h("div", { class: "tabs", role: "group", "aria-label": told.title });
    this.empty = h("p", { class: "quiet empty", hidden: true }, told.emptyKind);
    this.choosing = choosingBar({ clear: () => this.choose([]), actions: (n) => this.actions(n) });
    const place = dropPlace({ title_: texts.drop.more, text: "", take: (files) => void addFiles(files) });
    place.classList.add("is-slim");
    fill(
      root,
      h("header", { class: "head" }, h("h1", null, told.title), this.tabs),
      place,
      uploadLine(signal),
      this.grid,
      this.empty,
      this.choosing.bar,
    );
    // The whole page takes what is dropped.
    const unlisten = listen(document.body, document.body, (files) => void addFiles(files));
    const unwatch = entries.watch(() => this.arrange());
    const changed = (/** @type {any} */ event) => this.changed(event.detail);
    changes.addEventListener("change", changed);
    signal.addEventListener("abort", () => {
      unlisten();
      unwatch();
      changes.removeEventListener("change", changed);
    });
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.choose([]));
  }

  /** All that is to be seen, the newest first; an upload that has become media is that media. */
  all() {
    const known = new Set(entries.value.map((one) => one.media?.id));
    const uploads = [...entries.value].reverse();
    const rest = [...this.media.values()].filter((one) => !known.has(one.id)).map(shownOf);
    return [...uploads, ...rest].filter((one) => this.fits(one));
  }

  /** @param {any} shown */
  fits(shown) {
    const kind =
      shown.media?.kind ??
      (shown.file?.type.startsWith("image/") && shown.file.type !== "image/gif" ? "picture" : "video");
    if (this.show === "all") return true;
    return this.show === "other" ? !["video", "picture"].includes(kind) : kind === this.show;
  }

  arrange() {
    const shown = this.all();
    for (const [key, one] of this.tiles) {
      if (!shown.some((entry) => entry.key === key)) {
        one.remove();
        this.tiles.delete(key);
        this.chosen.delete(key);
      }
    }
    // Tiles that stay are not touched: only the new ones are put in their places.
    let before = /** @type {Element | null} */ (null);
    for (const entry of shown) {
      const made = this.tiles.get(entry.key) ?? this.add(entry);
      const right = before ? before.nextElementSibling : this.grid.firstElementChild;
      if (right !== made) this.grid.insertBefore(made, right);
      before = made;
    }
    this.empty.hidden = shown.length > 0;
    this.drawTabs();
  }

  /** @param {any} entry */
  add(entry) {
    const made = tile(entry, {
      href: (shown) => hrefOf(shown.media),
      items: (shown) => this.items(shown),
      onchoose: (shown, yes) => {
        this.chosen[yes ? "add" : "delete"](shown.key);
        this.choosing.show(this.chosen.size);
        this.grid.classList.toggle("is-choosing", this.chosen.size > 0);
      },
      onagain: (shown) => again(/** @type {any} */ (shown)),
      onforget: (shown) =>
        entries.value.includes(/** @type {any} */ (shown))
          ? drop(/** @type {any} */ (shown))
          : this.forget([shown.media]),
    });
    made.setAttribute("role", "listitem");
    this.tiles.set(entry.key, made);
    return made;
  }

  /** @param {any} entry */
  changed(entry) {
    this.tiles.get(entry.key)?.show(entry);
    if (entry.state === "ready") this.drawTabs();
  }

  /** @param {import("../parts/muto-tile.js").Shown} shown */
  items(shown) {
    const { media } = shown;
    return [
      ["video", "picture"].includes(media.kind) && { label: told.makeOf, href: hrefOf(media) },
      { label: texts.common.download, href: fileOf(media.id), download: true },
      { label: texts.common.rename, run: () => this.rename(shown) },
      { label: texts.common.delete, isBad: true, run: () => this.forget([media]) },
    ];
  }

  /** @param {any} shown */
  async rename(shown) {
    const renamed = await renameMedia(shown.media);
    if (!renamed) return;
    Object.assign(shown, { media: renamed, name: renamed.name });
    if (this.media.has(renamed.id)) this.media.set(renamed.id, renamed);
    this.tiles.get(shown.key)?.show(shown);
  }

  /** @param {any[]} media */
  async forget(media) {
    const gone = new Set(await deleteMedia(media));
    for (const id of gone) this.media.delete(id);
    this.choose([]);
    entries.value = entries.value.filter((one) => !gone.has(one.media?.id));
    this.arrange();
    if (!this.media.size && !entries.value.length) go("/studio", { replace: true });
  }

  /** @param {string[]} keys */
  choose(keys) {
    this.chosen = new Set(keys);
    for (const [key, one] of this.tiles) one.chosen = this.chosen.has(key);
    this.choosing.show(this.chosen.size);
    this.grid.classList.toggle("is-choosing", this.chosen.size > 0);
  }

  /** @param {number} n */
  actions(n) {
    const media = [...this.chosen].map((key) => this.tiles.get(key)?.shown?.media).filter(Boolean);
    const ids = media.map((one) => one.id).join(",");
    const films = media.every((one) => one.kind === "video");
    const seen = media.every((one) => ["video", "picture"].includes(one.kind));
    return [
      h(
        "button",
        { class: "button is-plain is-bad", type: "button", onclick: () => this.forget(media) },
        texts.common.delete,
      ),
      films && h("a", { class: "button", href: `/make?media=${ids}&kind=sort` }, told.sort),
      seen && n <= 50 && h("a", { class: "button is-main", href: `/make?media=${ids}` }, told.makeOf),
    ];
  }

  drawTabs() {
    const kinds = new Set(this.all().map((one) => one.media?.kind));
    const mixed = this.show !== "all" || kinds.size > 1;
    fill(
      this.tabs,
      mixed &&
        SHOWS.map((name) =>
          h(
            "button",
            {
              class: "tab",
              type: "button",
              "aria-pressed": String(name === this.show),
              onclick: () => ((this.show = name), this.arrange()),
            },
            told.show[name],
          ),
        ),
    );
  }
}

/** @param {any} media */
function hrefOf(media) {
  return ["video", "picture"].includes(media?.kind) ? `/make?media=${media.id}` : "/library";
}
