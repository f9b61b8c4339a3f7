// @ts-check
/** Sets a text into rows, and makes from its centre lines what the screens draw: outlines and bundles of lines. */

import { CAP, WEIGHT, letterOf } from "./letters.js";

/** @typedef {import("./letters.js").Stroke} Stroke */
/** @typedef {{strokes: Stroke[], x: number, y: number, width: number, height: number, order: number}} Placed
 *   a letter in px; `order` is its share of the way through the text, 0..1 */
/** @typedef {{letters: Placed[], scale: number, left: number, top: number, width: number, height: number}} Setting */

const SPACING = 14;
const LEADING = 30;

/** @param {string} text */
function widthOf(text) {
  let width = -SPACING;
  for (const sign of text) width += (letterOf(sign)?.width ?? 0) + SPACING;
  return Math.max(width, 1);
}

/**
 * Divide a text into rows of about the same width: between words where it has them, else within the word.
 * @param {string} text
 * @param {number} rows
 * @returns {string[]}
 */
function divide(text, rows) {
  const words = text.split(" ");
  const pieces = words.length >= rows ? words : [...text.replaceAll(" ", "")];
  const glue = words.length >= rows ? " " : "";
  const target = widthOf(text) / rows;
  /** @type {string[]} */
  const found = [];
  let row = "";
  pieces.forEach((piece, n) => {
    const longer = row ? row + glue + piece : piece;
    const isEnough = row && widthOf(longer) - widthOf(piece) / 2 > target && found.length < rows - 1;
    const areNeeded = row && pieces.length - n <= rows - found.length - 1;
    if (isEnough || areNeeded) {
      found.push(row);
      row = piece;
    } else {
      row = longer;
    }
  });
  found.push(row);
  return found;
}

/**
 * Set a text as large as it goes, in the number of rows that suits the place.
 * @param {string} text of `spell`
 * @param {number} width of the place, px
 * @param {number} height of the place, px
 * @returns {Setting}
 */
export function set(text, width, height) {
  const room = { x: width * 0.84, y: height * 0.62 };
  let rows = [text];
  let scale = 0;
  for (let count = 1; count <= Math.min(5, text.length); count++) {
    const tried = divide(text, count);
    const widest = Math.max(...tried.map(widthOf));
    const fits = Math.min(room.x / widest, room.y / (count * CAP + (count - 1) * LEADING));
    // A word is broken only for a clear gain: whole it reads better; once broken it may break again.
    if (fits > scale * (text.includes(" ") ? 1.15 : rows.length === 1 ? 1.6 : 1.2)) {
      scale = fits;
      rows = tried;
    }
  }
  const widest = Math.max(...rows.map(widthOf)) * scale;
  const tall = (rows.length * CAP + (rows.length - 1) * LEADING) * scale;
  const top = (height - tall) / 2;
  const left = (width - widest) / 2;
  const letters = rows.flatMap((row, n) => place(row, (width - widthOf(row) * scale) / 2, top + n * (CAP + LEADING) * scale, scale));
  letters.forEach((letter, n) => (letter.order = letters.length > 1 ? n / (letters.length - 1) : 0));
  return { letters, scale, left, top, width: widest, height: tall };
}

/**
 * @param {string} row
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 * @returns {Placed[]}
 */
function place(row, x, y, scale) {
  const placed = [];
  for (const sign of row) {
    const letter = letterOf(sign);
    if (!letter) continue;
    const strokes = letter.strokes.map((stroke) => ({
      ...stroke,
      points: stroke.points.map((value, n) => (n % 2 ? y : x) + value * scale),
    }));
    if (strokes.length) placed.push({ strokes, x, y, width: letter.width * scale, height: CAP * scale, order: 0 });
    x += (letter.width + SPACING) * scale;
  }
  return placed;
}

/**
 * Move a line sideways: positive to its right hand. Corners are mitred, with a limit.
 * @param {Stroke} stroke
 * @param {number} distance
 * @returns {number[]}
 */
export function beside({ points, isClosed, isLevel }, distance) {
  const count = points.length / 2;
  const moved = new Array(points.length);
  for (let n = 0; n < count; n++) {
    const before = isClosed ? (n + count - 1) % count : Math.max(0, n - 1);
    const after = isClosed ? (n + 1) % count : Math.min(count - 1, n + 1);
    const [ax, ay] = normal(points, before, n === before ? after : n);
    const [bx, by] = normal(points, n === after ? before : n, after);
    const [mx, my] = [ax + bx, ay + by];
    const square = mx * mx + my * my;
    if (isLevel && before !== n - 1 !== (after !== n + 1) && Math.abs(ax) > 0.3) {
      moved[2 * n] = points[2 * n] + distance / ax;
      moved[2 * n + 1] = points[2 * n + 1];
      continue;
    }
    const reach = distance * Math.min(2 / Math.max(square, 1e-9), 2.2);
    moved[2 * n] = points[2 * n] + mx * reach;
    moved[2 * n + 1] = points[2 * n + 1] + my * reach;
  }
  return moved;
}

/**
 * @param {number[]} points
 * @param {number} from
 * @param {number} to
 * @returns {[number, number]} unit vector to the right hand of the way
 */
function normal(points, from, to) {
  const dx = points[2 * to] - points[2 * from];
  const dy = points[2 * to + 1] - points[2 * from + 1];
  const length = Math.hypot(dx, dy) || 1;
  return [-dy / length, dx / length];
}

/**
 * Give the closed outlines of a stroke: one, or two of a ring.
 * @param {Stroke} stroke
 * @param {number} weight thickness, px
 * @returns {number[][]} closed polygons
 */
export function outline(stroke, weight) {
  const right = beside(stroke, weight / 2);
  const left = beside(stroke, -weight / 2);
  const back = [];
  for (let n = left.length - 2; n >= 0; n -= 2) back.push(left[n], left[n + 1]);
  return stroke.isClosed ? [right, back] : [right.concat(back)];
}

/**
 * Give lines that run side by side within a stroke, in small steps.
 * @param {Stroke} stroke
 * @param {number} count of lines
 * @param {number} weight thickness of the whole, px
 * @param {number} step longest piece, px
 * @returns {Float32Array[]} x, y, x, y …; closed ones end where they begin
 */
export function bundle(stroke, count, weight, step) {
  const lines = [];
  for (let n = 0; n < count; n++) {
    lines.push(divideLine(beside(stroke, count === 1 ? 0 : weight * (n / (count - 1) - 0.5)), stroke.isClosed, step));
  }
  return lines;
}

/**
 * @param {number[]} points
 * @param {boolean} isClosed
 * @param {number} step
 * @returns {Float32Array}
 */
function divideLine(points, isClosed, step) {
  const found = [points[0], points[1]];
  const ends = isClosed ? points.concat(points.slice(0, 2)) : points;
  for (let n = 2; n < ends.length; n += 2) {
    const [x, y] = [ends[n - 2], ends[n - 1]];
    const pieces = Math.max(1, Math.ceil(Math.hypot(ends[n] - x, ends[n + 1] - y) / step));
    for (let piece = 1; piece <= pieces; piece++) {
      found.push(x + ((ends[n] - x) * piece) / pieces, y + ((ends[n + 1] - y) * piece) / pieces);
    }
  }
  return Float32Array.from(found);
}

/**
 * Leave out what hardly bends a line (Ramer, Douglas and Peucker).
 * @param {number[]} points x, y, x, y …
 * @param {number} tolerance largest distance from the line that may be lost, px
 * @returns {number[]}
 */
export function thin(points, tolerance) {
  const kept = points.slice(0, 2);
  thinBetween(points, 0, points.length / 2 - 1, tolerance, kept);
  return kept;
}

/** @param {number[]} points @param {number} from @param {number} to @param {number} tolerance @param {number[]} kept */
function thinBetween(points, from, to, tolerance, kept) {
  const [x, y] = [points[2 * from], points[2 * from + 1]];
  const [dx, dy] = [points[2 * to] - x, points[2 * to + 1] - y];
  const length = Math.hypot(dx, dy);
  let farthest = tolerance;
  let at = -1;
  for (let n = from + 1; n < to; n++) {
    const [px, py] = [points[2 * n] - x, points[2 * n + 1] - y];
    // Ends in one place make no line; what counts is then the distance from them.
    const off = length > tolerance ? Math.abs(px * dy - py * dx) / length : Math.hypot(px, py);
    if (off > farthest) [farthest, at] = [off, n];
  }
  if (at < 0) {
    kept.push(points[2 * to], points[2 * to + 1]);
    return;
  }
  thinBetween(points, from, at, tolerance, kept);
  thinBetween(points, at, to, tolerance, kept);
}

/** Thickness of the strokes of a setting, px. @param {Setting} setting */
export const weightOf = (setting) => WEIGHT * setting.scale;
