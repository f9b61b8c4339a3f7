// @ts-check
/**
 * Pictures that the server paints when they are asked for: filters on somebody's own frame. Two are asked for at
 * once, those that are seen first, so that neither the server nor the page's few connections are taken up by them.
 */
import { address, ask } from "../api.js";
import { ended } from "../jobs.js";

const AT_ONCE = 2;

export class Thumbs {
  /** @param {AbortSignal} signal ends it */
  constructor(signal) {
    this.signal = signal;
    /** @type {(() => Promise<void>)[]} */
    this.queue = [];
    this.going = 0;
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
    signal.addEventListener("abort", () => {
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
    while (this.going < AT_ONCE && this.queue.length && !this.signal.aborted) {
      const run = this.queue.shift();
      this.going++;
      run?.()
        .catch(() => {})
        .finally(() => {
          this.going--;
          this.next();
        });
    }
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
