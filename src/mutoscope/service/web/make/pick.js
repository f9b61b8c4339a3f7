// @ts-check
/** Another media that a kind wants: the memory of a film, or a film whose motion is taken. */
import { address, get } from "../api.js";
import { fill, h } from "../element.js";
import { about, ago, size } from "../format.js";
import { tell } from "../parts/notices.js";
import { texts } from "../texts.js";

const told = texts.make;

/**
 * @param {import("./bench.js").Bench} bench
 * @param {"model" | "motion"} role
 * @param {string[]} kinds
 */
export function pickExtra(bench, role, kinds) {
  const list = h("div", { class: "picks", role: "radiogroup", "aria-label": told.picks[role].title });
  const above = h(
    "section",
    { class: "pick" },
    h("h2", { class: "small" }, told.picks[role].title),
    h("p", { class: "small quiet" }, told.picks[role].help),
    list,
  );
  /** @type {any[]} */
  let found = [];
  const ids = new Set(bench.draft.media.map((one) => one.id));

  const choose = (/** @type {any} */ media) => {
    const inputs = { ...bench.draft.inputs };
    if (media) {
      inputs[role] = media.id;
      bench.known.set(media.id, media);
    } else delete inputs[role];
    bench.change({ inputs });
  };
  const row = (/** @type {any} */ media, /** @type {boolean} */ isChosen) =>
    h(
      "label",
      { class: "pick-row" },
      h("input", { type: "radio", name: role, checked: isChosen, onchange: () => choose(media) }),
      media?.links?.poster && h("img", { src: media.links.poster, alt: "", class: "is-here" }),
      h(
        "span",
        null,
        h("span", { class: "tile-name" }, media ? media.name : told.picks[role].none),
        media &&
          h("span", { class: "small quiet" }, about(media.info) || `${size(media.bytes)} · ${ago(media.created)}`),
      ),
    );
  const show = () => {
    const id = bench.draft.inputs[role];
    const rows = found.map((one) => row(one, one.id === id));
    const learn =
      role === "model" && h("a", { class: "button", href: `/train?film=${bench.draft.media[0].id}` }, told.learnFilm);
    fill(list, role === "motion" && row(null, !id), rows, learn);
  };
  const load = async () => {
    const page = await get(address("/api/media", { kind: kinds[0], state: "ready", limit: 50 }), {
      signal: bench.signal,
    });
    const wanted = new Set(role === "model" ? ["result", "model", "upload"] : ["upload", "sample", "result"]);
    found = page.items.filter((/** @type {any} */ one) => wanted.has(one.role) && !ids.has(one.id));
    for (const one of found) bench.known.set(one.id, one);
    // A single memory is the one that is meant.
    if (role === "model" && found.length === 1 && !bench.draft.inputs.model) choose(found[0]);
    show();
  };
  load().catch(tell);
  return { above, show };
}
