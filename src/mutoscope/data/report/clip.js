// One clip: pictures, strip, curves with one cursor and one view of time, and the list of its segments.
class ClipView {
  constructor(clip, page) {
    this.clip = clip;
    this.page = page;
    this.view = { start: 0, end: clip.duration };
    this.time = null;
    this.isWide = false;
    this.isBuilt = false;
    this.element = make("article", { class: "clip waiting", id: "clip-" + clip.number, "aria-label": visible(clip.path) });
    this.element.append(this.header());
  }

  header() {
    const { clip } = this;
    const cut = clip.path.lastIndexOf("/") + 1;
    const name = make("h2", {}, make("bdi", { class: "dim", text: visible(clip.path.slice(0, cut)) }));
    name.append(make("bdi", { text: visible(clip.path.slice(cut)) }));
    const rate = clip.rate === "varies" ? "varying rate" : clip.rate + " fps";
    const meta = [lasting(clip.duration), clip.width + "×" + clip.height, rate].join(" · ");
    const head = make("header", {}, name, make("span", { class: "meta", text: meta }));
    if (clip.group !== null) {
      const takes = clips.filter((one) => one.group === clip.group);
      const text = `take ${takes.indexOf(clip) + 1} of ${takes.length}` + (clip.best ? " · best" : "");
      const others = takes.filter((one) => one !== clip).map((one) => visible(one.path)).join(", ");
      head.append(make("span", { class: clip.best ? "chip best" : "chip", text, title: "like " + others }));
    }
    const shares = Object.entries(clip.shares).filter(([, share]) => share >= 0.05);
    if (shares.length) {
      const text = shares.map(([word, share]) => `${word} ${num(share)}\u00a0%`).join(", ");
      head.append(make("span", { class: "meta", text, title: "share of frames" }));
    }
    const score = make("span", { class: "score meta", title: "place among all clips of the folder, 0..100" }, "score ");
    score.append(make("b", { text: clip.score === null ? "–" : String(Math.round(clip.score)) }));
    head.append(score);
    if (clip.notices.length) head.append(make("p", { class: "notes", text: clip.notices.map(visible).join(" ") }));
    return head;
  }

  build() {
    if (this.isBuilt) return;
    this.isBuilt = true;
    this.element.classList.remove("waiting");
    this.element.append(make("div", { class: "body" }, this.tracks(), this.list()));
    this.fill();
    new ResizeObserver(() => this.draw()).observe(this.strip);
  }

  tracks() {
    const { clip } = this;
    this.film = make("div", { class: clip.along.length ? "film" : "film none" });
    this.now = make("div", { class: "gutter now", "aria-hidden": "true" });
    this.strip = make("canvas", { class: "strip", role: "img", "aria-label": this.told() });
    this.names = make("div", { class: "gutter curve-names" });
    this.canvas = make("canvas", { class: "curves", role: "img", "aria-label": "curves of " + clip.meters.map((m) => m.title).join(", ") });
    this.cursor = make("div", { class: "cursor" });
    this.marked = make("div", { class: "marked" });
    this.axis = make("div", {
      class: "axis", tabindex: "0", role: "slider", "aria-label": "moment of the clip", "aria-valuemin": "0",
      "aria-valuemax": String(clip.duration), "aria-valuenow": "0", "aria-valuetext": "no moment chosen",
    }, this.marked, this.cursor);
    this.listen();
    const row = (left, right) => make("div", { class: "row" }, left, right);
    this.under = make("div", { class: "under" });
    return make("div", { class: "tracks" },
      row(this.now, this.film),
      row(make("div", { class: "gutter blank" }), this.strip),
      row(this.names, this.canvas),
      this.axis, this.under);
  }

  told() {
    const count = (word) => this.clip.segments.filter((one) => verdictOf(one) === word).length;
    return "verdicts: " + VERDICTS.map((word) => `${count(word)} ${word}`).join(", ");
  }

  fill() {
    const { clip } = this;
    this.pictures = clip.along.map((at, place) => {
      const image = make("img", { src: "data:image/jpeg;base64," + clip.pictures[at], alt: "", draggable: "false" });
      image.place = place;
      if (clip.height > clip.width) image.style.objectFit = "contain";
      return image;
    });
    this.film.append(...this.pictures);
    const more = make("button", { type: "button", "aria-expanded": "false", onclick: () => this.widen(more) });
    more.textContent = `All ${clip.meters.length} meters`;
    if (clip.meters.every((meter) => meter.main)) more.hidden = true;
    this.reset = make("button", { type: "button", text: "Whole clip", onclick: () => this.zoom(0, clip.duration) });
    this.span = make("span", { class: "span" });
    this.under.append(more, this.reset, this.span);
    this.showNames();
    this.zoom(0, clip.duration);
    this.point(null);
  }

  widen(button) {
    this.isWide = !this.isWide;
    button.textContent = this.isWide ? "Main meters" : `All ${this.clip.meters.length} meters`;
    button.setAttribute("aria-expanded", String(this.isWide));
    this.showNames();
    this.draw();
    this.point(this.time);
  }

  showNames() {
    this.shown = this.clip.meters.filter((meter) => this.isWide || meter.main);
    this.values = this.shown.map(() => make("span", { class: "value" }));
    this.names.replaceChildren(...this.shown.map((meter, row) =>
      make("div", { title: `${meter.title}${meter.unit ? ", " + meter.unit : ""}: ${meter.source}` },
        make("span", { class: "title", text: meter.title }), this.values[row])));
  }

  draw() {
    if (!this.isBuilt || !this.strip.clientWidth) return;
    drawStrip(this.strip, this.clip, this.view, this.page.current);
    drawCurves(this.canvas, this.clip, this.shown, this.view);
    this.strip.setAttribute("aria-label", this.told());
    const span = this.view.end - this.view.start;
    const share = this.clip.duration / this.pictures.length;
    for (const image of this.pictures) {
      image.style.left = (100 * (image.place * share - this.view.start)) / span + "%";
      image.style.width = (100 * share) / span + "%";
    }
    this.point(this.time);
  }

  zoom(start, end) {
    const { duration, fps } = this.clip;
    const least = Math.min(duration, 8 / Math.max(1, fps));
    const span = Math.min(duration, Math.max(least, end - start));
    this.view.start = Math.min(Math.max(0, start + (end - start - span) / 2), duration - span);
    this.view.end = this.view.start + span;
    this.reset.hidden = span >= duration;
    this.span.textContent = span >= duration ? "" : `${this.view.start.toFixed(2)} to ${this.view.end.toFixed(2)} s`;
    this.draw();
  }

  /** Put the cursor of strip and curves at a time and say what was measured there; null takes it away. */
  point(time) {
    this.time = time;
    const { clip, view } = this;
    const { seconds, values } = curvesOf(clip);
    const isIn = time !== null && time >= view.start && time <= view.end;
    this.cursor.style.visibility = isIn ? "visible" : "hidden";
    if (isIn) this.cursor.style.left = (100 * (time - view.start)) / (view.end - view.start) + "%";
    const at = time === null ? null : pointAt(seconds, time);
    this.shown.forEach((meter, row) => {
      const { least, most, at: curve } = values[meter.name];
      const unit = meter.unit ? " " + meter.unit : "";
      if (at === null) this.values[row].replaceChildren(`${num(least, 2)} to ${num(most, 2)}${unit}`);
      else this.values[row].replaceChildren(make("b", { text: num(curve[at]) }), unit);
    });
    if (time === null) {
      this.now.replaceChildren(make("b", { text: clip.start }), make("span", { class: "dim", text: lasting(clip.duration) }));
      return;
    }
    const segment = segmentAt(clip, time);
    const what = segment ? segment.verdict + (segment.fault ? ": " + segment.fault : "") : "";
    this.now.replaceChildren(make("b", { text: time.toFixed(2) + " s" }), make("span", { class: "dim", text: what }));
    this.axis.setAttribute("aria-valuenow", time.toFixed(3));
    const told = this.shown.map((meter) => `${meter.title} ${withUnit(values[meter.name].at[at], meter.unit)}`);
    this.axis.setAttribute("aria-valuetext", [`${time.toFixed(2)} s`, what, ...told].join(", "));
  }

  list() {
    this.rows = this.clip.segments.map((segment) => this.row(segment));
    const list = make("ol", { class: "segments", "aria-label": "segments" }, ...this.rows.map((row) => row.element));
    return make("div", { class: "side" }, list);
  }

  row(segment) {
    const buttons = VERDICTS.map((word) => make("button", {
      type: "button", class: word, text: word, "aria-label": `${word}: segment ${segment.number + 1} of ${visible(this.clip.path)}`,
      onclick: () => {
        this.page.select(segment, { scroll: false });
        this.page.decide(word);
      },
    }));
    const by = make("span", { class: "by" });
    const choose = make("div", { class: "choose", role: "group", "aria-label": "decision" }, ...buttons, by);
    const what = make("div", { class: "what" }, make("b", { text: segment.verdict }), segment.fault ? ` · ${segment.fault}` : "");
    const told = make("div", { class: "told" });
    if (segment.value !== null) {
      const limit = segment.limit === null ? "" : `, limit ${num(segment.limit)}`;
      told.append(withUnit(segment.value, segment.unit) + limit, make("br"));
    }
    told.append(`${segment.in} – ${segment.out} · ${lasting(segment.end_s - segment.start_s)}`);
    const element = make("li", { class: "segment", tabindex: "-1" }, make("span", { class: "edge" }), make("div", {}, what, told));
    if (segment.picture !== null) {
      const text = `${segment.fault}, worst frame at ${segment.worst_s.toFixed(2)} s`;
      element.append(make("img", { src: "data:image/jpeg;base64," + this.clip.pictures[segment.picture], alt: text, title: text }));
    }
    element.append(choose);
    element.addEventListener("click", (event) => {
      if (!event.target.closest("button")) this.page.select(segment, { scroll: false });
    });
    const row = { segment, element, buttons, by, choose };
    this.update(row);
    return row;
  }

  update(row) {
    const { segment, element, buttons, by, choose } = row;
    const word = verdictOf(segment);
    const own = decided(segment);
    element.className = "segment " + word;
    element.classList.toggle("current", this.page.current === segment);
    element.classList.toggle("faint", !this.page.isWanted(segment));
    choose.classList.toggle("decided", Boolean(own));
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.textContent === word)));
    const sure = segment.sure === null ? "" : `${Math.round(100 * segment.sure)} % sure`;
    by.textContent = own ? "by you" : sure;
  }

  refresh() {
    if (!this.isBuilt) return;
    this.rows.forEach((row) => this.update(row));
    this.draw();
  }
}
