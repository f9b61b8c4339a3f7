// @ts-check
/** The painting: drop one, or take one that is there. */
import { fill, h } from "../element.js";
import { ownMedia, takeSample, thumbnail } from "../media.js";
import { texts } from "../texts.js";
import { addFiles, changes } from "../uploads.js";
import { dropPlace } from "./muto-drop.js";
import { notice, tell } from "./notices.js";

const told = texts.make;
const SAMPLE = "starry-night";
let counted = 0;

/**
 * @param {{title: string, chosen: () => string, choose: (media: any) => void, found?: (media: any[]) => void,
 *   signal: AbortSignal}} how chosen: id of the picture, or ""
 */
export function paintingPicker({ title, chosen, choose, found, signal }) {
  const group = `painting${++counted}`;
  const list = h("div", { class: "pictures", role: "radiogroup", "aria-label": title });
  const large = h("div", { class: "painting" });
  const element = h("section", { class: "painting-chooser" }, h("h2", { class: "small" }, title), large, list);
  const place = dropPlace({
    title_: told.dropPainting,
    text: "",
    many: false,
    folders: false,
    accept: "image/*",
    take,
  });
  place.classList.add("is-own");
  /** @type {any[]} */
  let pictures = [];

  /** @param {any} media */
  function take_(media) {
    pictures = [media, ...pictures.filter((one) => one.id !== media.id)];
    choose(media);
    show();
  }

  /** @param {File[]} files */
  async function take(files) {
    const [entry] = await addFiles(files.slice(0, 1));
    const stop = new AbortController();
    signal.addEventListener("abort", () => stop.abort());
    const changed = (/** @type {any} */ event) => {
      if (event.detail !== entry) return;
      if (entry.state === "refused") notice(entry.problem?.title ?? "", { isBad: true, more: entry.problem?.advice });
      if (entry.state !== "ready") return;
      stop.abort();
      take_(entry.media);
    };
    changes.addEventListener("change", changed, { signal: stop.signal });
  }

  async function takeBundled() {
    try {
      take_(await takeSample(SAMPLE));
    } catch (error) {
      tell(error);
    }
  }

  /** @param {string} src @param {string} label @param {boolean} isChosen @param {() => void} onchange */
  const picture = (src, label, isChosen, onchange) =>
    h(
      "label",
      { class: "choice", title: label },
      h("input", { type: "radio", name: group, checked: isChosen, class: "unseen", "aria-label": label, onchange }),
      h("img", { src, alt: "", loading: "lazy", class: "is-here" }),
    );

  function show() {
    const id = chosen();
    const media = pictures.find((one) => one.id === id);
    const isFocused = list.contains(document.activeElement);
    fill(large, media && h("img", { src: thumbnail(media, 640), alt: media.name, class: "is-here" }), place);
    large.classList.toggle("has-picture", Boolean(media));
    fill(
      list,
      pictures.map((one) => picture(thumbnail(one, 160), one.name, one.id === id, () => take_(one))),
      !pictures.some((one) => one.role === "sample") &&
        picture("/web/pictures/starry-night.jpg", told.starryNight, false, takeBundled),
    );
    if (isFocused) /** @type {HTMLElement | null} */ (list.querySelector(":checked"))?.focus();
  }

  const load = async () => {
    pictures = await ownMedia({ kind: "picture", state: "ready" }, signal);
    found?.(pictures);
    show();
  };
  show();
  load().catch(tell);
  return { element, large, list, show };
}
