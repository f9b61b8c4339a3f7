// @ts-check
/** The painting of a film that is painted: large beside the frame, all that are here below it. */
import { h } from "../element.js";
import { paintingPicker } from "../parts/painting-picker.js";
import { texts } from "../texts.js";

/** @param {import("./bench.js").Bench} bench */
export function stylesExtra(bench) {
  const { large, list, show } = paintingPicker({
    title: texts.make.painting,
    signal: bench.signal,
    chosen: () => /^media:(m_\w{22})$/.exec(bench.draft.values.style ?? "")?.[1] ?? "",
    choose: (media) => {
      bench.known.set(media.id, media);
      bench.value("style", `media:${media.id}`);
    },
    found: (pictures) => pictures.forEach((one) => bench.known.set(one.id, one)),
  });
  const { painting, paintings } = texts.make;
  return {
    above: h("section", { class: "painting-chooser" }, h("h2", { class: "small" }, painting), large),
    below: h("section", { class: "bench-below is-paintings" }, h("h2", null, paintings), list),
    show,
  };
}
