// @ts-check
/** The painting of a film that is painted. */
import { paintingPicker } from "../parts/painting-picker.js";
import { texts } from "../texts.js";

/** @param {import("./bench.js").Bench} bench */
export function stylesExtra(bench) {
  const { element, show } = paintingPicker({
    title: texts.make.painting,
    signal: bench.signal,
    chosen: () => /^media:(m_\w{22})$/.exec(bench.draft.values.style ?? "")?.[1] ?? "",
    choose: (media) => {
      bench.known.set(media.id, media);
      bench.value("style", `media:${media.id}`);
    },
    found: (pictures) => pictures.forEach((one) => bench.known.set(one.id, one)),
  });
  return { above: element, show };
}
