// @ts-check
/**
 * A clockwork: each corner of the letters sits on a hand that goes round in twelve stuttered steps before it is home.
 * Below it a mark is set for each twelfth of the work; letter after letter is done, and the hands come to rest when all
 * is. Dragging and the arrow keys wind it.
 */

import { css, mix } from "./colour.js";
import { beside, thin, weightOf } from "./lettering.js";
import { play } from "./stage.js";

const STEPS = 12;
const STEP_S = 1;
const LINES = 5;
/** Lines follow one another by this, so that a bundle fans out at each step and closes again. */
const LAG_S = 0.05;
/** Earlier positions that stay visible, as on a plate that was exposed several times. */
const GHOSTS = 3;
/** Dragged so far, it makes one step. */
const WIND_PX = 48;
/** Length of a hand, in heights of a capital. */
const HAND = 0.14;

/** @typedef {{x: Float32Array, y: Float32Array, pivotX: Float32Array, pivotY: Float32Array, way: number,
 *   isClosed: boolean, isMiddle: boolean, order: number, lag: number}} Chain */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./stage.js").Options} options
 * @returns {import("./stage.js").Screen}
 */
export function start(canvas, options) {
  /** @type {Chain[]} */
  let chains = [];

  return play(canvas, options, {
    prepare(setting) {
      chains = [];
      setting.letters.forEach((letter, n) => {
        for (const stroke of letter.strokes) {
          const kept = corners(stroke, setting.scale * 1.5);
          for (let line = 0; line < LINES; line++) {
            const points = beside(kept, weightOf(setting) * 0.94 * (line / (LINES - 1) - 0.5));
            chains.push(hang(points, letter, n, stroke.isClosed, line, setting.letters.length));
          }
        }
      });
    },
    draw({ pen, width, height, drag, progress, time, setting, lab }) {
      pen.fillStyle = css(lab.ground);
      pen.fillRect(0, 0, width, height);
      // At the end the hands are drawn in: every corner comes home for good.
      const length = 1 - smooth((progress - 0.96) / 0.04);
      const wound = (drag.x - drag.y) / WIND_PX;
      const [open, done, hands, ghosts] = [new Path2D(), new Path2D(), new Path2D(), new Path2D()];
      for (const chain of chains) {
        const beats = (time - chain.lag) / STEP_S + wound;
        trace(chain, turn(beats), length, chain.order <= progress + 1e-6 ? done : open);
        if (!chain.isMiddle || !length) continue;
        point(chain, turn(beats), length, hands);
        for (let n = 1; n <= GHOSTS; n++) trace(chain, turn(beats - n * 2), length, ghosts);
      }
      pen.lineJoin = pen.lineCap = "round";
      pen.lineWidth = 1;
      pen.strokeStyle = css(mix(lab.ground, lab.dim, 0.75 * length));
      pen.stroke(ghosts);
      pen.strokeStyle = css(mix(lab.ground, lab.accent, 0.75 * length));
      pen.stroke(hands);
      pen.lineWidth = 1.2;
      pen.strokeStyle = css(mix(lab.dim, lab.ink, 0.14));
      pen.stroke(open);
      pen.lineWidth = 1.4;
      pen.strokeStyle = css(lab.ink);
      pen.stroke(done);
      marks(pen, setting, progress, lab);
    },
  });
}

/**
 * Count steps like the hand of a station clock: it jumps, and trembles for a moment.
 * @param {number} beats time in steps
 * @returns {number}
 */
export function stepped(beats) {
  const whole = Math.floor(beats);
  const since = beats - whole;
  return whole + 1 - Math.exp(-7 * since) * Math.cos(30 * since);
}

/** @param {number} beats @returns {number} angle of the hands */
function turn(beats) {
  return (2 * Math.PI * stepped(beats)) / STEPS;
}

/** @param {number} share */
function smooth(share) {
  const kept = Math.min(1, Math.max(0, share));
  return kept * kept * (3 - 2 * kept);
}

/**
 * Keep the corners of a stroke; of a curve as many as a polygon needs. A ring gets twelve.
 * @param {import("./letters.js").Stroke} stroke
 * @param {number} tolerance px
 * @returns {import("./letters.js").Stroke}
 */
function corners(stroke, tolerance) {
  const { points, isClosed } = stroke;
  if (!isClosed) return { ...stroke, points: thin(points, tolerance) };
  const count = points.length / 2;
  const kept = Array.from({ length: STEPS }, (_, n) => Math.round((n * count) / STEPS) % count);
  return { ...stroke, points: kept.flatMap((n) => [points[2 * n], points[2 * n + 1]]) };
}

/**
 * Give each corner a hand: a pivot towards the middle of its letter. Letters turn in opposite ways, as wheels that mesh.
 * @param {number[]} points
 * @param {import("./lettering.js").Placed} letter
 * @param {number} n number of the letter
 * @param {boolean} isClosed
 * @param {number} line
 * @param {number} count of letters
 * @returns {Chain}
 */
function hang(points, letter, n, isClosed, line, count) {
  const size = points.length / 2;
  const make = () => new Float32Array(size);
  const chain = {
    x: make(), y: make(), pivotX: make(), pivotY: make(), way: n % 2 ? -1 : 1,
    isClosed, isMiddle: line === (LINES - 1) / 2, order: (n + 1) / count, lag: line * LAG_S,
  };
  for (let at = 0; at < size; at++) {
    const [x, y] = [points[2 * at], points[2 * at + 1]];
    const [dx, dy] = [x - (letter.x + letter.width / 2), y - (letter.y + letter.height / 2)];
    const reach = (HAND * letter.height) / (Math.hypot(dx, dy) || 1);
    chain.x[at] = x;
    chain.y[at] = y;
    chain.pivotX[at] = x - dx * reach;
    chain.pivotY[at] = y - dy * reach;
  }
  return chain;
}

/**
 * Say where a corner is.
 * @param {Chain} chain
 * @param {number} n number of the corner
 * @param {number} angle
 * @param {number} length of the hands, 0..1
 * @returns {[number, number]}
 */
function corner({ x, y, pivotX, pivotY, way }, n, angle, length) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle) * way];
  const dx = x[n] - pivotX[n];
  const dy = y[n] - pivotY[n];
  const toX = pivotX[n] + dx * cos - dy * sin;
  const toY = pivotY[n] + dy * cos + dx * sin;
  return [x[n] + (toX - x[n]) * length, y[n] + (toY - y[n]) * length];
}

/** @param {Chain} chain @param {number} angle @param {number} length 0..1 @param {Path2D} path */
function trace(chain, angle, length, path) {
  for (let n = 0; n < chain.x.length; n++) {
    const [x, y] = corner(chain, n, angle, length);
    if (n) path.lineTo(x, y);
    else path.moveTo(x, y);
  }
  if (chain.isClosed) path.closePath();
}

/** Draw the hands themselves. @param {Chain} chain @param {number} angle @param {number} length 0..1 @param {Path2D} path */
function point(chain, angle, length, path) {
  for (let n = 0; n < chain.x.length; n++) {
    path.moveTo(chain.pivotX[n], chain.pivotY[n]);
    path.lineTo(...corner(chain, n, angle, length));
  }
}

/**
 * Twelve marks below the letters: one for each turn that is done.
 * @param {CanvasRenderingContext2D} pen
 * @param {import("./lettering.js").Setting} setting
 * @param {number} progress
 * @param {import("./stage.js").Frame["lab"]} lab
 */
function marks(pen, { left, top, width, height, scale }, progress, lab) {
  const y = top + height + Math.max(28, 34 * scale);
  for (let n = 0; n < STEPS; n++) {
    const share = Math.min(1, Math.max(0, progress * STEPS - n));
    pen.strokeStyle = css(mix(lab.dim, lab.accent, share));
    pen.lineWidth = 2;
    pen.beginPath();
    const x = left + (width * (n + 0.5)) / STEPS;
    pen.moveTo(x, y);
    pen.lineTo(x, y + 8 + 8 * share);
    pen.stroke();
  }
}
