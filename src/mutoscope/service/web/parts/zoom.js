// @ts-check
/** Enlarges what stands in a frame: by wheel, pinch, double click or keys; dragging moves it. */

const MOST = 16;
const STEP = 1.5;

export class Zoom {
  /**
   * @param {HTMLElement} frame
   * @param {() => [number, number]} size of one picture, px: several may stand in the frame, side by side
   * @param {() => void} changed
   */
  constructor(frame, size, changed) {
    this.frame = frame;
    this.size = size;
    this.changed = changed;
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    /** @type {Map<number, PointerEvent>} */
    this.fingers = new Map();
    frame.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    frame.addEventListener("dblclick", (event) => this.by(this.scale > 1 ? 0 : 2, ...this.place(event)));
    frame.addEventListener("pointerdown", (event) => this.fingers.set(event.pointerId, event));
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      frame.addEventListener(end, (event) => this.fingers.delete(/** @type {PointerEvent} */ (event).pointerId));
    }
    frame.addEventListener("pointermove", (event) => this.move(event));
  }

  /** As CSS. */
  get transform() {
    return this.scale === 1 ? "none" : `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
  }

  /** @param {MouseEvent} event @returns {[number, number]} within the picture that it is over, px */
  place(event) {
    const box = this.frame.getBoundingClientRect();
    const [width, height] = this.size();
    return [(event.clientX - box.left) % width, (event.clientY - box.top) % height];
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    // Without a key the wheel scrolls the page, as everywhere.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.by(Math.exp(-event.deltaY * 0.004), ...this.place(event));
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    const other = [...this.fingers.values()].find((one) => one.pointerId !== event.pointerId);
    this.fingers.set(event.pointerId, event);
    if (other) {
      const was = Math.hypot(before.clientX - other.clientX, before.clientY - other.clientY);
      const is = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
      this.by(is / Math.max(was, 1), ...this.place(event));
    } else if (this.scale > 1) {
      this.x += dx;
      this.y += dy;
      this.settle();
    }
  }

  larger() {
    this.by(STEP);
  }

  smaller() {
    this.by(1 / STEP);
  }

  /**
   * Enlarge around a point of the frame; 0 shows the whole again.
   * @param {number} factor
   * @param {number} [x] px; the middle without it
   * @param {number} [y]
   */
  by(factor, x = this.size()[0] / 2, y = this.size()[1] / 2) {
    const scale = factor ? Math.min(MOST, Math.max(1, this.scale * factor)) : 1;
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale < 1.02 ? 1 : scale;
    this.settle();
  }

  /** Never show what lies beside the picture. */
  settle() {
    const [width, height] = this.size();
    this.x = Math.min(0, Math.max(this.x, width * (1 - this.scale)));
    this.y = Math.min(0, Math.max(this.y, height * (1 - this.scale)));
    this.changed();
  }
}
