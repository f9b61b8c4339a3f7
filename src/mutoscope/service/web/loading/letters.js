// @ts-check
/**
 * Our own alphabet: a stencil of even strokes, drawn as centre lines on a grid where a capital is 100 high.
 * Strokes never touch where they meet; the gaps let light through and keep bundles of lines apart.
 */

/** @typedef {{points: number[], isClosed: boolean, isLevel: boolean}} Stroke
 *   points as x, y, x, y …; y grows downwards; `isLevel`: its ends are cut level, as those of slanting strokes */
/** @typedef {{width: number, strokes: Stroke[]}} Letter */

/** Thickness of a stroke. */
export const WEIGHT = 16;
/** Height of a capital. */
export const CAP = 100;

/** Longest piece of a curve; shorter than anyone sees at the size of a screen. */
const PIECE = 4;

/**
 * Read a stroke: pairs are corners; `o cx cy rx ry from to` is an arc in degrees, 0 to the right, 90 downwards;
 * a final `z` closes it; a first `h` cuts its ends level.
 * @param {string} text
 * @returns {Stroke}
 */
function stroke(text) {
  const words = text.split(" ");
  const isClosed = words[words.length - 1] === "z";
  if (isClosed) words.pop();
  const isLevel = words[0] === "h";
  if (isLevel) words.shift();
  /** @type {number[]} */
  const points = [];
  /** @param {number} x @param {number} y */
  const add = (x, y) => {
    // An arc may begin where a line ends; two points in one place have no direction.
    if (points.length && Math.hypot(x - points[points.length - 2], y - points[points.length - 1]) < 0.5) return;
    points.push(x, y);
  };
  for (let at = 0; at < words.length; ) {
    if (words[at] === "o") {
      const [cx, cy, rx, ry, from, to] = words.slice(at + 1, at + 7).map(Number);
      const turn = ((to - from) * Math.PI) / 180;
      const pieces = Math.max(2, Math.ceil((Math.abs(turn) * Math.max(rx, ry)) / PIECE));
      for (let n = 0; n < (isClosed ? pieces : pieces + 1); n++) {
        const angle = (from * Math.PI) / 180 + (turn * n) / pieces;
        add(cx + rx * Math.cos(angle), cy + ry * Math.sin(angle));
      }
      at += 7;
    } else {
      add(Number(words[at]), Number(words[at + 1]));
      at += 2;
    }
  }
  return { points, isClosed, isLevel };
}

/** Width, then the strokes. The drawings stay text so that they can be read side by side. */
const DRAWN = {
  A: "96|h 8 100 38.5 0|h 57.5 0 88 100|33 70 63 70",
  B: "76|8 0 8 100|20 8 44 8 o 44 27 21 19 -90 90 20 46|20 58 44 58 o 44 75 24 17 -90 90 20 92",
  C: "90|o 50 50 42 42 -48 -312",
  D: "92|8 0 8 100|20 8 42 8 o 42 50 42 42 -90 90 20 92",
  E: "70|8 0 8 100|20 8 68 8|20 50 60 50|20 92 68 92",
  F: "66|8 0 8 100|20 8 66 8|20 50 58 50",
  G: "96|o 50 50 42 42 -48 -336|56 54 82 54",
  H: "88|8 0 8 100|80 0 80 100|20 50 68 50",
  I: "16|8 0 8 100",
  J: "62|54 0 54 64 o 29 67 25 25 0 150",
  K: "86|8 0 8 100|h 76 0 33 48|h 33 52 78 100",
  L: "66|8 0 8 100|20 92 64 92",
  M: "112|8 0 8 100|104 0 104 100|h 29 0 56 66 83 0",
  N: "92|8 0 8 100|84 0 84 100|h 28 0 64 100",
  O: "100|o 50 50 42 42 -90 270 z",
  P: "78|8 0 8 100|20 8 46 8 o 46 31 24 23 -90 90 20 54",
  Q: "100|o 50 50 42 42 -90 270 z|66 84 84 104",
  R: "80|8 0 8 100|20 8 46 8 o 46 31 24 23 -90 90 20 54|h 45 66 68 100",
  S: "76|o 38 29 29 21 -32 -270 o 38 71 30 21 -90 148",
  T: "84|0 8 84 8|42 20 42 100",
  U: "88|8 0 8 56 o 44 56 36 36 180 0 80 0",
  V: "92|h 7 0 46 86 85 0",
  W: "128|h 7 0 36 88 64 20 92 88 121 0",
  X: "88|h 10 0 78 100|h 78 0 54 36|h 34 64 10 100",
  Y: "88|h 8 0 44 46 80 0|44 66 44 100",
  Z: "80|4 8 64 8 14 92 78 92",
  0: "84|o 42 50 34 42 -90 270 z",
  1: "42|34 0 34 100|4 8 22 8",
  2: "74|h o 36 35 28 27 185 398 10 80|4 92 72 92",
  3: "72|o 34 29 27 21 200 450|o 34 71 29 21 -82 160",
  4: "86|60 0 60 100|h 40 0 12 72 48 72|72 72 84 72",
  5: "74|66 8 16 8 13 46 o 36 67 30 25 -110 150",
  6: "80|o 62 66 54 58 -86 -180 o 40 66 32 26 180 -176",
  7: "74|h 2 8 62 8 26 100",
  8: "76|o 38 24 24 16 -90 270 z|o 38 74 30 18 -90 270 z",
  9: "80|o 18 34 54 58 94 0 o 40 34 32 26 0 -356",
  "-": "44|4 54 40 54",
  _: "60|0 100 60 100",
  ".": "18|1 92 17 92",
  ",": "18|12 86 5 106",
  "'": "18|9 0 9 20",
  "!": "16|8 0 8 70|8 84 8 100",
  "+": "60|30 26 30 45|30 63 30 82|4 54 56 54",
  "&": "60|30 26 30 45|30 63 30 82|4 54 56 54",
  " ": "44|",
};

/** @type {Map<string, Letter>} */
const letters = new Map();

/**
 * Give a letter, or undefined where the alphabet has none.
 * @param {string} sign
 * @returns {Letter | undefined}
 */
export function letterOf(sign) {
  const drawn = /** @type {Record<string, string>} */ (DRAWN)[sign];
  if (drawn === undefined) return undefined;
  let letter = letters.get(sign);
  if (!letter) {
    const [width, ...strokes] = drawn.split("|");
    letter = { width: Number(width), strokes: strokes.filter(Boolean).map(stroke) };
    letters.set(sign, letter);
  }
  return letter;
}

/**
 * Write a text with what the alphabet has: capitals, without accents, endings of files and what cannot be drawn.
 * @param {string | undefined} text
 * @returns {string} never empty
 */
export function spell(text) {
  const plain = (text ?? "")
    .replace(/\.[a-z0-9]{2,5}$/i, "")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toUpperCase();
  const kept = [...plain]
    .map((sign) => (sign === "_" ? " " : sign))
    .filter((sign) => sign in DRAWN)
    .join("")
    .replace(/ +/g, " ")
    .trim()
    .slice(0, 36)
    .trim();
  return kept.replace(/[^A-Z0-9]/g, "").length > 0 ? kept : "MUTOSCOPE";
}
