// @ts-check
/** Library: all media, results and jobs; search, sizes, delete; what it has cost so far. */
import { get, remove } from "../api.js";
import { fill, h, icon } from "../element.js";
import { money, size } from "../format.js";
import { cancel, retry, working } from "../jobs.js";
import { deleteMedia, fileOf, pages, renameMedia } from "../media.js";
import { me } from "../me.js";
import { choosingBar } from "../parts/choosing.js";
import { ask } from "../parts/muto-dialog.js";
import { drawJob, jobRow } from "../parts/muto-job.js";
import { progress } from "../parts/muto-progress.js";
import { shownOf, tile } from "../parts/muto-tile.js";
import { notice, tell } from "../parts/notices.js";
import { texts } from "../texts.js";

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
    this.money = h("div", { class: "library-sum small quiet numbers" });
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
      this.money,
      this.list,
      this.end_,
      this.choosing.bar,
    );
    this.seen = new IntersectionObserver((all) => all.some((one) => one.isIntersecting) && void this.more(), {
      rootMargin: "600px",
    });
    this.unwatch = working.watch((all) => this.running(all));
  }

  async begin() {
    void this.sum();
    await this.again();
  }

  end() {
    this.stop.abort();
    this.seen.disconnect();
    this.unwatch();
  }

  async sum() {
    try {
      const [known, spent] = await Promise.all([me(), get("/api/cost/spent")]);
      const { used, limit } = known.bytes;
      const bar = limit && progress(used / limit, told.space);
      fill(
        this.money,
        bar,
        h("span", null, told.kept(size(used), limit ? size(limit) : null)),
        h("span", null, told.spent(money(spent.cost, spent.currency), spent.jobs)),
      );
    } catch {
      // It stands beside; the list below says what is wrong.
    }
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
    this.rows = isJobs ? h("ul", { class: "jobs" }) : null;
    const query = { limit: 48, search: this.search, kind: this.kind };
    this.pages = isJobs
      ? [pages("/api/jobs", query, "jobs")]
      : this.tab === "results"
        ? [pages("/api/media", { ...query, role: "result" }), pages("/api/media", { ...query, role: "model" })]
        : [pages("/api/media", { ...query, role: "upload" }), pages("/api/media", { ...query, role: "sample" })];
    fill(this.list, this.rows);
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
      while (!found.length && this.pages?.some((one) => !one.isDone))
        found = await /** @type {any} */ (this.pages.find((one) => !one.isDone)).next(this.stop.signal);
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
    const isEmpty = !(this.rows ?? this.list).childElementCount;
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
    if (this.rows) {
      // What a filter looks like on somebody's frame is asked for by the dozen; it is nobody's work.
      if (one.lane === "batch") this.rows.append(this.row(one));
      return;
    }
    const made = tile(shownOf(one), {
      href: () => hrefOf(one),
      items: () => this.items(one, made),
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

  /** @param {any} media @param {any} made */
  items(media, made) {
    const job = media.links.job?.split("/").pop();
    return [
      ["video", "picture"].includes(media.kind) && { label: texts.studio.makeOf, href: `/make?media=${media.id}` },
      job && { label: told.how, href: `/watch/${job}` },
      { label: texts.common.download, href: fileOf(media.id), download: true },
      {
        label: texts.common.rename,
        run: () =>
          renameMedia(media).then((/** @type {any} */ now) => now && made.show(shownOf(Object.assign(media, now)))),
      },
      { label: texts.common.delete, isBad: true, run: () => this.forget([media.id], new Map([[media.id, made]])) },
    ];
  }

  /** @param {string[]} ids @param {Map<string, any>} tiles */
  async forget(ids, tiles) {
    const gone = await deleteMedia(ids.map((id) => ({ id, name: tiles.get(id).shown.name })));
    for (const id of gone) tiles.get(id).remove();
    this.choose();
    this.foot();
    void this.sum();
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

  /** @param {any} job */
  row(job) {
    const row = jobRow(job, { items: (one) => this.jobItems(one, row) });
    row.dataset.id = job.id;
    return row;
  }

  /** @param {any} job @param {HTMLElement} row */
  jobItems(job, row) {
    const runs = ["queued", "running"].includes(job.state);
    return [
      runs && { label: texts.common.cancel, isBad: true, run: () => cancel(job.id).catch(tell) },
      ["failed", "cancelled", "partial"].includes(job.state) && {
        label: texts.watch.retry,
        run: () => retry(job.id).then(() => this.again(), tell),
      },
      !runs && { label: texts.common.delete, isBad: true, run: () => this.forgetJob(job, row) },
    ];
  }

  /** @param {any} job @param {HTMLElement} row */
  async forgetJob(job, row) {
    if (!(await ask({ title: told.deleteJob, text: told.deleteJobText, action: texts.common.delete, isBad: true })))
      return;
    try {
      await remove(`/api/jobs/${job.id}`);
      row.remove();
      notice(texts.studio.deleted(1));
      this.foot();
      void this.sum();
    } catch (error) {
      tell(error);
    }
  }

  /** Rows of what runs move along. @param {any[]} all */
  running(all) {
    if (!this.rows) return;
    const seen = new Map(all.map((one) => [one.id, one]));
    for (const row of /** @type {HTMLElement[]} */ ([...this.rows.children])) {
      const now = seen.get(row.dataset.id);
      seen.delete(row.dataset.id);
      if (row.querySelector(".menu-list")) continue;
      if (now) drawJob(row, now, (one) => this.jobItems(one, row));
      else if (["queued", "running"].includes(row.dataset.state ?? ""))
        get(`/api/jobs/${row.dataset.id}`).then(
          (job) => drawJob(row, job, (one) => this.jobItems(one, row)),
          () => row.remove(),
        );
    }
    for (const one of seen.values()) if (!this.search && !this.kind) this.rows.prepend(this.row(one));
  }
}

/** @param {any} media */
function hrefOf(media) {
  const job = media.links.job?.split("/").pop();
  if (job) return `/watch/${job}`;
  return ["video", "picture"].includes(media.kind) ? `/make?media=${media.id}` : null;
}
