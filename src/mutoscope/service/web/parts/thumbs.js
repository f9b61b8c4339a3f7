// @ts-check
/**
 * Pictures that the server paints when they are asked for: filters on somebody's own frame. One is asked for at a
 * time, those that are seen first, and none while somebody waits for the large look: the server makes one after the
 * other, and what is looked at goes first.
 */
import { address, ask } from "../api.js";
import { ended } from "../jobs.js";
import { waiting } from "../make/preview.js";


export class Thumbs {
  /** @param {AbortSignal} signal ends it */
  constructor(signal) {
    this.signal = signal;
    /** @type {(() => Promise<void>)[]} */
    this.queue = [];
    this.isGoing = false;
    /** @type {string[]} */
    this.urls = [];
    /** @type {WeakMap<Element, () => Promise<void>>} */
    this.wanted = new WeakMap();
    this.seen = new IntersectionObserver(
      (all) => {
        for (const { isIntersecting, target } of all) {
          if (!isIntersecting) continue;
          this.seen.unobserve(target);
          this.queue.push(/** @type {() => Promise<void>} */ (this.wanted.get(target)));
        }
        this.next();
      },
      { rootMargin: "200px" },
    );
    const unwatch = waiting.watch(() => this.next());
    signal.addEventListener("abort", () => {
      unwatch();
      this.seen.disconnect();
      this.urls.forEach((url) => URL.revokeObjectURL(url));
    });
  }

  /**
   * Have a picture painted when its element is seen.
   * @param {HTMLElement} image an img
   * @param {string} path
   * @param {Record<string, any>} query
   */
  want(image, path, query) {
    this.wanted.set(image, () => this.paint(image, address(path, query)));
    this.seen.observe(image);
  }

  next() {
    if (this.isGoing || waiting.value || !this.queue.length || this.signal.aborted) return;
    this.isGoing = true;
    const run = this.queue.shift();
    run?.()
      .catch(() => {})
      .finally(() => {
        this.isGoing = false;
        this.next();
      });
  }

  /** @param {HTMLElement} image @param {string} path */
  async paint(image, path) {
    if (!image.isConnected) return;
    for (let tries = 0; tries < 3; tries++) {
      const response = await ask("GET", path, { signal: this.signal, headers: { Accept: "image/*" } });
      if (response.status === 200) {
        const url = URL.createObjectURL(await response.blob());
        this.urls.push(url);
        image.addEventListener("load", () => image.classList.add("is-here"), { once: true });
        image.setAttribute("src", url);
        return;
      }
      await ended((await response.json()).id, this.signal);
    }
  }
}

/**
 * The colours of a painting as stripes, to look at until there is a picture.
 * @param {HTMLElement} element
 * @param {string[]} palette
 */
export function stripe(element, palette) {
  if (!palette.length) return;
  const shares = palette.map((_one, number) => 1 / (number + 2));
  const all = shares.reduce((sum, one) => sum + one, 0);
  let at = 0;
  const stops = palette.map((colour, number) => {
    const from = at;
    at += (shares[number] / all) * 100;
    return `${colour} ${from.toFixed(1)}% ${at.toFixed(1)}%`;
  });
  element.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
}
