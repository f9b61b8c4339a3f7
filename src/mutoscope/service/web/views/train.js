// @ts-check
/** Train: a filter from one painting; or, with a film in the address, a network that has seen only that film. */
import { ApiProblem, get, post } from "../api.js";
import { go } from "../app.js";
import { fill, h } from "../element.js";
import { span } from "../format.js";
import { lookAtJobs } from "../jobs.js";
import { consent } from "../me.js";
import { ownMedia } from "../media.js";
import { form } from "../parts/muto-form.js";
import { tell, words } from "../parts/notices.js";
import { paintingPicker } from "../parts/painting-picker.js";
import { kept, keep } from "../state.js";
import { texts } from "../texts.js";

export const styles = ["form", "make", "bench", "chosen", "shelf"].map((name) => `/web/css/${name}.css`);

const told = texts.train;
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const FILTER = {
  basic: ["name", "minutes", "brush", "title", "artist", "year", "licence"],
  hidden: ["pattern"],
  kept: "train.filter",
  kind: "train_filter",
};
const FILM = { basic: ["minutes", "profile"], hidden: [], kept: "train.film", kind: "train_autoencoder" };

/**
 * @param {HTMLElement} root
 * @param {import("../app.js").Params} params
 */
export async function render(root, { query }) {
  const stop = new AbortController();
  const isFilm = query.has("film");
  const [card, films] = await Promise.all([
    get(`/api/jobs/kinds/${(isFilm ? FILM : FILTER).kind}`),
    ownMedia({ kind: "video", state: "ready" }, stop.signal),
  ]);
  new Training(root, card, films, isFilm ? (query.get("film") ?? "") : null, stop.signal);
  return () => stop.abort();
}

class Training {
  /** @param {HTMLElement} root @param {any} card @param {any[]} films @param {string | null} film @param {AbortSignal} signal */
  constructor(root, card, films, film, signal) {
    this.isFilm = film !== null;
    this.about = this.isFilm ? FILM : FILTER;
    this.values = /** @type {Record<string, any>} */ (kept(this.about.kept, {}));
    this.painting = "";
    this.footage = new Set(film ? [film] : []);
    const { properties } = card.schema.properties.parameters;
    const names = Object.keys(properties);
    const { basic, hidden } = this.about;
    this.form = form({
      schema: { ...card.schema.properties.parameters, $defs: card.schema.$defs },
      basic: basic.filter((name) => names.includes(name)),
      groups: [
        {
          title: texts.make.groups.advanced,
          names: names.filter((name) => !basic.includes(name) && !hidden.includes(/** @type {never} */ (name))),
        },
      ],
      values: this.values,
      told: (values) => {
        this.values = values;
        keep(this.about.kept, values);
        this.check();
      },
    });
    this.button = h(
      "button",
      { class: "button is-main is-large", type: "button", onclick: () => this.begin() },
      told.button,
    );
    this.wants = h("p", { class: "small quiet", role: "status" });
    this.takes = h("p", { class: "small quiet numbers" });
    this.minutes = properties.minutes?.default ?? 0;
    const picker = paintingPicker({
      title: told.painting,
      signal,
      chosen: () => this.painting,
      choose: (media) => {
        this.painting = media.id;
        this.suggest(media);
        this.check();
      },
    });
    const title = this.isFilm ? told.filmTitle : told.title;
    this.main = h("div", { class: "train-main" }, !this.isFilm && picker.element, this.films(films));
    fill(
      root,
      h(
        "header",
        { class: "train-head" },
        h("h1", null, title),
        h("p", { class: "quiet" }, this.isFilm ? told.filmLine : told.line),
      ),
      h(
        "div",
        { class: "train" },
        this.main,
        h(
          "aside",
          { class: "bench-side", "aria-label": texts.make.wishes },
          h("div", { class: "bench-wishes" }, this.form),
          h("div", { class: "bench-go" }, this.takes, this.wants, this.button),
        ),
      ),
    );
    this.check();
  }

  /** @param {any[]} films */
  films(films) {
    if (!films.length) return null;
    const row = (/** @type {any} */ one) =>
      h(
        "label",
        { class: "pick-row" },
        h("input", {
          type: "checkbox",
          class: "check",
          checked: this.footage.has(one.id),
          onchange: (/** @type {any} */ event) => {
            if (event.target.checked) this.footage.add(one.id);
            else this.footage.delete(one.id);
            this.check();
          },
        }),
        h("img", { src: one.links.poster, alt: "", loading: "lazy", class: "is-here" }),
        h("span", { class: "tile-name" }, one.name),
      );
    return h(
      "fieldset",
      { class: "pick" },
      h("legend", { class: "small" }, this.isFilm ? told.film : told.footage),
      !this.isFilm && h("p", { class: "small quiet" }, told.footageHelp),
      h("div", { class: "pick-rows" }, films.map(row)),
    );
  }

  /** A name that follows from the picture's. @param {any} media */
  suggest(media) {
    if (this.values.name && this.values.name !== this.suggested) return;
    const stem = media.name.replace(/\.[^.]*$/, "");
    const name = stem
      .normalize("NFKD")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 40);
    this.suggested = name;
    this.values = { ...this.values, name };
    this.form.set(this.values);
  }

  /** What is still to be said, or null. */
  lacks() {
    const name = this.values.name ?? "";
    if (this.isFilm) return this.footage.size ? null : "film";
    if (!this.painting) return "painting";
    return NAME.test(name) ? null : "name";
  }

  check() {
    const lacks = this.lacks();
    const { name } = this.values;
    // It stays a button that answers: pressed too early it leads to what is missing.
    this.button.setAttribute("aria-disabled", String(lacks !== null));
    this.form.wrong(!this.isFilm && name && !NAME.test(name) ? [{ pointer: "/name", detail: told.nameWrong }] : []);
    this.wants.textContent = lacks ? told.lacks[lacks] : "";
    this.takes.textContent = texts.make.takes(span(60 * (this.values.minutes ?? this.minutes)));
  }

  /** Lead to what is missing. @param {string} lacks */
  lead(lacks) {
    const place = lacks === "name" ? this.form : this.main;
    /** @type {HTMLElement | null} */ (place.querySelector("input:not([type=file])"))?.focus();
  }

  async begin() {
    const lacks = this.lacks();
    if (lacks) return this.lead(lacks);
    if (!(await consent())) return;
    this.button.disabled = true;
    try {
      const { name, ...parameters } = this.values;
      const job = this.isFilm
        ? await post("/api/jobs", { kind: "train_autoencoder", inputs: { films: [...this.footage] }, parameters })
        : await post("/api/filters/train", { name, painting: this.painting, footage: [...this.footage], parameters });
      void lookAtJobs();
      go(`/watch/${job.id}`);
    } catch (error) {
      this.button.disabled = false;
      if (error instanceof ApiProblem && error.errors.length) {
        this.form.wrong(error.kind === "conflict" ? [{ pointer: "/name", detail: told.nameTaken }] : error.errors);
        this.wants.textContent = words(error)[1];
      } else tell(error);
    }
  }
}
