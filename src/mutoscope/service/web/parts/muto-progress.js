// @ts-check
/** A thin bar; without a number it says that something goes on. */

export class ProgressBar extends HTMLElement {
  static observedAttributes = ["value"];
  /** @type {HTMLElement | undefined} */
  bar;

  connectedCallback() {
    this.classList.add("progress");
    this.setAttribute("role", "progressbar");
    if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", "Progress");
    this.setAttribute("aria-valuemin", "0");
    this.setAttribute("aria-valuemax", "100");
    this.bar ??= this.appendChild(document.createElement("span"));
    this.attributeChangedCallback();
  }

  /** @param {number | null} share 0..1; null where nobody knows */
  set share(share) {
    if (share === null) this.removeAttribute("value");
    else this.setAttribute("value", String(Math.min(1, Math.max(0, share))));
  }

  attributeChangedCallback() {
    if (!this.bar) return;
    const text = this.getAttribute("value");
    this.classList.toggle("is-unsure", text === null);
    if (text === null) this.removeAttribute("aria-valuenow");
    else this.setAttribute("aria-valuenow", String(Math.round(Number(text) * 100)));
    this.bar.style.transform = text === null ? "" : `scaleX(${text})`;
  }
}

customElements.define("muto-progress", ProgressBar);

/**
 * Make a bar.
 * @param {number | null} share 0..1
 * @param {string} label
 */
export function progress(share, label) {
  const made = /** @type {ProgressBar} */ (document.createElement("muto-progress"));
  made.setAttribute("aria-label", label);
  made.share = share;
  return made;
}
