// @ts-check
/** The frame that one works on: as it is, and as it would become. */
import { fill, h, icon } from "../element.js";
import { fraction, length } from "../format.js";
import { thumbnail } from "../media.js";
import { progress } from "../parts/muto-progress.js";
import { sentence } from "../parts/notices.js";
import { texts } from "../texts.js";
import { Preview } from "./preview.js";

const told = texts.make;
const FILM_SECONDS = 2;

export class Stage {
  /**
   * @param {any[]} media the first one is looked at
   * @param {{previews: boolean, wish: (at: number, seconds?: number) => any, settled: () => void}} how
   */
  constructor(media, { previews, wish, settled }) {
    this.media = media[0];
    this.wish = wish;
    this.settled = settled;
    this.previews = previews;
    this.seconds = fraction(this.media.info?.duration) ?? 0;
    this.rate = fraction(this.media.info?.frame_rate) ?? 25;
    this.frames = this.media.info?.num_frames ?? 1;
    this.at = this.seconds / 3;
    this.preview = new Preview((look) => this.show(look));
    this.before = h("img", { class: "stage-picture is-here", alt: told.before });
    this.after = h("img", {
      hidden: true,
      class: "stage-picture",
      alt: told.after,
      onload: () => this.after.classList.add("is-here"),
    });
    this.video = h("video", {
      class: "stage-picture",
      loop: true,
      muted: true,
      playsinline: true,
      controls: true,
      "aria-label": told.after,
      hidden: true,
    });
    this.note = h("div", { class: "stage-note", role: "status" });
    this.bar = progress(null, told.working);
    this.bar.classList.add("is-hidden");
    this.frame = h("div", { class: "stage" }, this.before, this.after, this.video, this.note);
    const { width = 16, height = 9 } = this.media.info ?? {};
    this.frame.style.aspectRatio = `${width} / ${height}`;
    this.frame.style.setProperty("--ratio", String(width / height));
    this.element = previews
      ? h("section", { class: "bench-stage", "aria-label": told.preview }, this.frame, this.bar, this.tools())
      : many(media);
    if (previews) this.draw();
  }

  tools() {
    const isFilm = this.seconds > 0;
    this.clock = h("output", { class: "numbers small" }, length(this.at));
    const slider = h("input", {
      type: "range",
      class: "slider",
      min: 0,
      max: Math.max(0, this.seconds - 1 / this.rate),
      step: 1 / this.rate,
      value: this.at,
      "aria-label": told.time,
      oninput: () => {
        this.at = Number(/** @type {any} */ (slider).value);
        slider.style.setProperty("--share", String(this.at / (this.seconds || 1)));
        this.draw();
        this.look();
      },
    });
    slider.style.setProperty("--share", String(this.at / (this.seconds || 1)));
    const hold = (/** @type {boolean} */ yes) => this.frame.classList.toggle("is-before", yes);
    const original = h(
      "button",
      {
        class: "button is-plain",
        type: "button",
        "aria-pressed": "false",
        onpointerdown: () => hold(true),
        onpointerup: () => hold(false),
        onpointerleave: () => hold(false),
        onkeydown: (/** @type {KeyboardEvent} */ e) => e.key === " " && hold(true),
        onkeyup: () => hold(false),
      },
      told.hold,
    );
    this.filmButton = h(
      "button",
      { class: "button", type: "button", onclick: () => this.film() },
      icon("play"),
      told.film(FILM_SECONDS),
    );
    return h(
      "div",
      { class: "stage-tools" },
      isFilm && [slider, this.clock],
      h("span", { class: "grow" }),
      original,
      isFilm && this.filmButton,
    );
  }

  /** The frame as it is. */
  draw() {
    const number = Math.min(this.frames - 1, Math.round(this.at * this.rate));
    const address =
      this.media.kind === "video"
        ? `/api/media/${this.media.id}/frames/${number}?format=jpg&size=1280`
        : thumbnail(this.media, 1280);
    if (this.clock) this.clock.textContent = `${length(this.at)} / ${length(this.seconds)}`;
    clearTimeout(this.drawing);
    this.drawing = setTimeout(
      () => this.before.setAttribute("src", address),
      this.before.hasAttribute("src") ? 120 : 0,
    );
  }

  /** Look at a frame as it would become. */
  look() {
    if (!this.previews) return;
    const body = this.wish(this.at);
    if (this.filmButton) this.filmButton.disabled = !body;
    if (body) void this.preview.want(body);
    else this.rest();
  }

  /** Look at some seconds. */
  film() {
    const from = Math.max(0, Math.min(this.at, this.seconds - FILM_SECONDS));
    const body = this.wish(from, FILM_SECONDS);
    if (body) void this.preview.want(body, { now: true });
  }

  /** Show a coarse picture while the fine one is on its way. @param {string} picture */
  hint(picture) {
    this.video.hidden = true;
    this.after.hidden = false;
    this.after.setAttribute("src", picture);
    this.frame.classList.remove("is-old");
  }

  rest() {
    this.preview.end();
    this.show({ state: "idle" });
  }

  /** @param {import("./preview.js").Look} look */
  show({ state, picture, video, poster, share = null, problem }) {
    const isBusy = state === "waiting" || state === "working";
    this.bar.classList.toggle("is-hidden", !isBusy);
    this.bar.share = share;
    this.frame.classList.toggle("is-old", state === "waiting");
    if (state === "idle") this.after.classList.remove("is-here");
    if (video) {
      this.video.hidden = false;
      this.video.classList.add("is-here");
      this.video.setAttribute("poster", poster ?? "");
      this.video.setAttribute("src", video);
      /** @type {any} */ (this.video).play().catch(() => {});
    } else if (picture || state === "idle") this.video.hidden = true;
    if (picture) {
      this.after.hidden = false;
      if (this.after.getAttribute("src") !== picture) this.after.setAttribute("src", picture);
    }
    fill(
      this.note,
      state === "failed" &&
        h("p", { class: "small" }, icon("warn"), sentence(problem?.detail ?? "") || texts.problems.internal[0]),
    );
    if (state === "done" || state === "failed") this.settled();
  }

  end() {
    clearTimeout(this.drawing);
    this.preview.end();
  }
}

/** Several films, where nothing is previewed. @param {any[]} media */
function many(media) {
  return h(
    "ul",
    { class: "grid bench-films" },
    media.map((one) =>
      h(
        "li",
        { class: "picture-link" },
        h(
          "span",
          { class: "tile-frame" },
          h("img", { src: one.links.poster, alt: "", loading: "lazy", class: "is-here" }),
        ),
        h("span", { class: "tile-name" }, one.name),
      ),
    ),
  );
}
