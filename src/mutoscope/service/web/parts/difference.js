// @ts-check
/** The difference of two pictures, drawn by the blending of a canvas. */

/** @typedef {HTMLVideoElement | HTMLImageElement} Picture */

/** @param {Picture} picture @returns {[number, number]} px */
function sizeOf(picture) {
  return picture instanceof HTMLVideoElement
    ? [picture.videoWidth, picture.videoHeight]
    : [picture.naturalWidth, picture.naturalHeight];
}

/**
 * Draw |after - before|, strengthened.
 * @param {HTMLCanvasElement} canvas takes the size of `after`
 * @param {Picture} before
 * @param {Picture} after
 * @param {number} gain a power of two
 */
export function drawDifference(canvas, before, after, gain) {
  const [width, height] = sizeOf(after);
  const pen = canvas.getContext("2d");
  if (!pen || !width || !sizeOf(before)[0]) return;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  pen.globalCompositeOperation = "copy";
  pen.drawImage(before, 0, 0, width, height);
  pen.globalCompositeOperation = "difference";
  pen.drawImage(after, 0, 0, width, height);
  // Added to itself it doubles.
  pen.globalCompositeOperation = "lighter";
  for (let reached = 1; reached < gain; reached *= 2) pen.drawImage(canvas, 0, 0);
}
