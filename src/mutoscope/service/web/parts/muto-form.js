// @ts-check
/** A form that a JSON schema describes: what matters first, the rest folded away; only what was changed is told. */
import { h, icon, put } from "../element.js";
import { texts } from "../texts.js";
import { control } from "./field-controls.js";
import { fieldOf } from "./field-kinds.js";

let counted = 0;

export class Form extends HTMLElement {
  /** @type {any} JSON schema with `properties` */
  schema = { properties: {} };
  /** @type {string[]} shown first */
  basic = [];
  /** @type {{title: string, names: string[]}[]} folded away, each under its title */
  groups = [];
  /** @type {Record<string, any>} that differ from the defaults */
  values = {};
  /** @type {(values: Record<string, any>, name: string) => void} */
  told = () => {};

  /** @type {Map<string, {show: () => void, problem: (text: string) => void}>} */
  rows = new Map();

  connectedCallback() {
    if (this.firstChild) return;
    this.classList.add("form");
    this.base = `form${++counted}`;
    put(
      this,
      this.basic.map((name) => this.row(name)),
    );
    const groups = this.groups.map(({ title, names }) => {
      const rows = names.map((name) => this.row(name)).filter(Boolean);
      return (
        rows.length > 0 &&
        h("details", { class: "form-more" }, h("summary", null, title), h("div", { class: "form" }, rows))
      );
    });
    if (groups.some(Boolean)) this.append(h("div", { class: "form-groups" }, groups));
  }

  /** Show other values. @param {Record<string, any>} values */
  set(values) {
    this.values = { ...values };
    for (const row of this.rows.values()) row.show();
  }

  /** Say what is wrong with fields. @param {{pointer: string, detail: string}[]} errors */
  wrong(errors) {
    for (const row of this.rows.values()) row.problem("");
    for (const { pointer, detail } of errors) {
      const name = pointer.replace(/^\/(parameters\/)?/, "").split("/")[0];
      this.rows.get(name)?.problem(detail);
    }
  }

  /** @param {string} name */
  row(name) {
    const spec = this.schema.properties[name];
    if (!spec) return null;
    const field = fieldOf(name, spec, this.schema.$defs);
    const id = `${this.base}-${name}`;
    const made = control(field, id, (value) => this.change(name, value));
    if (!made) return null;
    const isLabelled =
      ["number", "text", "list", "pair", "switch"].includes(field.kind) || made.element instanceof HTMLSelectElement;
    const label = isLabelled
      ? h("label", { for: id, id: `${id}-label` }, field.label)
      : h("span", { id: `${id}-label`, class: "label" }, field.label);
    const back = h(
      "button",
      {
        class: "button is-icon is-small",
        type: "button",
        "aria-label": `${texts.form.reset}: ${field.label}`,
        title: texts.form.reset,
        onclick: () => this.change(name, undefined),
      },
      icon("undo"),
    );
    const problem = h("p", { class: "field-problem small", role: "alert" });
    const element = h(
      "div",
      { class: `field is-${field.kind}`, data: { field: name } },
      h("div", { class: "field-head" }, label, back, field.kind === "switch" && made.element),
      field.kind !== "switch" && made.element,
      this.help(field, id),
      problem,
    );
    const show = () => {
      made.set(this.values[name]);
      back.classList.toggle("is-unseen", !(name in this.values));
    };
    show();
    this.rows.set(name, { show, problem: (text) => (problem.textContent = text) });
    return element;
  }

  /** @param {import("./field-kinds.js").Field} field @param {string} id */
  help(field, id) {
    if (!field.help) return null;
    const rest = !field.more ? null : h("span", { hidden: true, id: `${id}-more` }, " ", coded(field.more));
    const more =
      rest &&
      h(
        "button",
        {
          class: "more-help",
          type: "button",
          "aria-expanded": "false",
          "aria-controls": `${id}-more`,
          "aria-label": `${texts.form.more}: ${field.label}`,
          onclick: () => {
            rest.hidden = !rest.hidden;
            more?.setAttribute("aria-expanded", String(!rest.hidden));
            if (more) more.textContent = rest.hidden ? texts.form.more : texts.form.less;
          },
        },
        texts.form.more,
      );
    return h("p", { class: "field-help small quiet" }, coded(field.help), rest, more && [" ", more]);
  }

  /** @param {string} name @param {any} value */
  change(name, value) {
    const fallback = this.schema.properties[name].default ?? null;
    const values = { ...this.values };
    if (value === undefined || JSON.stringify(value) === JSON.stringify(fallback)) delete values[name];
    else values[name] = value;
    this.values = values;
    const row = this.rows.get(name);
    // The control that was used shows it already; while one types it must not be written over.
    if (!(name in values) || value === undefined) row?.show();
    this.querySelector(`[data-field="${name}"] .field-head .button`)?.classList.toggle("is-unseen", !(name in values));
    row?.problem("");
    this.told(values, name);
  }
}

/** Words between backticks as code. @param {string} text */
function coded(text) {
  return text.split("`").map((part, number) => (number % 2 ? h("code", null, part) : part));
}

customElements.define("muto-form", Form);

/**
 * Make a form.
 * @param {Pick<Form, "schema" | "basic" | "groups" | "values" | "told">} said
 */
export function form(said) {
  return Object.assign(/** @type {Form} */ (document.createElement("muto-form")), said);
}
