// @ts-check
/** The workbench: one frame as it would become, large; beside it what can be said about it; then the button. */
import { ApiProblem } from "../api.js";
import { go } from "../app.js";
import { fill, h, icon } from "../element.js";
import { begin } from "../jobs.js";
import { consent } from "../me.js";
import { form } from "../parts/muto-form.js";
import { tell, words } from "../parts/notices.js";
import { History, keep } from "../state.js";
import { texts } from "../texts.js";
import { choiceOf, groupsOf } from "./choices.js";
import { Estimate } from "./estimate.js";
import { extrasOf, leadTo } from "./extras.js";
import { missing, previewOf, recipeOf, requestsOf } from "./request.js";
import { Same } from "./same.js";
import { Stage } from "./stage.js";

const told = texts.make;
const PREVIEW_PX = /** @type {Record<string, number>} */ ({ stylize: 384, corrupt: 640, filter: 640 });
const FILM_PX = 480;
const ESTIMATE_AFTER_MS = 1500;

export class Bench {
  /**
   * @param {HTMLElement} root
   * @param {{draft: import("./request.js").Draft, card: any, signal: AbortSignal}} how card: the kind of job, as the API tells it
   */
  constructor(root, { draft, card, signal }) {
    this.draft = draft;
    this.card = card;
    this.signal = signal;
    this.choice = /** @type {import("./choices.js").Choice} */ (choiceOf(draft.kind));
    /** @type {Map<string, any>} media that the draft names */
    this.known = new Map(draft.media.map((one) => [one.id, one]));
    this.history = new History(this.snapshot());
    this.stage = new Stage(draft.media, {
      previews: Boolean(this.choice.previews),
      wish: (at, seconds) =>
        missing(this.draft)
          ? null
          : previewOf(this.draft, { at, seconds, size: seconds ? FILM_PX : (PREVIEW_PX[draft.kind] ?? FILM_PX) }),
      settled: () => this.settle(),
    });
    this.estimate = new Estimate();
    this.same = new Same(this);
    this.extras = extrasOf(this);
    this.form = this.makeForm();
    this.undoButton = h(
      "button",
      {
        class: "button is-icon",
        type: "button",
        "aria-label": told.undo,
        title: told.undo,
        onclick: () => this.step(-1),
      },
      icon("undo"),
    );
    this.redoButton = h(
      "button",
      {
        class: "button is-icon",
        type: "button",
        "aria-label": told.redo,
        title: told.redo,
        onclick: () => this.step(1),
      },
      icon("redo"),
    );
    this.button = h(
      "button",
      { class: "button is-main is-large", type: "button", onclick: () => this.make() },
      told.kinds[draft.kind].button(draft.media.length),
    );
    this.wants = h("p", { class: "small quiet", role: "status" });
    this.draw(root);
    signal.addEventListener("abort", () => this.end());
    addEventListener("keydown", (event) => this.key(event), { signal });
    this.refresh();
  }

  /** @param {HTMLElement} root */
  draw(root) {
    const { draft } = this;
    const name = draft.media.length === 1 ? draft.media[0].name : told.films(draft.media.length);
    const ids = draft.media.map((one) => one.id).join(",");
    const head = h(
      "header",
      { class: "bench-head" },
      h(
        "a",
        { class: "button is-icon", href: `/make?media=${ids}`, "aria-label": told.otherKind, title: told.otherKind },
        icon("back"),
      ),
      h("h1", null, told.kinds[draft.kind].title, " ", h("span", { class: "quiet" }, name)),
      this.undoButton,
      this.redoButton,
    );
    fill(
      root,
      head,
      h(
        "div",
        { class: this.extras.isWide ? "bench" : "bench is-plain" },
        h("div", { class: "bench-main" }, this.stage.element, this.extras.below),
        h(
          "aside",
          { class: "bench-side", "aria-label": told.wishes },
          h("div", { class: "bench-wishes" }, this.extras.above, this.form, this.same.element),
          h("div", { class: "bench-go" }, this.estimate.element, this.wants, this.button),
        ),
      ),
    );
  }

  makeForm() {
    const schema = this.card.schema.properties.parameters;
    const { basic, advanced, mask, film } = groupsOf(this.choice, Object.keys(schema.properties));
    return form({
      schema: { ...schema, $defs: this.card.schema.$defs },
      basic,
      groups: [
        { title: told.groups.mask, names: mask },
        { title: told.groups.advanced, names: advanced },
        { title: told.groups.film, names: film },
      ],
      values: this.draft.values,
      told: (values, name) => this.change({ values: { ...this.apart(), ...values } }, name),
    });
  }

  /** Values that the form does not hold. */
  apart() {
    return Object.fromEntries(Object.entries(this.draft.values).filter(([name]) => this.choice.hidden.includes(name)));
  }

  snapshot() {
    const { values, inputs, steps } = this.draft;
    return { values, inputs, steps };
  }

  /**
   * Take another wish.
   * @param {Partial<import("./request.js").Draft>} what
   * @param {string} [field] that was changed: quick changes of one are one step back
   */
  change(what, field = "") {
    Object.assign(this.draft, what);
    this.history.add(this.snapshot(), field);
    this.refresh();
  }

  /** Set one value; undefined takes it back to the default. @param {string} name @param {any} value */
  value(name, value) {
    const values = { ...this.draft.values, [name]: value };
    if (value === undefined || value === null) delete values[name];
    this.change({ values }, name);
  }

  /** @param {-1 | 1} way */
  step(way) {
    Object.assign(this.draft, way < 0 ? this.history.undo() : this.history.redo());
    this.form.set(this.draft.values);
    this.extras.show();
    this.refresh();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    // In a field of text the browser's own undo is what one means.
    if (event.target instanceof HTMLInputElement && ["text", "search"].includes(event.target.type)) return;
    event.preventDefault();
    this.step(event.shiftKey ? 1 : -1);
  }

  /** The wishes have changed. */
  refresh() {
    const { draft } = this;
    keep(`make.${draft.kind}`, this.snapshot());
    const lacks = missing(draft);
    // It stays a button that answers: pressed too early it leads to what is missing.
    this.button.setAttribute("aria-disabled", String(lacks !== null));
    this.wants.textContent = lacks ? told.lacks[lacks] : "";
    this.undoButton.disabled = !this.history.canUndo;
    this.redoButton.disabled = !this.history.canRedo;
    this.stage.look();
    this.same.show();
    this.estimate.end();
    if (!lacks && recipeOf(draft, this.card.effect)) this.estimate.announce();
    clearTimeout(this.timer);
    if (!this.choice.previews) this.settle();
  }

  /** The look is there: now there is time to reckon. */
  settle() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { draft } = this;
      const recipe = missing(draft) ? null : recipeOf(draft, this.card.effect);
      const suffix = draft.media[0].kind === "picture" ? ".png" : ".mp4";
      if (this.signal.aborted) return;
      void this.estimate.want(recipe && { source: draft.media[0].id, recipe, suffix }, draft.media.length);
    }, ESTIMATE_AFTER_MS);
  }

  async make() {
    if (missing(this.draft)) return leadTo(this.extras);
    if (!(await consent())) return;
    this.button.disabled = true;
    const label = this.button.textContent;
    this.button.textContent = texts.first.going;
    // The machine is wanted for the film now.
    this.stage.rest();
    this.estimate.end();
    try {
      const jobs = [];
      for (const one of requestsOf(this.draft)) jobs.push(await begin(one));
      go(jobs.length === 1 ? `/watch/${jobs[0].id}` : "/watch");
    } catch (error) {
      this.button.disabled = false;
      this.button.textContent = label;
      this.refused(error);
    }
  }

  /** @param {unknown} error */
  refused(error) {
    if (error instanceof ApiProblem && error.errors.length) {
      this.form.wrong(error.errors);
      this.wants.textContent = words(error)[1];
      this.form.querySelector(".field-problem:not(:empty)")?.scrollIntoView({ block: "center" });
    } else tell(error);
  }

  end() {
    clearTimeout(this.timer);
    this.stage.end();
    this.estimate.end();
  }
}
