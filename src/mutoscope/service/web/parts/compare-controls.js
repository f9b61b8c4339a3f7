// @ts-check
/** The bar below a comparison. */
import { fill, h, icon } from "../element.js";
import { keep, kept } from "../state.js";
import { texts } from "../texts.js";
import { sign } from "./signs.js";

const told = texts.compare;
const MODES = /** @type {const} */ (["slider", "side", "difference"]);

/**
 * A button with a picture on it.
 * @param {string} label
 * @param {SVGElement} drawn
 * @param {() => unknown} run
 * @param {string} [key] that does the same
 */
function button(label, drawn, run, key) {
  return h(
    "button",
    {
      class: "button is-icon",
      type: "button",
      "aria-label": label,
      title: key ? `${label} (${key})` : label,
      "aria-keyshortcuts": key,
      onclick: () => void run(),
    },
    drawn,
  );
}

/**
 * Make the bar of a comparison.
 * @param {import("./muto-compare.js").Compare} compare
 */
export function controls(compare) {
  const hasBoth = Boolean(compare.media?.before);
  const isFilm = compare.isFilm ?? false;
  const twin = () => compare.twin;
  const play = button(told.play, icon("play"), () => twin()?.toggle(), "Space");
  const time = /** @type {HTMLInputElement} */ (
    h("input", {
      class: "compare-time",
      type: "range",
      min: "0",
      max: "1000",
      value: "0",
      step: "1",
      "aria-label": told.seek,
    })
  );
  const frame = h("span", { class: "compare-frame numbers small quiet" });
  const loop = button(told.loop, sign("loop"), () => {
    const film = twin();
    if (!film) return;
    film.isLooping = !film.isLooping;
    keep("compare-loop", film.isLooping);
    show();
  });
  const sound = button(told.sound, sign("mute"), () => hear(), "M");
  const modes = MODES.map((mode) =>
    h("button", { class: "tab", type: "button", onclick: () => (compare.mode = mode) }, told.modes[mode]),
  );
  const gain = h(
    "select",
    {
      class: "input compare-gain",
      "aria-label": told.gain,
      onchange: (/** @type {Event} */ event) => {
        compare.gain = Number(/** @type {HTMLSelectElement} */ (event.target).value);
        compare.seen();
      },
    },
    [1, 4, 16].map((one) =>
      h("option", { value: one, selected: one === compare.gain }, /** @type {any} */ (told.gains)[one]),
    ),
  );
  const size = h("span", { class: "compare-size numbers small quiet" });
  const note = h("p", { class: "quiet small" });
  note.hidden = true;

  time.addEventListener("input", () => {
    const film = twin();
    // Only the last of many wishes is fulfilled; those in between would lag behind the finger.
    if (film) void film.seek((Number(time.value) / 1000) * film.duration);
  });

  function hear() {
    compare.isHeard = !compare.isHeard;
    twin()?.sound(compare.isHeard);
    show();
  }

  let drawn = "";
  function show() {
    const film = twin();
    const n = film ? film.number + 1 : 0;
    if (film && document.activeElement !== time) time.value = String(Math.round((film.seconds / film.duration) * 1000));
    const all = film?.times.count ?? 0;
    if (film) frame.textContent = told.frame(n, all);
    time.setAttribute("aria-valuetext", film ? told.frame(n, all) : "");
    const scale = compare.zoom?.scale ?? 1;
    const state = JSON.stringify([film?.isPlaying, film?.isLooping, compare.isHeard, compare.mode, scale]);
    if (state === drawn) return;
    drawn = state;
    fill(play, icon(film?.isPlaying ? "pause" : "play"));
    play.setAttribute("aria-label", film?.isPlaying ? told.pause : told.play);
    loop.setAttribute("aria-pressed", String(film?.isLooping ?? kept("compare-loop", true)));
    sound.setAttribute("aria-pressed", String(compare.isHeard));
    fill(sound, compare.isHeard ? icon("sound") : sign("mute"));
    modes.forEach((one, at) => one.setAttribute("aria-pressed", String(compare.mode === MODES[at])));
    gain.hidden = compare.mode !== "difference";
    size.textContent = scale === 1 ? told.whole : `${Math.round(scale * 100)} %`;
  }

  const hasSound = Boolean(compare.media?.after.info?.audio?.length);
  const element = h(
    "div",
    { class: "compare-controls" },
    isFilm &&
      h(
        "div",
        { class: "compare-line" },
        button(told.back, sign("stepBack"), () => twin()?.step(-1), ","),
        play,
        button(told.forward, sign("stepOn"), () => twin()?.step(1), "."),
        time,
        frame,
      ),
    h(
      "div",
      { class: "compare-line" },
      hasBoth && h("div", { class: "tabs", role: "group", "aria-label": told.title }, modes),
      gain,
      h("span", { class: "grow" }),
      isFilm && hasSound && sound,
      isFilm && loop,
      button(told.zoomOut, sign("minus"), () => compare.zoom?.smaller(), "-"),
      h(
        "button",
        { class: "button is-plain compare-fit", type: "button", title: told.whole, onclick: () => compare.zoom?.by(0) },
        size,
      ),
      button(told.zoomIn, sign("plus"), () => compare.zoom?.larger(), "+"),
    ),
    note,
    h("p", { class: "quiet small compare-keys" }, isFilm ? told.keys : ""),
  );
  show();
  return {
    element,
    show,
    sound: hear,
    /** @param {boolean} isStill whether a side is shown as single frames */
    ready(isStill) {
      note.hidden = !isStill;
      note.textContent = isStill ? told.unplayable : "";
      show();
    },
  };
}
