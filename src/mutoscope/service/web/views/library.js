// @ts-check
/** Library: all media, results and jobs; search, sizes, delete; what it has cost so far. */
import { fill, h, icon } from "../element.js";
import { deleteMedia, pages } from "../media.js";
import { choosingBar } from "../parts/choosing.js";
import { shownOf, tile } from "../parts/muto-tile.js";
import { tell } from "../parts/notices.js";
import { texts } from "../texts.js";
import { hrefOf, itemsOf } from "./library-items.js";
import { JobRows } from "./library-jobs.js";
import { sumLine } from "./library-sum.js";

const told = texts.library;
const TABS = /** @type {const} */ (["results", "media", "jobs"]);
const KINDS = ["video", "picture", "sound", "model", "numbers", "text", "page", "archive"];

/**
 * @param {HTMLElement} root
 * @param {import("../app.js").Params} params
 */
export async function render(root, { query }) {
  const wanted = /** @type {any} */ (query.get("show"));
  const library = new Library(root, TABS.includes(wanted) ? wanted : "results");
  await library.begin();
  return () => library.end();
}

class Library {
  /** @param {HTMLElement} root @param {typeof TABS[number]} tab */
  constructor(root, tab) {
    this.tab = tab;
    this.kind = "";
    this.search = "";
    /** @type {any} */
    this.isReading = null;
    this.stop = new AbortController();
    /** @type {Map<string, any>} */
    this.chosen = new Map();
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": told.title });
    this.sum = sumLine();
    this.field = h("input", {
      class: "input",
      type: "search",
      placeholder: told.search,
      "aria-label": told.search,
      oninput: () => this.typed(),
    });
    this.kinds = h("select", {
      class: "input",
      "aria-label": told.kind,
      onchange: () => ((this.kind = /** @type {any} */ (this.kinds).value), void this.again()),
    });
    this.list = h("div", { role: "tabpanel", "aria-label": told.title });
    this.end_ = h("div", { class: "library-end" });
    this.choosing = choosingBar({ clear: () => this.choose(), actions: () => this.actions() });
    fill(
      root,
      h(
        "header",
        { class: "head" },
        h("h1", null, told.title),
        this.tabs,
        h("span", { class: "grow" }),
        h("div", { class: "library-find" }, this.kinds, this.field),
      ),
      this.sum.element,
      this.list,
      this.end_,
      this.choosing.bar,
    );
    this.seen = new IntersectionObserver((all) => all.some((one) => one.isIntersecting) && void this.more(), {
      rootMargin: "600px",
    });
  }

  async begin() {
    void this.sum.refresh();
    await this.again();
  }

  end() {
    this.stop.abort();
    this.seen.disconnect();
    this.jobs?.end();
  }

  drawTabs() {
    const choose = (/** @type {typeof TABS[number]} */ name) => {
      this.tab = name;
      this.kind = "";
      history.replaceState(history.state, "", `/library?show=${name}`);
      void this.again();
      /** @type {HTMLElement | null} */ (this.tabs.querySelector("[aria-selected=true]"))?.focus();
    };
    const key = (/** @type {KeyboardEvent} */ event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) choose(TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length]);
    };
    fill(
      this.tabs,
      TABS.map((name) =>
        h(
          "button",
          {
            class: "tab",
            type: "button",
            role: "tab",
            "aria-selected": String(name === this.tab),
            tabindex: name === this.tab ? "0" : "-1",
            onclick: () => choose(name),
            onkeydown: key,
          },
          told.tabs[name],
        ),
      ),
    );
    const names = this.tab === "jobs" ? Object.keys(texts.kinds) : KINDS;
    const words = /** @type {any} */ (
      this.tab === "jobs"
        ? Object.fromEntries(Object.entries(texts.kinds).map(([name, one]) => [name, one.name]))
        : texts.media.kinds
    );
    fill(
      this.kinds,
      h("option", { value: "" }, told.all),
      names.map((name) => h("option", { value: name, selected: name === this.kind }, words[name])),
    );
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.search = /** @type {any} */ (this.field).value.trim();
      void this.again();
    }, 250);
  }

  /** Read from the beginning. */
  async again() {
    this.drawTabs();
    this.choose();
    this.round = {};
    const isJobs = this.tab === "jobs";
    this.list.className = isJobs ? "" : "grid";
    this.jobs?.end();
    this.jobs = isJobs ? new JobRows({ isAll: () => !this.search && !this.kind, changed: () => this.changed() }) : null;
    const query = { limit: 48, search: this.search, kind: this.kind };
    this.pages = isJobs
      ? [pages("/api/jobs", query, "jobs")]
      : this.tab === "results"
        ? [pages("/api/media", { ...query, role: "result" }), pages("/api/media", { ...query, role: "model" })]
        : [pages("/api/media", { ...query, role: "upload" }), pages("/api/media", { ...query, role: "sample" })];
    fill(this.list, this.jobs?.element);
    await this.more();
  }

  /** Read another page. */
  async more() {
    const round = this.round;
    if (this.isReading === round) return;
    this.isReading = round;
    this.seen.unobserve(this.end_);
    fill(this.end_, h("span", { class: "pulse" }), h("span", { class: "unseen" }, texts.common.loading));
    try {
      let found = /** @type {any[]} */ ([]);
      while (!found.length && this.pages?.some((one) => !one.isDone)) {
        found = await /** @type {any} */ (this.pages.find((one) => !one.isDone)).next(this.stop.signal);
        // What a filter looks like on somebody's frame is asked for by the dozen; it is nobody's work.
        if (this.jobs) found = found.filter((one) => one.lane === "batch");
      }
      if (round !== this.round) return;
      for (const one of found) this.add(one);
      this.isReading = null;
      this.foot();
    } catch (error) {
      if (round !== this.round || this.stop.signal.aborted) return;
      this.isReading = null;
      fill(this.end_, h("button", { class: "button", type: "button", onclick: () => this.more() }, texts.common.again));
      tell(error);
    }
  }

  foot() {
    const isEmpty = !(this.jobs?.element ?? this.list).childElementCount;
    const isDone = this.pages?.every((one) => one.isDone);
    const none = this.search || this.kind ? told.notFound : told.none[this.tab];
    fill(
      this.end_,
      isEmpty &&
        isDone && [
          h("p", { class: "quiet" }, none),
          !this.search && h("a", { class: "button is-main", href: "/studio" }, texts.nav.studio),
        ],
      !isDone && h("button", { class: "button", type: "button", onclick: () => this.more() }, texts.common.more),
    );
    if (!isDone) this.seen.observe(this.end_);
  }

  /** @param {any} one */
  add(one) {
    if (this.jobs) return this.jobs.add(one);
    const made = tile(shownOf(one), {
      isQuiet: true,
      href: () => hrefOf(one),
      items: () => itemsOf(one, made, () => this.forget([one.id], new Map([[one.id, made]]))),
      onchoose: (_shown, yes) => {
        if (yes) this.chosen.set(one.id, made);
        else this.chosen.delete(one.id);
        this.choosing.show(this.chosen.size);
        this.list.classList.toggle("is-choosing", this.chosen.size > 0);
      },
      onforget: () => this.forget([one.id], new Map([[one.id, made]])),
    });
    this.list.append(made);
  }

  /** @param {string[]} ids @param {Map<string, any>} tiles */
  async forget(ids, tiles) {
    const gone = await deleteMedia(ids.map((id) => ({ id, name: tiles.get(id).shown.name })));
    for (const id of gone) tiles.get(id).remove();
    this.choose();
    this.changed();
  }

  changed() {
    this.foot();
    void this.sum.refresh();
  }

  choose() {
    for (const one of this.chosen.values()) one.chosen = false;
    this.chosen.clear();
    this.choosing.show(0);
    this.list.classList.remove("is-choosing");
  }

  actions() {
    const ids = [...this.chosen.keys()];
    return [
      h(
        "button",
        { class: "button is-bad is-plain", type: "button", onclick: () => this.forget(ids, new Map(this.chosen)) },
        icon("trash"),
        texts.common.delete,
      ),
    ];
  }
}
