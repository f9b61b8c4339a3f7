// @ts-check
/** What a person decides about stretches: kept on the server after each change, with what others have decided meanwhile. */
import { ApiProblem, ask, pause } from "../api.js";
import { Store } from "../state.js";

/** @typedef {"keep" | "unsure" | "reject"} Verdict */

const CALM_MS = 350;

/** @param {number} clip @param {{first: number, end: number}} stretch */
const keyOf = (clip, { first, end }) => `${clip}:${first}:${end}`;

export class Decisions {
  /** @param {string} job @param {(text: "changed" | ApiProblem) => void} say */
  constructor(job, say) {
    this.address = `/api/sort/${job}/decisions`;
    this.say = say;
    /** @type {Map<string, Verdict>} as they count */
    this.all = new Map();
    /** @type {Map<string, Verdict | null>} not yet on the server; null: taken back */
    this.fresh = new Map();
    /** @type {{key: string, before: Verdict | null}[]} */
    this.past = [];
    this.version = 0;
    /** @type {Store<"saved" | "saving" | "unsaved">} */
    this.state = new Store(/** @type {"saved" | "saving" | "unsaved"} */ ("saved"));
    /** @type {Store<number>} rises with every change */
    this.changes = new Store(0);
  }

  async load() {
    const response = await ask("GET", this.address);
    const told = await response.json();
    this.version = told.version;
    this.all = new Map(told.decisions.map((/** @type {any} */ one) => [keyOf(one.clip, one), one.decision]));
    for (const [key, verdict] of this.fresh) this.apply(key, verdict);
    this.changes.value++;
  }

  /** A person's word. @param {number} clip @param {{first: number, end: number}} stretch @returns {Verdict | null} */
  of(clip, stretch) {
    return this.all.get(keyOf(clip, stretch)) ?? null;
  }

  /** @param {number} clip @param {{first: number, end: number}} stretch @param {Verdict | null} verdict */
  decide(clip, stretch, verdict) {
    const key = keyOf(clip, stretch);
    const before = this.all.get(key) ?? null;
    if (before === verdict) return;
    this.past.push({ key, before });
    this.set(key, verdict);
  }

  get canUndo() {
    return this.past.length > 0;
  }

  /** Take the last word back; gives the clip and the first frame that it was about. @returns {[number, number] | null} */
  undo() {
    const last = this.past.pop();
    if (!last) return null;
    this.set(last.key, last.before);
    const [clip, first] = last.key.split(":").map(Number);
    return [clip, first];
  }

  /** @param {string} key @param {Verdict | null} verdict */
  set(key, verdict) {
    this.fresh.set(key, verdict);
    this.apply(key, verdict);
    this.changes.value++;
    void this.save();
  }

  /** @param {string} key @param {Verdict | null} verdict */
  apply(key, verdict) {
    if (verdict) this.all.set(key, verdict);
    else this.all.delete(key);
  }

  async save() {
    if (this.isSaving) return;
    this.isSaving = true;
    this.state.value = "saving";
    try {
      while (this.fresh.size) {
        await pause(CALM_MS); // what comes quickly after another goes along with it
        await this.send();
      }
      this.state.value = "saved";
    } catch (error) {
      this.state.value = "unsaved";
      if (error instanceof ApiProblem) this.say(error);
      else throw error;
    } finally {
      this.isSaving = false;
    }
  }

  async send() {
    const sent = new Map(this.fresh);
    const decisions = [...this.all].map(([key, decision]) => {
      const [clip, first, end] = key.split(":").map(Number);
      return { clip, first, end, decision };
    });
    try {
      const headers = { "If-Match": `"${this.version}"` };
      // The same once more changes nothing, so it may be sent until it arrives.
      const response = await ask("PUT", this.address, { body: { decisions }, headers, repeat: true });
      this.version = (await response.json()).version;
      for (const [key, verdict] of sent) if (this.fresh.get(key) === verdict) this.fresh.delete(key);
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.kind !== "changed") throw error;
      await this.load(); // theirs, with ours on top; the next round sends it
      this.say("changed");
    }
  }
}
