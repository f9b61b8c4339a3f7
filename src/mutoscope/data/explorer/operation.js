// One operation: its form, its run, the same as code.

import { showAnswer } from "/explorer/answer.js";
import { asCurl, asPython } from "/explorer/code.js";
import { api } from "/explorer/description.js";
import { el, paragraphs, rich } from "/explorer/dom.js";
import { exampleOf, fieldsOf, resolve, typeOf } from "/explorer/schema.js";

/** What is shown of an operation; `headersOfToken` gives what lets it in. */
export class Operation {
  constructor(said, headersOfToken) {
    this.said = said;
    this.headersOfToken = headersOfToken;
    this.inputs = new Map();
    this.files = new Map();
    this.body = null;
    this.type = null;
    this.stopping = null;
    const content = said.requestBody ? resolve(api, said.requestBody).content : {};
    this.types = Object.keys(content);
    this.content = content;
  }

  parts() {
    const { said } = this;
    this.complaint = el("p", { class: "complaint", role: "alert" });
    this.runButton = el("button", { class: "main", type: "submit" }, "Run");
    this.stopButton = el("button", { type: "button", hidden: true, onclick: () => this.stop() }, "Stop");
    this.codeBox = el("pre", { tabindex: "0", "aria-label": "The same as a command or a program" });
    this.result = el("section", { class: "result", "aria-label": "Answer", "aria-live": "polite" });
    this.form = el("form", { onsubmit: (event) => { event.preventDefault(); this.run(); }, oninput: () => this.update() },
      this.drawParameters(), this.drawBody(),
      el("div", { class: "bar" }, this.runButton, this.stopButton,
        el("span", { class: "quiet" }, "Ctrl + Enter runs it")), this.complaint);
    return [
      el("h1", {}, said.summary),
      el("p", { class: "address" }, el("span", { class: `method ${said.method}` }, said.method.toUpperCase()),
        el("span", { class: "path" }, said.path)),
      ...paragraphs(said.description),
      this.form, this.drawCode(), this.result, this.drawAnswers(),
    ].filter(Boolean);
  }

  fill(values) {
    for (const [one, input] of this.inputs) if (values.has(one.name)) input.value = values.get(one.name);
  }

  drawParameters() {
    const rows = this.said.parameters.filter((one) => one.in !== "cookie").map((one) => this.drawParameter(one));
    return rows.length ? el("div", {}, el("h2", {}, "Parameters"), el("div", { class: "fields" }, ...rows)) : null;
  }

  drawParameter(one) {
    const schema = resolve(api, one.schema ?? {});
    const id = `p-${one.in}-${one.name}`;
    const type = typeOf(api, schema);
    const input = makeInput(id, schema, one);
    this.inputs.set(one, input);
    const limits = [one.in, type.text].filter(Boolean).join(", ");
    return el("div", { class: "field" },
      el("label", { for: id }, one.name, one.required ? el("span", { class: "need" }, " *") : null), input,
      el("span", { class: "hint" }, ...rich(`${one.description ?? schema.description ?? ""} (${limits})`)));
  }

  drawBody() {
    if (!this.types.length) return null;
    this.holder = el("div", {});
    const chooser = this.types.length > 1
      ? el("select", { "aria-label": "Type of the body", onchange: (event) => this.drawType(event.target.value) },
        ...this.types.map((type) => el("option", {}, type))) : el("code", {}, this.types[0]);
    this.drawType(this.types[0]);
    return el("div", {}, el("h2", {}, "Body"), el("p", { class: "bar" }, chooser), this.holder);
  }

  drawType(type) {
    this.type = type;
    this.files.clear();
    const schema = resolve(api, this.content[type].schema ?? {});
    const fields = fieldsOf(api, schema);
    const table = fields.length ? el("details", { open: fields.length < 6 }, el("summary", {}, `${fields.length} fields`),
      el("table", {}, el("tbody", {}, ...fields.map((field) => el("tr", {},
        el("th", { scope: "row" }, el("code", {}, field.name), field.required ? " *" : ""),
        el("td", { class: "quiet" }, field.type), el("td", {}, ...rich(field.meaning))))))) : null;
    if (type.startsWith("multipart/")) {
      const inputs = fields.map((field) => {
        const isFile = field.isFile;
        const input = el("input", { id: `b-${field.name}`, type: isFile ? "file" : "text" });
        this.files.set(field.name, input);
        return el("div", { class: "field" }, el("label", { for: `b-${field.name}` }, field.name), input,
          el("span", { class: "hint" }, ...rich(field.meaning)));
      });
      this.body = null;
      this.holder.replaceChildren(el("div", { class: "fields" }, ...inputs));
    } else if (type.includes("json") || type.startsWith("text/")) {
      const given = this.content[type];
      const examples = Object.entries(given.examples ?? {});
      const example = given.example ?? examples[0]?.[1].value ?? exampleOf(api, schema);
      this.body = el("textarea", { spellcheck: "false", "aria-label": "Body", rows: "10" });
      this.prefill(example);
      this.holder.replaceChildren(...this.drawExamples(examples), this.body, ...(table ? [table] : []));
    } else {
      this.body = el("input", { type: "file", "aria-label": "File that is sent" });
      this.holder.replaceChildren(this.body);
    }
    this.update();
  }

  prefill(example) {
    this.body.value = typeof example === "string" ? example : JSON.stringify(example, null, 2);
    this.body.rows = Math.min(24, this.body.value.split("\n").length + 2);
    this.update();
  }

  drawExamples(examples) {
    if (examples.length < 2) return [];
    const choose = (event) => this.prefill(examples[event.target.selectedIndex][1].value);
    const options = examples.map(([name, one]) => el("option", {}, one.summary ? `${name}: ${one.summary}` : name));
    return [el("p", {}, el("label", {}, "Example ", el("select", { onchange: choose }, ...options)))];
  }

  drawCode() {
    this.language = "curl";
    const buttons = ["curl", "Python"].map((name) => el("button", {
      type: "button", "aria-pressed": String(name === this.language),
      onclick: () => {
        this.language = name;
        buttons.forEach((one) => one.setAttribute("aria-pressed", String(one.textContent === name)));
        this.update();
      },
    }, name));
    const copy = el("button", { type: "button", onclick: () => this.copy(copy) }, "Copy");
    return el("div", {}, el("h2", {}, "The same by hand"),
      el("div", { class: "bar" }, ...buttons, el("span", { class: "grow" }), copy), this.codeBox);
  }

  async copy(button) {
    try {
      await navigator.clipboard.writeText(this.codeBox.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(this.codeBox);
      button.textContent = "Press Ctrl + C";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  drawAnswers() {
    const rows = Object.entries(this.said.responses ?? {}).map(([status, answer]) => el("tr", {},
      el("td", {}, status), el("td", {}, ...rich(resolve(api, answer).description)),
      el("td", { class: "quiet" }, Object.keys(resolve(api, answer).content ?? {}).join(", "))));
    return el("details", {}, el("summary", {}, "All answers"), el("table", {}, el("tbody", {}, ...rows)));
  }

  /** Read the form into a request; `missing` names what must be filled in. */
  request() {
    let path = this.said.path;
    const query = new URLSearchParams();
    const headers = {};
    const missing = [];
    for (const [one, input] of this.inputs) {
      const value = input.value;
      if (value === "") {
        if (one.required) missing.push(one.name);
      } else if (one.in === "path") path = path.replace(`{${one.name}}`, encodeURIComponent(value));
      else if (one.in === "query") query.append(one.name, value);
      else if (one.in === "header") headers[one.name] = value;
    }
    const url = query.size ? `${path}?${query}` : path;
    const made = { method: this.said.method.toUpperCase(), url, headers, missing, files: [], text: null, file: null };
    if (this.files.size) {
      made.files = [...this.files].map(([name, input]) => ({ name, file: input.files?.[0], text: input.value }))
        .filter((part) => part.file || (part.text && !part.file));
    } else if (this.body?.type === "file") {
      made.file = this.body.files?.[0] ?? null;
      headers["Content-Type"] = this.type;
    } else if (this.body && this.body.value.trim()) {
      made.text = this.body.value;
      headers["Content-Type"] = this.type;
    }
    return made;
  }

  update() {
    if (!this.codeBox) return;
    const made = this.request();
    const token = Boolean(this.said.security);
    this.codeBox.textContent = this.language === "curl"
      ? asCurl(location.origin, made, token) : asPython(location.origin, made, token);
  }

  complain(text) {
    this.complaint.textContent = text;
  }

  async run() {
    this.stop();
    const made = this.request();
    this.complain("");
    if (made.missing.length) {
      this.complain(`fill in ${made.missing.join(", ")} first.`);
      [...this.inputs].find(([one]) => one.name === made.missing[0])?.[1].focus();
      return;
    }
    if (made.text !== null && this.type.includes("json")) {
      try {
        JSON.parse(made.text);
      } catch (error) {
        this.complain(`the body is no JSON: ${error.message}`);
        this.body.focus();
        return;
      }
    }
    let body = made.text ?? made.file ?? undefined;
    if (made.files.length) {
      body = new FormData();
      for (const part of made.files) body.append(part.name, part.file ?? part.text);
    }
    const stopping = new AbortController();
    this.stopping = stopping;
    this.runButton.disabled = true;
    this.stopButton.hidden = false;
    try {
      const began = performance.now();
      const answer = await fetch(made.url, {
        method: made.method, headers: { ...made.headers, ...this.headersOfToken() }, body, signal: stopping.signal,
      });
      await showAnswer(this.result, answer, performance.now() - began);
    } catch (error) {
      const told = error.name === "AbortError" ? "stopped." : `the server was not reached (${error.message}).`;
      this.complain(told);
    } finally {
      if (this.stopping === stopping) {
        this.runButton.disabled = false;
        this.stopButton.hidden = true;
      }
    }
  }

  stop() {
    this.stopping?.abort();
    this.stopping = null;
    if (this.runButton) {
      this.runButton.disabled = false;
      this.stopButton.hidden = true;
    }
  }
}

function makeInput(id, schema, one) {
  const type = typeOf(api, schema);
  const attributes = { id, name: one.name, spellcheck: "false", autocomplete: "off" };
  if (type.choices) {
    const choices = one.required ? type.choices : ["", ...type.choices];
    const made = el("select", attributes, ...choices.map((choice) => el("option", { value: choice }, choice || "—")));
    if (schema.default != null) made.value = String(schema.default);
    return made;
  }
  const example = one.example ?? schema.examples?.[0] ?? Object.values(one.examples ?? {})[0]?.value;
  const placeholder = example ?? (schema.default != null ? String(schema.default) : "");
  return el("input", { ...attributes, type: "text", inputmode: type.isNumber ? "decimal" : "text", placeholder });
}
