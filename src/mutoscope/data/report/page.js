// The page: which clips are shown and in which order, the segment in hand, keys, and the table of decisions.
const byId = (id) => document.getElementById(id);

const page = {
  current: null,
  views: [],
  order: [],

  start() {
    const used = new Set(clips.flatMap((clip) => clip.segments.map((one) => one.fault)).filter(Boolean));
    for (const fault of Object.keys(data.faults)) {
      if (used.has(fault)) byId("by-fault").append(make("option", { value: fault, text: fault }));
    }
    this.views = clips.map((clip) => new ClipView(clip, this));
    this.watcher = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) this.viewOf(entry.target).build();
    }, { rootMargin: "700px" });
    this.views.forEach((view) => this.watcher.observe(view.element));
    byId("controls").addEventListener("input", () => this.show());
    byId("controls").addEventListener("submit", (event) => event.preventDefault());
    byId("save").addEventListener("click", () => this.save());
    document.addEventListener("keydown", (event) => this.onKey(event));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      ink = null;
      this.views.forEach((view) => view.draw());
    });
    this.help();
    this.failed();
    this.show();
    this.sum();
  },

  viewOf(element) {
    return this.views[Number(element.id.slice(5))];
  },

  /** Tell whether a segment is what the filters ask for. */
  isWanted(segment) {
    const verdict = byId("by-verdict").value;
    const fault = byId("by-fault").value;
    if (fault && segment.fault !== fault) return false;
    if (verdict === "decided") return Boolean(decided(segment));
    if (verdict === "open") return segment.verdict === "unsure" && !decided(segment);
    return !verdict || verdictOf(segment) === verdict;
  },

  show() {
    const name = byId("by-name").value.trim().toLowerCase();
    const rejected = (clip) => clip.segments.reduce((sum, s) => sum + (verdictOf(s) === "reject" ? s.end_s - s.start_s : 0), 0) / clip.duration;
    const score = (clip) => (clip.score === null ? -1 : clip.score);
    const orders = {
      path: (a, b) => a.number - b.number,
      score: (a, b) => score(b) - score(a) || a.number - b.number,
      worst: (a, b) => score(a) - score(b) || a.number - b.number,
      rejected: (a, b) => rejected(b) - rejected(a) || a.number - b.number,
      length: (a, b) => b.duration - a.duration || a.number - b.number,
    };
    this.order = clips.filter((clip) =>
      (!name || clip.path.toLowerCase().includes(name)) &&
      (!byId("best-only").checked || clip.group === null || clip.best) &&
      clip.segments.some((segment) => this.isWanted(segment)));
    this.order.sort(orders[byId("order").value]);
    byId("clips").replaceChildren(...this.order.map((clip) => this.views[clip.number].element));
    if (!this.order.length) {
      const text = clips.length ? "No clip is like that." : "No clip could be sorted.";
      byId("clips").append(make("p", { class: "empty", text }));
    }
    byId("shown").textContent = this.order.length === clips.length ? "" : `${this.order.length} of ${clips.length} clips`;
    this.views.forEach((view) => view.refresh());
  },

  sum() {
    const lengths = { keep: 0, unsure: 0, reject: 0 };
    let whole = 0;
    for (const clip of clips) {
      for (const segment of clip.segments) {
        lengths[verdictOf(segment)] += segment.end_s - segment.start_s;
        whole += segment.end_s - segment.start_s;
      }
    }
    const share = (word) => (whole ? (100 * lengths[word]) / whole : 0);
    const line = byId("summary");
    line.replaceChildren(make("b", { text: clips.length + (clips.length === 1 ? " clip" : " clips") }), ` · ${clock(whole)} · `);
    VERDICTS.forEach((word, at) => line.append(at ? " · " : "", make("b", { text: `${Math.round(share(word))}\u00a0%` }), "\u00a0" + word));
    if (data.failed.length) line.append(` · ${data.failed.length} not sorted`);
    byId("bar").replaceChildren(...VERDICTS.map((word) => {
      const part = make("i");
      part.style.cssText = `width:${share(word)}%;background:var(--${word})`;
      return part;
    }));
    byId("bar").setAttribute("aria-label", VERDICTS.map((word) => `${Math.round(share(word))} % ${word}`).join(", "));
    byId("save").disabled = !decisions.size;
    byId("save").textContent = decisions.size ? `Save decisions.csv (${decisions.size})` : "Save decisions.csv";
  },

  select(segment, { scroll = true, reveal = scroll, time = null } = {}) {
    if (!segment) return;
    const before = this.current;
    this.current = segment;
    const view = this.views[segment.clip.number];
    view.build();
    if (before && before.clip !== segment.clip) {
      this.views[before.clip.number].refresh();
      this.views[before.clip.number].point(null);
    }
    view.refresh();
    const row = view.rows[segment.number].element;
    if (reveal) {
      const list = row.parentElement;
      list.scrollTop += row.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 3;
    }
    if (scroll) {
      view.element.scrollIntoView({ block: "nearest" });
      row.focus({ preventScroll: true });
      view.point(segment.verdict === "keep" ? segment.start_s : segment.worst_s);
    } else if (time !== null) view.point(time);
  },

  decide(word) {
    if (!this.current) return;
    decide(this.current, word);
    this.views[this.current.clip.number].refresh();
    this.sum();
  },

  step(by) {
    const all = this.order.flatMap((clip) => clip.segments.filter((one) => one === this.current || this.isWanted(one)));
    if (!all.length) return;
    const at = all.indexOf(this.current);
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
    if (next >= 0 && next < all.length) this.select(all[next]);
  },

  onKey(event) {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (target.closest("select, textarea, input:not([type=checkbox])")) return;
    const keys = {
      k: () => this.decide("keep"), u: () => this.decide("unsure"), r: () => this.decide("reject"),
      j: () => this.step(-1), l: () => this.step(1),
    };
    const action = keys[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  },

  save() {
    const link = make("a", { download: "decisions.csv" });
    link.href = URL.createObjectURL(new Blob([decisionsTable()], { type: "text/csv" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  },

  help() {
    const keys = [
      [["J", "L"], "segment before, segment after"], [["K", "U", "R"], "keep, unsure, reject; again takes it back"],
      [["drag"], "zoom into the stretch; double click: whole clip"], [["Ctrl", "wheel"], "zoom; with Shift: move along"],
      [["←", "→"], "a frame back, on (after Tab to the curves); with Shift a second"], [["+", "−", "0"], "zoom in, out, whole clip"],
    ];
    const list = make("dl");
    for (const [caps, text] of keys) {
      list.append(make("dt", {}, ...caps.flatMap((cap, at) => [at ? " " : "", make("kbd", { text: cap })])), make("dd", { text }));
    }
    for (const [fault, letter] of Object.entries(data.faults)) list.append(make("dt", { text: letter }), make("dd", { text: fault }));
    list.append(make("dt", { text: "dashed" }), make("dd", { text: `threshold (preset ${data.preset})` }));
    const text = "Decisions stay in this browser. Save them as decisions.csv for “mutoscope train sorter --decisions”.";
    byId("help").append(list, make("p", { class: "dim", text }));
  },

  failed() {
    if (!data.failed.length) return;
    const rows = data.failed.map((one) => make("li", {}, make("bdi", { text: visible(one.path) }), make("span", { class: "dim", text: visible(one.reason) })));
    byId("failed").append(make("h2", { text: `Not sorted (${data.failed.length})` }), make("ul", {}, ...rows));
    byId("failed").hidden = false;
  },
};

page.start();
