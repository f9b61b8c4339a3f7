// @ts-check
/** Before the workbench: which films, and what shall become of them, as large pictures. */
import { go } from "../app.js";
import { fill, h } from "../element.js";
import { about } from "../format.js";
import { ownMedia, thumbnail } from "../media.js";
import { dropPlace } from "../parts/muto-drop.js";
import { texts } from "../texts.js";
import { addFiles, changes } from "../uploads.js";
import { CHOICES } from "./choices.js";

const told = texts.make;

/**
 * Choose films and pictures.
 * @param {HTMLElement} root
 * @param {{kind: string | null, extra: string, signal: AbortSignal}} how
 */
export async function chooseMedia(root, { kind, extra, signal }) {
  const media = (await ownMedia({ state: "ready" }, signal)).filter((one) => ["video", "picture"].includes(one.kind));
  // Films are what one comes for; pictures are mostly paintings to paint them with.
  media.sort((one, other) => Number(other.kind === "video") - Number(one.kind === "video"));
  const lead = (/** @type {string[]} */ ids) => `/make?media=${ids.join(",")}${kind ? `&kind=${kind}` : ""}${extra}`;
  /** @type {Set<any>} */
  const coming = new Set();
  const place = dropPlace({
    text: "",
    take: async (files) => {
      for (const one of await addFiles(files)) coming.add(one);
    },
  });
  // What is dropped here is what one wants: it goes on when it has come.
  const arrived = (/** @type {any} */ event) => {
    if (!coming.has(event.detail)) return;
    if (event.detail.state === "refused") return go("/studio");
    if ([...coming].every((one) => one.state === "ready")) go(lead([...coming].map((one) => one.media.id)));
  };
  changes.addEventListener("change", arrived, { signal });
  fill(
    root,
    h("header", { class: "head" }, h("h1", null, told.whichFilm)),
    place,
    h(
      "ul",
      { class: "grid" },
      media.map((one) => h("li", null, pictureLink(lead([one.id]), one))),
    ),
  );
}

/** @param {string} href @param {any} media */
function pictureLink(href, media) {
  const upright = media.info?.width < media.info?.height * 1.15;
  return h(
    "a",
    { href, class: "picture-link" },
    h(
      "span",
      { class: upright ? "tile-frame is-upright" : "tile-frame" },
      h("img", { src: media.links.poster, alt: "", loading: "lazy", class: "is-here" }),
    ),
    h("span", { class: "tile-name" }, media.name),
    h("span", { class: "small quiet numbers" }, about(media.info)),
  );
}

/**
 * Choose what shall become of them.
 * @param {HTMLElement} root
 * @param {any[]} media
 */
export function chooseKind(root, media) {
  const ids = media.map((one) => one.id).join(",");
  const shown = media.slice(0, 8);
  fill(
    root,
    h(
      "header",
      { class: "head make-head" },
      h("h1", null, told.whatBecomes(media.length)),
      h("span", { class: "grow" }),
      h(
        "div",
        { class: "chips" },
        shown.map((one) =>
          h("img", { class: "chip is-here", src: thumbnail(one, 160), alt: one.name, title: one.name }),
        ),
        media.length > shown.length && h("span", { class: "quiet small" }, `+${media.length - shown.length}`),
        h("a", { class: "button is-plain", href: "/make" }, told.otherFilm),
      ),
    ),
    h(
      "ul",
      { class: "choices-large" },
      CHOICES.map(({ kind, picture, takes }) => {
        const fits = media.every((one) => takes.includes(one.kind));
        const { title, line } = told.kinds[kind];
        const inside = [
          h("img", { src: `/web/pictures/${picture}.jpg`, alt: "", width: 768, height: 512, class: "is-here" }),
          h("span", { class: "choice-title" }, title),
          h("span", { class: "quiet" }, fits ? line : told.filmsOnly),
        ];
        return h(
          "li",
          null,
          fits
            ? h("a", { class: "choice-large", href: `/make?media=${ids}&kind=${kind}` }, inside)
            : h("div", { class: "choice-large is-off", "aria-disabled": "true" }, inside),
        );
      }),
    ),
  );
}
