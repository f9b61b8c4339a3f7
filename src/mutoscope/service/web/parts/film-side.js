// @ts-check
/** One of two films that are seen together: a video, or single frames where the browser does not play it. */
import { h } from "../element.js";
import { FrameTimes } from "./frame-times.js";

const FAR_S = 0.3;
const LOAD_MS = 15000;

/** @param {any} media */
export const addressOf = (media) => `/api/media/${media.id}/file?inline=true`;

export class FilmSide {
  /** @param {any} media @param {string} label */
  constructor(media, label) {
    this.media = media;
    this.label = label;
    this.times = new FrameTimes(media);
    this.offset = 0;
    this.isPlayable = true;
    /** @type {HTMLVideoElement} */
    this.video = /** @type {any} */ (
      h("video", { "aria-label": label, playsinline: true, preload: "auto", muted: true, src: addressOf(media) })
    );
    // Only the property makes it silent before it was ever played; there are no controls, and it takes no focus.
    this.video.disableRemotePlayback = true;
    this.element = h("div", { class: "side-picture" }, this.video);
  }

  /** Wait until there is a picture, or until there will be none. */
  async open() {
    const { video } = this;
    await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(this.give()), LOAD_MS);
      const done = (/** @type {any} */ value) => (clearTimeout(timer), resolve(value));
      video.addEventListener("error", () => done(this.give()), { once: true });
      if (video.readyState >= 2) done(null);
      else video.addEventListener("loadeddata", done, { once: true });
    });
    await this.times.near(0);
    if (!this.isPlayable || !("requestVideoFrameCallback" in video)) return;
    // Films whose first frame is not at zero: the player keeps their clock, we count from the first frame.
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, 400);
      video.requestVideoFrameCallback((_now, { mediaTime }) => {
        if (video.currentTime < 0.5 / this.times.rate) this.offset = mediaTime;
        clearTimeout(timer);
        resolve(null);
      });
      video.currentTime = 1e-4;
    });
  }

  /** Go over to single frames. */
  give() {
    this.isPlayable = false;
    this.still = h("img", { alt: this.label });
    this.element.replaceChildren(this.still);
    this.show(0);
  }

  /** What can be drawn. @returns {HTMLVideoElement | HTMLImageElement} */
  get picture() {
    return /** @type {any} */ (this.isPlayable ? this.video : this.still);
  }

  /** Seconds from the first frame. */
  get seconds() {
    return this.isPlayable ? Math.max(0, this.video.currentTime - this.offset) : (this.at ?? 0);
  }

  /**
   * Show exactly the frame of a time.
   * @param {number} seconds from the first frame
   * @returns {Promise<void>} it is seen
   */
  async show(seconds) {
    const n = this.times.number(seconds);
    const number = (this.asked = (this.asked ?? 0) + 1);
    this.at = this.times.time(n);
    if (!this.isPlayable) {
      const address = `/api/media/${this.media.id}/frames/${n}?format=jpg&size=1280`;
      if (this.still && this.still.getAttribute("src") !== address) this.still.setAttribute("src", address);
      await this.still?.decode?.().catch(() => {});
      return;
    }
    await this.times.near(seconds);
    if (number !== this.asked) return; // somebody has gone on meanwhile
    const wanted = this.times.middle(this.times.number(seconds)) + this.offset;
    if (Math.abs(this.video.currentTime - wanted) < 1e-4 && !this.video.seeking) return;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, 3000);
      this.video.addEventListener("seeked", () => (clearTimeout(timer), resolve(null)), { once: true });
      this.video.currentTime = wanted;
    });
  }

  /** Keep up with the other, which is at a time. @param {number} seconds @param {number} rate */
  follow(seconds, rate) {
    if (!this.isPlayable) {
      if (!this.still?.complete) return; // the last one is still on its way
      void this.show(seconds);
      return;
    }
    const ahead = this.seconds - seconds;
    if (Math.abs(ahead) > FAR_S) {
      this.video.currentTime = Math.min(seconds, this.video.duration || seconds) + this.offset;
    }
    // Smaller gaps are closed by going slower or faster for a moment: a jump would be seen.
    this.video.playbackRate = rate * Math.min(1.25, Math.max(0.8, 1 - ahead * 2));
  }

  /** Leave the film alone, so that nothing of it is loaded any more. */
  close() {
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }
}
