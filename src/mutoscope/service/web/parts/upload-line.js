// @ts-check
/** How far all uploads are, in one line; and a way to stop them. */
import { fill, h } from "../element.js";
import { size, span } from "../format.js";
import { texts } from "../texts.js";
import { dropAll, tally } from "../uploads.js";
import { progress } from "./muto-progress.js";

const EVERY_MS = 500;

/** @param {AbortSignal} signal ends it */
export function uploadLine(signal) {
  const element = h("div", { class: "uploading", role: "status" });
  let drawn = "";
  /** @type {{at: number, was: number, rate: number} | null} */
  let pace = null;

  /** Bytes a second of late. @param {number} bytes that are to go */
  const speed = (bytes) => {
    const now = performance.now();
    const { at, was, rate } = pace ?? { at: now, was: bytes, rate: 0 };
    const fresh = now > at ? Math.max(0, (was - bytes) / ((now - at) / 1000)) : 0;
    pace = { at: now, was: bytes, rate: rate ? rate * 0.7 + fresh * 0.3 : fresh };
    return pace.rate;
  };
  const button = (/** @type {string} */ label, /** @type {(entry: any) => boolean} */ which) =>
    h("button", { class: "button is-plain", type: "button", onclick: () => dropAll(which) }, label);

  function draw() {
    const { waiting, all, bytes, refused } = tally();
    const rate = speed(bytes);
    const now = waiting ? `${all - waiting}/${all}/${Math.round(bytes / 1e5)}` : `-${refused}`;
    if (now === drawn) return;
    drawn = now;
    const here = texts.upload.many(all - waiting, all);
    const left = rate ? texts.upload.left(size(bytes), span(bytes / rate)) : size(bytes);
    fill(
      element,
      waiting > 0 && [
        progress((all - waiting) / all, here),
        h("p", { class: "small quiet numbers" }, `${here} · ${left}`),
        button(texts.upload.stop, (one) => !["ready", "refused"].includes(one.state)),
      ],
      refused > 1 && !waiting && button(texts.upload.clear, (one) => one.state === "refused"),
    );
  }
  const timer = setInterval(draw, EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  return element;
}
