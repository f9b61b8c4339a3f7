// @ts-check
/** Letters that flee: points close to the cursor are displaced away from it, by a hyperbolic secant of their distance. */

import { css, mix } from "./colour.js";
import { bundle, weightOf } from "./lettering.js";
import { play } from "./stage.js";

const LINES = 7;
const STEP_PX = 2.5;
const TEAR_PX = 24;

/** A line with the share of the whole at which each of its points is done. */
/** @typedef {{points: Float32Array, done: Float32Array}} Line */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./stage.js").Options} options
 * @returns {import("./stage.js").Screen}
 */
export function start(canvas, options) {
  /** @type {Line[]} */
  let lines = [];
  let reach = 1;

  return play(canvas, options, {
    prepare(setting, width, height) {
      const count = setting.letters.length;
      // Small letters hold fewer lines before they run together.
      const num_lines = Math.max(3, Math.min(LINES, Math.round(weightOf(setting) / 2.6)));
      lines = setting.letters.flatMap((letter, n) =>
        letter.strokes.flatMap((stroke) =>
          bundle(stroke, num_lines, weightOf(setting) * 0.94, STEP_PX).map((points) => ({
            points,
            done: points
              .filter((_, at) => at % 2 === 0)
              .map((x) => (n + Math.min(0.999, Math.max(0, (x - letter.x) / letter.width))) / count),
          })),
        ),
      );
      reach = Math.min(Math.max(50, 0.13 * Math.min(width, height * 1.6)), 180);
    },
    draw({ pen, width, height, cursor, progress, time, lab }) {
      pen.fillStyle = css(lab.ground);
      pen.fillRect(0, 0, width, height);
      // The push stays below twice the reach: beyond it lines would cross each other.
      const push = 1.1 * reach * cursor.force * (1 + 0.06 * Math.sin(time * 1.7));
      const done = new Path2D();
      const open = new Path2D();
      for (const line of lines) trace(line, progress, cursor, push, reach, done, open);
      pen.lineJoin = pen.lineCap = "round";
      pen.lineWidth = 1.1;
      pen.strokeStyle = around(pen, cursor, reach, css(mix(lab.dim, lab.accent, 0.6)), css(mix(lab.dim, lab.ink, 0.14)));
      pen.stroke(open);
      pen.lineWidth = 1.4;
      pen.strokeStyle = around(pen, cursor, reach, css(lab.accent), css(mix(lab.ink, lab.accent, 0.04)));
      pen.stroke(done);
    },
  });
}

/**
 * Colour what is near the cursor otherwise than what is far.
 * @param {CanvasRenderingContext2D} pen
 * @param {{x: number, y: number}} cursor
 * @param {number} reach px
 * @param {string} near
 * @param {string} far
 */
function around(pen, { x, y }, reach, near, far) {
  const gradient = pen.createRadialGradient(x, y, reach * 0.9, x, y, reach * 3);
  gradient.addColorStop(0, near);
  gradient.addColorStop(1, far);
  return gradient;
}

/**
 * @param {Line} line
 * @param {number} progress
 * @param {{x: number, y: number}} cursor
 * @param {number} push px, at the cursor itself
 * @param {number} reach px
 * @param {Path2D} done
 * @param {Path2D} open
 */
function trace({ points, done: shares }, progress, cursor, push, reach, done, open) {
  let path = null;
  let lastX = 0;
  let lastY = 0;
  for (let n = 0; n < shares.length; n++) {
    const dx = points[2 * n] - cursor.x;
    const dy = points[2 * n + 1] - cursor.y;
    const distance = Math.sqrt(dx * dx + dy * dy) + 1e-6;
    const grown = Math.exp(Math.min(distance / reach, 20));
    const away = (push * 2) / (grown + 1 / grown) / distance;
    const x = points[2 * n] + dx * away;
    const y = points[2 * n + 1] + dy * away;
    const wanted = shares[n] < progress ? done : open;
    // A line that the cursor itself stands on tears: its halves flee to opposite sides.
    const isTorn = Math.abs(x - lastX) + Math.abs(y - lastY) > TEAR_PX;
    if (path && !isTorn) path.lineTo(x, y);
    if (path !== wanted || isTorn) {
      path = wanted;
      path.moveTo(x, y);
    }
    lastX = x;
    lastY = y;
  }
}
