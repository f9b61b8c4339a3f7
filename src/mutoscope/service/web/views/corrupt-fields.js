// @ts-check
/** Draws what agents see, are paid, have learned and do, over the frame that they see. */
import { css, mix, read } from "../loading/colour.js";

/** @typedef {{rows: number, columns: number, values: number[]}} Field  0..1, row by row */
/** @typedef {[number, number][]} Path  x and y in shares of the picture */

/** Colours of several manipulations, told apart also by those who see few colours. */
const HUES = ["#efa03a", "#6fb3d2", "#d98fc4", "#9fce78", "#e8e2d4", "#e0765a"];
const STEPS = /** @type {[number, number][]} */ ([[0, -1], [0, 1], [-1, 0], [1, 0]]);

/**
 * Fit a canvas to its box and the screen.
 * @param {HTMLCanvasElement} canvas
 * @returns {{pen: CanvasRenderingContext2D, width: number, height: number} | null}
 */
function fitted(canvas) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const pen = canvas.getContext("2d");
  if (!pen || !width) return null;
  const ratio = Math.min(devicePixelRatio || 1, 2);
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { pen, width, height };
}

/**
 * Fill cells, one colour each.
 * @param {HTMLCanvasElement} canvas
 * @param {Field} field
 * @param {(value: number) => string} paint
 */
function cells(canvas, { rows, columns, values }, paint) {
  const place = fitted(canvas);
  if (!place) return;
  const { pen, width, height } = place;
  const across = Array.from({ length: columns + 1 }, (_, n) => Math.round((n * width) / columns));
  const down = Array.from({ length: rows + 1 }, (_, n) => Math.round((n * height) / rows));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      pen.fillStyle = paint(values[row * columns + column]);
      pen.fillRect(across[column], down[row], across[column + 1] - across[column], down[row + 1] - down[row]);
    }
  }
}

/** Light where the network looks; the rest of the frame goes dark. @param {HTMLCanvasElement} canvas @param {Field} field */
export function drawAttention(canvas, field) {
  const [night, light] = [read("#050505"), read(HUES[0])];
  cells(canvas, field, (value) => css(mix(night, light, value), 0.9 - 0.7 * value));
}

/** @param {HTMLCanvasElement} canvas @param {Field} field */
export function drawRewards(canvas, field) {
  const [low, middle, high] = [read("#0d0f1c"), read("#a8472f"), read("#fbe7a8")];
  cells(canvas, field, (value) => css(value < 0.5 ? mix(low, middle, value * 2) : mix(middle, high, value * 2 - 1)));
}

/**
 * One arrow for each cell: where to go, and in which colour what is done there.
 * @param {HTMLCanvasElement} canvas
 * @param {Field} field  values: number of the action; four directions for each manipulation
 */
export function drawPolicy(canvas, { rows, columns, values }) {
  const place = fitted(canvas);
  if (!place) return;
  const { pen, width, height } = place;
  const [across, down] = [width / columns, height / rows];
  // Not more arrows than can be told apart.
  const stride = Math.max(1, Math.ceil(11 / Math.min(across, down)));
  const size = Math.min(across, down) * stride * 0.36;
  pen.fillStyle = "rgb(5 5 5 / 55%)";
  pen.fillRect(0, 0, width, height);
  pen.lineWidth = Math.max(1, size / 5);
  pen.lineCap = pen.lineJoin = "round";
  for (let row = stride >> 1; row < rows; row += stride) {
    for (let column = stride >> 1; column < columns; column += stride) {
      const action = values[row * columns + column];
      const [dx, dy] = STEPS[action % 4];
      const [x, y] = [(column + 0.5) * across, (row + 0.5) * down];
      pen.strokeStyle = hueOf(action >> 2);
      pen.beginPath();
      pen.moveTo(x - dx * size, y - dy * size);
      pen.lineTo(x + dx * size, y + dy * size);
      pen.moveTo(x + dx * size * 0.3 - dy * size * 0.6, y + dy * size * 0.3 + dx * size * 0.6);
      pen.lineTo(x + dx * size, y + dy * size);
      pen.lineTo(x + dx * size * 0.3 + dy * size * 0.6, y + dy * size * 0.3 - dx * size * 0.6);
      pen.stroke();
    }
  }
}

/** @param {number} manipulation */
export function hueOf(manipulation) {
  return HUES[manipulation % HUES.length];
}

/**
 * Agents on their way.
 * @param {HTMLCanvasElement} canvas
 * @param {Path[]} paths
 * @param {number} share how far they have gone, 0..1
 */
export function drawPaths(canvas, paths, share) {
  const place = fitted(canvas);
  if (!place) return;
  const { pen, width, height } = place;
  pen.fillStyle = "rgb(5 5 5 / 55%)";
  pen.fillRect(0, 0, width, height);
  pen.lineCap = pen.lineJoin = "round";
  paths.forEach((path, n) => {
    const gone = share * Math.max(1, path.length - 1);
    const whole = Math.min(path.length - 1, Math.floor(gone));
    const next = path[Math.min(path.length - 1, whole + 1)];
    const part = Math.min(1, gone - whole);
    const head = /** @type {[number, number]} */ ([0, 1].map((at) => path[whole][at] + (next[at] - path[whole][at]) * part));
    pen.strokeStyle = pen.fillStyle = hueOf(n);
    pen.lineWidth = 2;
    pen.beginPath();
    for (const [x, y] of [...path.slice(0, whole + 1), head]) pen.lineTo(x * width, y * height);
    pen.stroke();
    pen.beginPath();
    pen.arc(path[0][0] * width, path[0][1] * height, 3.5, 0, 2 * Math.PI);
    pen.fill();
    pen.fillRect(head[0] * width - 3, head[1] * height - 3, 6, 6);
  });
}
