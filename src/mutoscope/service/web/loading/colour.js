// @ts-check
/** Colours that are mixed as the eye sees them: in OKLab, so that a way between two colours does not turn grey. */

/** @typedef {[number, number, number]} Lab */
/** @typedef {{ground: string, ink: string, dim: string, accent: string}} Colours  any CSS colours */
/** @typedef {{ground: Lab, ink: Lab, dim: Lab, accent: Lab, second: Lab, night: Lab}} Palette
 *   `second` is where layers wander to from the accent, `night` the deepest shadow */

/** @type {CanvasRenderingContext2D | null} */
let pixel = null;

/**
 * Read any CSS colour by painting one pixel of it: the browser knows them all.
 * @param {string} text
 * @returns {Lab}
 */
export function read(text) {
  if (!pixel) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    pixel = canvas.getContext("2d", { willReadFrequently: true });
  }
  if (!pixel) return [0.9, 0, 0];
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = text;
  pixel.fillRect(0, 0, 1, 1);
  const [r, g, b] = [...pixel.getImageData(0, 0, 1, 1).data].map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/**
 * Mix two colours.
 * @param {Lab} from
 * @param {Lab} to
 * @param {number} share 0: `from`, 1: `to`
 * @returns {Lab}
 */
export function mix(from, to, share) {
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share, from[2] + (to[2] - from[2]) * share];
}

/**
 * Write a colour for a canvas.
 * @param {Lab} lab
 * @param {number} [opacity] 0..1
 */
export function css([L, a, b], opacity = 1) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const bytes = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((value) => {
    const kept = Math.min(1, Math.max(0, value));
    return Math.round(255 * (kept <= 0.0031308 ? 12.92 * kept : 1.055 * kept ** (1 / 2.4) - 0.055));
  });
  return `rgba(${bytes.join(",")},${opacity})`;
}

/**
 * Read the colours of the page, and find two more that go with them.
 * @param {Colours} colours
 * @returns {Palette}
 */
export function palette(colours) {
  const [ground, ink, dim, accent] = [colours.ground, colours.ink, colours.dim, colours.accent].map(read);
  return {
    ground, ink, dim, accent,
    second: [accent[0] * 0.88, -0.55 * accent[1] - 0.02, -0.38 * accent[2]],
    night: [ground[0] * 0.4, 0, 0],
  };
}
