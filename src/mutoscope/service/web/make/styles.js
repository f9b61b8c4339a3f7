// @ts-check
/** The painting: drop one, or take one that is there. */
import { fill, h } from "../element.js";
import { ownMedia, takeSample, thumbnail } from "../media.js";
import { dropPlace } from "../parts/muto-drop.js";
import { notice, tell } from "../parts/notices.js";
import { texts } from "../texts.js";
import { addFiles, changes } from "../uploads.js";

const told = texts.make;
const SAMPLE = "starry-night";

/** @param {import("./bench.js").Bench} bench */
export function stylesExtra(bench) {
  const list = h("div", { class: "pictures", role: "radiogroup", "aria-label": told.painting });
  const large = h("div", { class: "painting" });
  const above = h("section", { class: "painting-chooser" }, h("h2", { class: "small" }, told.painting), large, list);
  /** @type {any[]} */
  let pictures = [];
  const chosen = () => /^media:(m_\w{22})$/.exec(bench.draft.values.style ?? "")?.[1] ?? "";

  const choose = (/** @type {any} */ media) => {
    bench.known.set(media.id, media);
    bench.value("style", `media:${media.id}`);
    show();
  };
  const take = async (/** @type {File[]} */ files) => {
    const [entry] = await addFiles(files.slice(0, 1));
    const arrived = (/** @type {any} */ event) => {
      if (event.detail !== entry) return;
      if (entry.state === "refused") notice(entry.problem?.title ?? "", { isBad: true, more: entry.problem?.advice });
      if (entry.state !== "ready") return;
      stop.abort();
      pictures = [entry.media, ...pictures];
      choose(entry.media);
    };
    const stop = new AbortController();
    bench.signal.addEventListener("abort", () => stop.abort());
    changes.addEventListener("change", arrived, { signal: stop.signal });
  };
  const place = dropPlace({
    title_: told.dropPainting,
    text: "",
    many: false,
    folders: false,
    accept: "image/*",
    take,
  });
  place.classList.add("is-own");

  function show() {
    const id = chosen();
    const media = pictures.find((one) => one.id === id);
    fill(large, media && h("img", { src: thumbnail(media, 640), alt: media.name, class: "is-here" }), place);
    large.classList.toggle("has-picture", Boolean(media));
    fill(
      list,
      pictures.map((one) => picture(one.id, thumbnail(one, 160), one.name, one.id === id, () => choose(one))),
      !pictures.some((one) => one.role === "sample") &&
        picture(SAMPLE, "/web/pictures/starry-night.jpg", told.starryNight, false, sample),
    );
  }
  const sample = async () => {
    try {
      const media = await takeSample(SAMPLE);
      pictures = [media, ...pictures];
      choose(media);
    } catch (error) {
      tell(error);
    }
  };
  const load = async () => {
    pictures = await ownMedia({ kind: "picture", state: "ready" }, bench.signal);
    for (const one of pictures) bench.known.set(one.id, one);
    show();
  };
  show();
  load().catch(tell);
  return { above, show };
}

/**
 * A small picture that can be chosen.
 * @param {string} value
 * @param {string} src
 * @param {string} label
 * @param {boolean} isChosen
 * @param {() => void} choose
 */
export function picture(value, src, label, isChosen, choose) {
  return h(
    "label",
    { class: "choice", title: label },
    h("input", {
      type: "radio",
      name: "painting",
      value,
      checked: isChosen,
      class: "unseen",
      "aria-label": label,
      onchange: choose,
    }),
    h("img", { src, alt: "", loading: "lazy", class: "is-here" }),
  );
}
