// @ts-check
/** Two films that play as one: the first leads and is heard, the second keeps up; paused, both show the same frame. */

const STILL_MS = 200;

export class TwinFilm {
  /**
   * @param {import("./film-side.js").FilmSide[]} sides one or two; the first one that plays leads
   * @param {() => void} changed called for every frame that is seen, and when it plays or stops
   * @param {boolean} [isLooping] whether it begins again at its end
   */
  constructor(sides, changed, isLooping = true) {
    this.sides = sides;
    this.changed = changed;
    this.isPlaying = false;
    this.isLooping = isLooping;
    this.isBusy = false;
    this.rate = 1;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** Open both, and show a time. @param {() => number} [at] asked when they are open: a person may have gone on */
  async open(at = () => 0) {
    await Promise.all(this.sides.map((side) => side.open()));
    if (this.isClosed) return;
    this.lead = this.sides.find((side) => side.isPlayable) ?? this.sides[0];
    this.watch();
    await this.seek(at());
  }

  get times() {
    return this.sides[0].times;
  }

  get duration() {
    return Math.max(this.times.duration, this.times.time(this.times.count - 1) + 1 / this.times.rate);
  }

  get seconds() {
    return this.isPlaying || !this.at ? (this.lead?.seconds ?? 0) : this.at;
  }

  /** Number of the frame of the first film that is seen, from 0. */
  get number() {
    return this.times.number(this.seconds);
  }

  watch() {
    const { lead } = this;
    if (!lead) return;
    const { video } = lead;
    const tick = () => {
      if (this.isClosed) return;
      if (this.isPlaying) {
        for (const side of this.sides) if (side !== lead) side.follow(lead.seconds, this.rate);
        this.changed();
      }
      if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(tick);
      else requestAnimationFrame(tick);
    };
    if (lead.isPlayable) tick();
    video.addEventListener("ended", () => {
      if (this.isLooping && this.isPlaying) void this.seek(0).then(() => this.play());
      else void this.pause();
    });
  }

  async play() {
    if (!this.lead) return;
    this.isPlaying = true;
    this.at = 0;
    if (!this.lead.isPlayable) this.run();
    const playing = this.sides.filter((side) => side.isPlayable).map((side) => side.video.play());
    try {
      await Promise.all(playing);
    } catch {
      // A pause came before the start, or the browser wants a click first: then it stands still.
      if (this.lead.video.paused) this.isPlaying = !this.lead.isPlayable && this.isPlaying;
    }
    this.changed();
  }

  /** Frames one by one, for films that no side can play. */
  run() {
    clearInterval(this.timer);
    this.timer = window.setInterval(() => {
      if (!this.isPlaying) return clearInterval(this.timer);
      if (this.isBusy) return;
      const next = this.seconds + STILL_MS / 1000;
      if (next < this.duration) void this.seek(next);
      else if (this.isLooping) void this.seek(0);
      else void this.pause();
    }, STILL_MS);
  }

  /** Stand still, on one and the same frame. */
  async pause() {
    const seconds = this.lead?.seconds ?? 0;
    this.isPlaying = false;
    for (const side of this.sides) if (side.isPlayable) side.video.pause();
    await this.seek(seconds);
  }

  toggle() {
    return this.isPlaying ? this.pause() : this.play();
  }

  /**
   * Go to a time; what is seen afterwards is exactly its frame, in both films.
   * @param {number} seconds from the first frame
   */
  async seek(seconds) {
    const kept = Math.min(Math.max(0, seconds), this.duration - 1e-3);
    this.at = kept;
    const number = (this.asked = (this.asked ?? 0) + 1);
    this.isBusy = true;
    await Promise.all(this.sides.map((side) => side.show(kept)));
    if (number === this.asked) this.isBusy = false;
    this.changed();
  }

  /** Step by frames of the first film. @param {number} by */
  async step(by) {
    if (this.isPlaying) await this.pause();
    await this.times.page(this.number + by);
    const n = this.times.kept(this.number + by);
    await this.seek(this.times.middle(n));
  }

  /** @param {boolean} isHeard */
  sound(isHeard) {
    for (const side of this.sides) side.video.muted = !isHeard || side !== this.lead;
  }

  close() {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const side of this.sides) side.close();
  }
}
