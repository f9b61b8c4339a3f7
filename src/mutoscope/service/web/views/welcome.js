// @ts-check
/** First visit: three steps with a bundled clip; nothing to configure. */
import { go } from "../app.js";
import { fill, h } from "../element.js";
import { begin } from "../jobs.js";
import { accept, me } from "../me.js";
import { takeSample } from "../media.js";
import { dropPlace, listen } from "../parts/muto-drop.js";
import { tell } from "../parts/notices.js";
import { texts } from "../texts.js";

/** Filters that differ most; each picture is the clip's own frame through it. */
const PAINTINGS = /** @type {const} */ ([
  ["starry-night", "The Starry Night, Vincent van Gogh"],
  ["great-wave", "The Great Wave, Katsushika Hokusai"],
  ["woodcut", "Woodcut"],
  ["stained-glass", "Stained glass"],
  ["poppies", "Poppies, Katsushika Hokusai"],
  ["mosaic", "Mosaic"],
]);

const told = texts.first;

/**
 * @param {HTMLElement} root
 * @param {(files: File[]) => void} take what is dropped instead
 * @returns {Promise<() => void>}
 */
export async function welcome(root, take) {
  const known = (await me()).guidelines_accepted;
  let chosen = /** @type {string} */ (PAINTINGS[0][0]);
  const picture = h("img", { class: "is-here", src: pictureOf(chosen), alt: "", width: 640, height: 360 });
  const box = h("input", { type: "checkbox", class: "check", id: "keeps-to" });
  const [before, link, after] = told.accept;
  const agrees =
    !known &&
    h(
      "p",
      { class: "welcome-accept" },
      box,
      h("label", { for: "keeps-to" }, before, h("a", { href: "/guidelines" }, link), after),
    );
  const wants = h("p", { class: "field-problem small", role: "alert" });
  box.addEventListener("change", () => (wants.textContent = ""));
  const button = h("button", { class: "button is-main is-large", type: "button", onclick: start }, told.go);

  async function start() {
    if (!known && !(/** @type {any} */ (box).checked)) {
      wants.textContent = told.acceptFirst;
      return box.focus();
    }
    button.disabled = true;
    button.textContent = told.going;
    try {
      if (!known) await accept();
      const clip = await takeSample("big-buck-bunny");
      const job = await begin({ kind: "filter", inputs: { source: clip.id }, parameters: { name: chosen, size: 640 } });
      go(`/watch/${job.id}`);
    } catch (error) {
      button.disabled = false;
      button.textContent = told.go;
      tell(error);
    }
  }

  /** @param {readonly [string, string]} painting */
  const choice = ([name, title]) =>
    h(
      "label",
      { class: "choice", title },
      h("input", {
        type: "radio",
        name: "painting",
        value: name,
        checked: name === chosen,
        class: "unseen",
        onchange: () => {
          chosen = name;
          picture.setAttribute("src", pictureOf(name));
        },
      }),
      h("img", { src: pictureOf(name), alt: title, width: 320, height: 180, class: "is-here" }),
    );

  const place = dropPlace({ title_: told.title, text: "", take });
  fill(
    root,
    h(
      "div",
      { class: "welcome" },
      h(
        "header",
        { class: "welcome-head" },
        h("h1", { class: "unseen" }, texts.studio.title),
        place,
        h("p", { class: "welcome-lead" }, told.lead),
      ),
      h(
        "ol",
        { class: "welcome-steps" },
        h(
          "li",
          null,
          step(1),
          h(
            "figure",
            null,
            h("img", { src: "/web/pictures/rabbit.jpg", alt: told.sample, width: 640, height: 360, class: "is-here" }),
            h("figcaption", { class: "small quiet" }, told.sampleCredit),
          ),
        ),
        h("li", null, step(2), h("fieldset", { class: "choices", "aria-label": told.steps[1] }, PAINTINGS.map(choice))),
        h(
          "li",
          null,
          step(3),
          h("figure", null, picture),
          h("div", { class: "welcome-go" }, agrees, wants, button, h("p", { class: "small quiet" }, told.local)),
        ),
      ),
    ),
  );
  return listen(document.body, document.body, take);
}

/** @param {1 | 2 | 3} number */
function step(number) {
  return h("h2", null, h("span", { class: "step-number", "aria-hidden": "true" }, number), told.steps[number - 1]);
}

/** @param {string} name */
const pictureOf = (name) => `/web/pictures/rabbit-${name}.jpg`;
