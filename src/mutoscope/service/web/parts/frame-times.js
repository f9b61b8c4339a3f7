// @ts-check
/** The exact times of a film's frames, fetched page by page where they are needed. */
import { get } from "../api.js";
import { fraction } from "../format.js";

const PAGE = 200;

export class FrameTimes {
  /** @param {any} media with `info` */
  constructor(media) {
    this.id = media.id;
    this.rate = fraction(media.info?.frame_rate) || 25;
    this.duration = fraction(media.info?.duration) || 0;
    this.count = media.info?.num_frames || Math.max(1, Math.round(this.duration * this.rate));
    /** @type {Map<number, Promise<void>>} */
    this.asked = new Map();
    /** @type {number[]} seconds of the frames that are known */
    this.known = [];
  }

  /** Time of a frame: as the film says where that is known already, else as if frames came evenly. @param {number} n */
  time(n) {
    return this.known[n] ?? n / this.rate;
  }

  /** Moment in the middle of a frame: a player asked for it shows that frame, however it rounds. @param {number} n */
  middle(n) {
    const end = n + 1 < this.count ? this.time(n + 1) : Math.max(this.duration, this.time(n) + 0.5 / this.rate);
    return (this.time(n) + end) / 2;
  }

  /** Number of the frame that is seen at a time. @param {number} seconds */
  number(seconds) {
    let n = this.kept(Math.floor(seconds * this.rate + 1e-3));
    while (n > 0 && this.time(n) > seconds + 1e-4) n--;
    while (n + 1 < this.count && this.time(n + 1) <= seconds + 1e-4) n++;
    return n;
  }

  /** Fetch what is around a time. Without an answer the even times stay. @param {number} seconds */
  async near(seconds) {
    await this.page(this.number(seconds));
    const n = this.number(seconds);
    await this.page(n);
    if (n % PAGE === PAGE - 1) await this.page(n + 1);
  }

  /** @param {number} n */
  page(n) {
    const first = Math.floor(this.kept(n) / PAGE) * PAGE;
    const asked = this.asked.get(first) ?? this.fetch(first);
    this.asked.set(first, asked);
    return asked;
  }

  /** @param {number} first */
  async fetch(first) {
    try {
      const page = await get(`/api/media/${this.id}/frames?cursor=${first}&limit=${PAGE}`);
      this.count = page.num_frames;
      for (const row of page.items) this.known[row.number] = row.seconds;
    } catch {
      this.asked.delete(first);
    }
  }

  /** @param {number} n */
  kept(n) {
    return Math.min(this.count - 1, Math.max(0, n));
  }
}
