// @ts-check
/** What it will take, in time and money: reckoned from some frames when the wishes have settled. */
import { post } from "../api.js";
import { h } from "../element.js";
import { money, size, span } from "../format.js";
import { discard, ended } from "../jobs.js";
import { texts } from "../texts.js";

const told = texts.make;

export class Estimate {
  constructor() {
    this.element = h("p", { class: "estimate small quiet numbers", role: "status" });
    this.wish = 0;
    this.text = "";
    /** @type {string | null} */
    this.job = null;
  }

  /**
   * Reckon anew; `null` where nothing can be reckoned.
   * @param {{source: string, recipe: any, suffix: string} | null} body
   * @param {number} films
   */
  async want(body, films) {
    const text = JSON.stringify(body);
    if (text === this.text) return;
    this.end();
    this.text = text;
    const wish = this.wish;
    this.element.textContent = "";
    if (!body) return;
    this.element.textContent = told.reckoning;
    try {
      const begun = await post("/api/cost/estimate", body);
      this.job = begun.id;
      if (wish !== this.wish) return this.end();
      const job = await ended(begun.id);
      if (wish !== this.wish) return;
      this.job = null;
      void discard(begun.id);
      this.element.textContent = job.state === "done" ? this.words(job.told, films) : told.noEstimate;
    } catch {
      if (wish === this.wish) this.element.textContent = told.noEstimate;
    }
  }

  /** @param {any} said @param {number} films */
  words(said, films) {
    const parts = [
      told.takes(span(said.seconds * films)),
      told.costs(money(said.cost * films, said.currency)),
      told.weighs(size(said.num_bytes * films)),
    ];
    if (films > 1) parts.push(told.likeFirst(films));
    return parts.join(" · ");
  }

  /** It will be reckoned when the look is there. */
  announce() {
    this.element.textContent = told.reckoning;
  }

  /** The wishes have changed: what is shown is no longer true. */
  end() {
    this.wish++;
    this.text = "";
    this.element.textContent = "";
    if (this.job) void discard(this.job);
    this.job = null;
  }
}
