// @ts-check
/** Draws what agents see, are paid, have learned and do, over the frame that they see. */
import { css, mix, read } from "../loading/colour.js";

/** @typedef {{rows: number, columns: number, values: number[]}} Field  0..1, row by row */
/** @typedef {[number, number][]} Path  x and y in shares of the picture */

/** Colours of several manipulations, told apart also by those who see few colours. */
const HUES = ["#efa03a", "#6fb3d2", "#d98fc4", "#9fce78", "#e8e2d4", "#e0765a"];
const WAY = "#efeae2";
const STEPS = /** @type {[number, number][]} */ ([[0, -1], [0, 1], [-1, 0], [1, 0]]);

/** Fit a canvas to its box and the screen; done once for each size, for it throws away what is drawn. @param {HTMLCanvasElement} canvas */
export function fit(canvas) {
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {{pen: CanvasRenderingContext2D, width: number, height: number} | null} an empty canvas, in CSS px
 */
function fitted(canvas) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const pen = canvas.getContext("2d");
  if (!pen || !width || !canvas.width) return null;
  pen.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
  pen.clearRect(0, 0, width, height);
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

/**
 * The frame is seen where the network looks, and goes dark elsewhere. What it looks at most counts as all: maps of a
 * frame without anything to see are dull from end to end.
 * @param {HTMLCanvasElement} canvas
 * @param {Field} field
 */
export function drawAttention(canvas, { rows, columns, values }) {
  const place = fitted(canvas);
  if (!place) return;
  const { pen, width, height } = place;
  const most = Math.max(1e-6, ...values);
  const small = document.createElement("canvas");
  Object.assign(small, { width: columns, height: rows });
  const thin = small.getContext("2d");
  if (!thin) return;
  const veil = thin.createImageData(columns, rows);
  values.forEach((value, n) => veil.data.set([5, 5, 5, 255 * 0.94 * (1 - (value / most) ** 1.5)], 4 * n));
  thin.putImageData(veil, 0, 0);
  // The map is smooth, unlike the cells of the grid.
  pen.imageSmoothingQuality = "high";
  pen.drawImage(small, 0, 0, width, height);
}

/** @param {HTMLCanvasElement} canvas @param {Field} field */
export function drawRewards(canvas, field) {
  const [low, middle, high] = [read("#0d0f1c"), read("#a8472f"), read("#fbe7a8")];
  const paint = (/** @type {number} */ value) =>
    css(value < 0.5 ? mix(low, middle, value * 2) : mix(middle, high, value * 2 - 1), 0.78);
  cells(canvas, field, paint);
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
  const stride = Math.max(1, Math.ceil(14 / Math.min(across, down)));
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
 * Agents on their way. All in one colour: colours tell manipulations apart, and agents have many.
 * @param {HTMLCanvasElement} canvas
 * @param {Path[]} paths
 * @param {number} share how far they have gone, 0..1
 */
export function drawPaths(canvas, paths, share) {
  const place = fitted(canvas);
  if (!place) return;
  const { pen, width, height } = place;
  const size = Math.max(3, width / 130);
  pen.fillStyle = "rgb(5 5 5 / 50%)";
  pen.fillRect(0, 0, width, height);
  pen.lineCap = pen.lineJoin = "round";
  const [ways, starts, heads] = [new Path2D(), new Path2D(), new Path2D()];
  for (const path of paths) {
    const gone = share * Math.max(1, path.length - 1);
    const whole = Math.min(path.length - 1, Math.floor(gone));
    const next = path[Math.min(path.length - 1, whole + 1)];
    const part = Math.min(1, gone - whole);
    const [x, y] = [0, 1].map((at) => path[whole][at] + (next[at] - path[whole][at]) * part);
    ways.moveTo(path[0][0] * width, path[0][1] * height);
    for (const [toX, toY] of [...path.slice(1, whole + 1), [x, y]]) ways.lineTo(toX * width, toY * height);
    starts.moveTo(path[0][0] * width + size, path[0][1] * height);
    starts.arc(path[0][0] * width, path[0][1] * height, size, 0, 2 * Math.PI);
    heads.rect(x * width - size, y * height - size, 2 * size, 2 * size);
  }
  // A dark line below keeps the light one visible over bright parts of the frame.
  pen.strokeStyle = "rgb(5 5 5 / 70%)";
  pen.lineWidth = size + 2;
  pen.stroke(ways);
  pen.strokeStyle = pen.fillStyle = WAY;
  pen.lineWidth = Math.max(2, size * 0.6);
  pen.stroke(ways);
  pen.fill(starts);
  pen.strokeStyle = "rgb(5 5 5 / 80%)";
  pen.lineWidth = 1.5;
  pen.fillStyle = HUES[0];
  pen.fill(heads);
  pen.stroke(heads);
}
