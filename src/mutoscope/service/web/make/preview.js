// @ts-check
/** One frame as it would become, then some seconds of film: the latest wish wins, older ones are stopped. */
import { ENDED, events, get, pause, submit } from "../api.js";
import { discard, resultOf } from "../jobs.js";
import { inlineOf } from "../media.js";
import { Store } from "../state.js";

const SETTLE_MS = 350;
/** After so long without a wish the next one is no drag under way: it need not settle. */
const REST_MS = 1000;

/** Looks that somebody waits for: small pictures stand back meanwhile, for the server makes one look at a time. */
export const waiting = new Store(0);

/**
 * @typedef {{state: "idle" | "waiting" | "working" | "done" | "failed", picture?: string, video?: string, poster?: string,
 *   share?: number | null, problem?: any}} Look
 */

export class Preview {
  /** @param {(look: Look) => void} show */
  constructor(show) {
    this.isWaiting = false;
    this.show = (/** @type {Look} */ look) => {
      this.count(look.state === "waiting" || look.state === "working");
      show(look);
    };
    this.wish = 0;
    this.text = "";
    this.wished = -REST_MS;
    /** @type {string | null} */
    this.job = null;
    this.stop = () => {};
  }

  /**
   * Ask for another look; nothing happens where it is the one that is shown.
   * @param {any} body
   * @param {{now?: boolean}} [how]
   */
  async want(body, { now = false } = {}) {
    const text = JSON.stringify(body);
    if (text === this.text) return;
    this.text = text;
    const wish = ++this.wish;
    this.stop();
    this.show({ state: "waiting" });
    const rested = performance.now() - this.wished;
    this.wished += rested;
    await pause(now || rested > REST_MS ? 0 : SETTLE_MS);
    if (wish !== this.wish) return;
    const before = this.job;
    this.job = null;
    if (before) void discard(before);
    try {
      const job = await submit(body);
      if (wish !== this.wish) return void discard(job.id);
      this.job = job.id;
      this.follow(job.id, wish);
    } catch (problem) {
      if (wish === this.wish) this.fail(problem);
    }
  }

  /** @param {string} id @param {number} wish */
  follow(id, wish) {
    /** @type {string | undefined} */
    let picture;
    const show = (/** @type {Look} */ look) => wish === this.wish && this.show({ picture, ...look });
    show({ state: "working", share: null });
    this.stop = events(id, {
      preview: (data) => {
        picture = `/api/jobs/${id}/previews/${data.number}`;
        show({ state: "working" });
      },
      progress: (data) => show({ state: "working", share: data.total ? data.done / data.total : null }),
      state: async (data) => {
        if (!ENDED.includes(data.state)) return;
        try {
          const job = await get(`/api/jobs/${id}`);
          if (wish !== this.wish) return;
          if (job.state === "failed") return this.fail(job.problem);
          const made = resultOf(job);
          const media = made ? await get(`/api/media/${made}`) : null;
          if (!media) return show({ state: job.state === "cancelled" ? "idle" : "done" });
          if (media.kind === "video") show({ state: "done", video: inlineOf(made ?? ""), poster: media.links.poster });
          else show({ state: "done", picture: inlineOf(made ?? "") });
        } catch (problem) {
          if (wish === this.wish) this.fail(problem);
        }
      },
      problem: (problem) => wish === this.wish && this.fail(problem),
    });
  }

  /** @param {any} problem */
  fail(problem) {
    this.text = "";
    this.show({ state: "failed", problem });
  }

  /** @param {boolean} isWaiting */
  count(isWaiting) {
    if (isWaiting !== this.isWaiting) waiting.value += isWaiting ? 1 : -1;
    this.isWaiting = isWaiting;
  }

  /** Nothing more is wished; what was made for the look is thrown away. */
  end() {
    this.count(false);
    this.wish++;
    this.text = "";
    this.stop();
    if (this.job) void discard(this.job);
    this.job = null;
  }
}
