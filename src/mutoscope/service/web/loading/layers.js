// @ts-check
/** A stack of layers of letters in space that swing and change colour; it is turned by dragging. */

import { css, mix } from "./colour.js";
import { outline, weightOf } from "./lettering.js";
import { play } from "./stage.js";

const LAYERS = 14;
/** The nearest layer is larger than the letters as they were set; this keeps it inside. */
const ROOM = 0.84;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./stage.js").Options} options
 * @returns {import("./stage.js").Screen}
 */
export function start(canvas, options) {
  /** @type {Float32Array[]} */
  let polygons = [];
  let middle = { x: 0, y: 0 };
  let depth = 1;
  let eye = 1;

  return play(canvas, options, {
    prepare(setting, width, height) {
      middle = { x: width / 2, y: height / 2 };
      const size = Math.max(setting.width, setting.height);
      depth = Math.min(setting.scale * 150, size * 0.42) * ROOM;
      eye = size * 2.4;
      const weight = weightOf(setting);
      polygons = setting.letters.flatMap(({ strokes }) =>
        strokes.flatMap((stroke) =>
          outline(stroke, weight).map((points) => Float32Array.from(points, (value, n) => (value - (n % 2 ? middle.y : middle.x)) * ROOM)),
        ),
      );
    },
    draw({ pen, width, height, drag, progress, time, lab }) {
      pen.fillStyle = css(lab.ground);
      pen.fillRect(0, 0, width, height);
      const yaw = -0.5 + 0.22 * Math.sin(time * 0.23) + drag.x * 0.006;
      const pitch = Math.max(-1.35, Math.min(1.35, 0.34 + 0.1 * Math.sin(time * 0.31 + 1) - drag.y * 0.006));
      const view = { sinY: Math.sin(yaw), cosY: Math.cos(yaw), sinP: Math.sin(pitch), cosP: Math.cos(pitch), eye };
      const lit = progress * LAYERS;
      const facesUs = view.cosY * view.cosP > 0;
      pen.lineJoin = "round";
      for (let n = 0; n < LAYERS; n++) {
        // The farthest first; which end that is depends on how the stack is turned.
        const layer = facesUs ? LAYERS - 1 - n : n;
        const place = layer / (LAYERS - 1);
        const swing = Math.sin(time * 1.1 - place * 5.2);
        const path = project(polygons, view, middle, {
          x: Math.cos(time * 0.7 - place * 3.4) * depth * 0.05,
          y: swing * depth * 0.16,
          z: (place - 0.5) * depth * 2,
        });
        const wave = 0.5 + 0.5 * Math.sin(time * 0.6 - place * 4.4);
        const colour = mix(mix(lab.accent, lab.second, wave), lab.ground, (facesUs ? place : 1 - place) * 0.55);
        const share = Math.min(1, Math.max(0, lit - (LAYERS - 1 - layer)));
        if (share > 0) {
          pen.fillStyle = css(colour, share);
          pen.fill(path, "nonzero");
        }
        pen.lineWidth = 1;
        pen.strokeStyle = share > 0 ? css(mix(colour, lab.ground, 0.55), share) : css(mix(lab.ground, lab.dim, 0.9));
        pen.stroke(path);
      }
    },
  });
}

/**
 * Look at polygons of one layer from where the eye is.
 * @param {Float32Array[]} polygons around the middle, px
 * @param {{sinY: number, cosY: number, sinP: number, cosP: number, eye: number}} view
 * @param {{x: number, y: number}} middle px
 * @param {{x: number, y: number, z: number}} shift of the layer, px
 */
function project(polygons, { sinY, cosY, sinP, cosP, eye }, middle, shift) {
  const path = new Path2D();
  for (const polygon of polygons) {
    for (let n = 0; n < polygon.length; n += 2) {
      const x = polygon[n] + shift.x;
      const y = polygon[n + 1] + shift.y;
      const far = shift.z * cosY - x * sinY;
      const side = x * cosY + shift.z * sinY;
      const up = y * cosP - far * sinP;
      const scale = eye / Math.max(eye * 0.2, eye + far * cosP + y * sinP);
      if (n) path.lineTo(middle.x + side * scale, middle.y + up * scale);
      else path.moveTo(middle.x + side * scale, middle.y + up * scale);
    }
    path.closePath();
  }
  return path;
}
