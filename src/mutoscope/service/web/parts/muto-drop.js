// @ts-check
/**
 * Where files are dropped: a large place with buttons for the keyboard, or the whole page.
 * Folders are walked; files come as they are found, so that a folder of thousands stalls nothing.
 */
import { h, icon, put } from "../element.js";
import { texts } from "../texts.js";

const AT_A_TIME = 50;

class Drop extends HTMLElement {
  /** @type {(files: File[]) => void} */
  take = () => {};
  title_ = texts.drop.here;
  text = texts.drop.what;
  accept = "";
  many = true;
  folders = true;

  connectedCallback() {
    if (this.firstChild) return;
    this.classList.add("drop");
    const { many, accept, folders } = this;
    const pick = h("input", {
      type: "file",
      multiple: many,
      accept: accept || null,
      class: "unseen",
      tabindex: "-1",
      "aria-hidden": "true",
      onchange: () => this.picked(pick),
    });
    const walk = h("input", {
      type: "file",
      webkitdirectory: true,
      class: "unseen",
      tabindex: "-1",
      "aria-hidden": "true",
      onchange: () => this.picked(walk),
    });
    put(
      this,
      h("p", { class: "drop-title" }, this.title_),
      this.text && h("p", { class: "quiet" }, this.text),
      h(
        "div",
        { class: "drop-buttons" },
        h("button", { class: "button", type: "button", onclick: () => pick.click() }, icon("add"), texts.drop.pick),
        folders &&
          h(
            "button",
            { class: "button is-plain", type: "button", onclick: () => walk.click() },
            icon("folder"),
            texts.drop.folder,
          ),
      ),
      pick,
      folders && walk,
    );
    listen(this, this, (files) => this.take(files));
  }

  /** @param {any} field */
  picked(field) {
    this.take([...field.files]);
    field.value = "";
  }
}

customElements.define("muto-drop", Drop);

/**
 * Make a place to drop files.
 * @param {Partial<Drop>} said
 */
export function dropPlace(said) {
  return Object.assign(/** @type {Drop} */ (document.createElement("muto-drop")), said);
}

/**
 * Take files that are dropped on an element.
 * @param {HTMLElement} target
 * @param {HTMLElement} marked gets the class while files hang over it
 * @param {(files: File[]) => void} take may be called several times
 * @returns {() => void} ends it
 */
export function listen(target, marked, take) {
  let depth = 0;
  const stop = new AbortController();
  /** @param {string} name @param {(event: DragEvent) => void} call */
  const on = (name, call) => target.addEventListener(name, /** @type {any} */ (call), { signal: stop.signal });
  const isFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  const mark = () => marked.classList.toggle("is-over", depth > 0);
  on("dragenter", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    depth++;
    mark();
  });
  on("dragleave", (event) => {
    if (!isFiles(event)) return;
    depth = Math.max(0, depth - 1);
    mark();
  });
  on("dragover", (event) => isFiles(event) && event.preventDefault());
  on("drop", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    depth = 0;
    mark();
    void walkAll(/** @type {DataTransfer} */ (event.dataTransfer), take);
  });
  return () => stop.abort();
}

/** @param {DataTransfer} dropped @param {(files: File[]) => void} take */
async function walkAll(dropped, take) {
  // Entries must be asked for before the first await: afterwards the list is empty.
  const found = [...dropped.items]
    .filter((one) => one.kind === "file")
    .map((one) => ({ entry: one.webkitGetAsEntry?.(), file: one.getAsFile() }));
  /** @type {File[]} */
  let batch = [];
  const give = () => {
    if (batch.length) take(batch);
    batch = [];
  };
  for (const { entry, file } of found) {
    if (entry?.isDirectory) {
      for await (const one of walk(/** @type {FileSystemDirectoryEntry} */ (entry))) {
        if (batch.push(one) >= AT_A_TIME) give();
      }
    } else if (file) batch.push(file);
  }
  give();
}

/** @param {FileSystemDirectoryEntry} folder @returns {AsyncGenerator<File>} */
async function* walk(folder) {
  const reader = folder.createReader();
  for (;;) {
    // A reader gives a hundred at most; it is asked until it gives none.
    const some = /** @type {FileSystemEntry[]} */ (
      await new Promise((good, bad) => reader.readEntries(good, bad)).catch(() => [])
    );
    if (!some.length) return;
    for (const one of some) {
      if (one.isDirectory) yield* walk(/** @type {FileSystemDirectoryEntry} */ (one));
      else {
        const file = await new Promise((good) => /** @type {FileSystemFileEntry} */ (one).file(good, () => good(null)));
        if (file) yield file;
      }
    }
  }
}
