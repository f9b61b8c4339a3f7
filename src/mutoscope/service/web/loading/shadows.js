// @ts-check
/** The cursor is a light: each side of the letters, scaled a thousandfold away from it, is filled as a shadow. */

import { css, mix } from "./colour.js";
import { outline, thin, weightOf } from "./lettering.js";
import { play } from "./stage.js";

const FAR = 1000;
/** A light has a size: seen from several of its points, edges of shadows grow soft with distance. */
const LAMPS = 3;
/** Corners that are farther than this from a straight line are kept, px: a shadow's edge shows no less. */
const TOLERANCE_PX = 0.35;

/** One stroke: its outline, and the share of the work at which its letter is done. */
/** @typedef {{polygons: number[][], order: number}} Body */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./stage.js").Options} options
 * @returns {import("./stage.js").Screen}
 */
export function start(canvas, options) {
  /** @type {Body[]} */
  let bodies = [];
  let lamp = 3;

  return play(canvas, options, {
    prepare(setting) {
      const weight = weightOf(setting);
      lamp = Math.max(2.5, weight * 0.16);
      bodies = setting.letters.flatMap(({ strokes }, n) =>
        strokes.map((stroke) => ({ polygons: outline(stroke, weight).map((points) => thin(points, TOLERANCE_PX)), order: (n + 1) / setting.letters.length })),
      );
    },
    draw({ pen, width, height, cursor, progress, time, lab }) {
      const room = roomOf(lab);
      // With the work the room grows brighter.
      const power = (room.dullest + (room.brightest - room.dullest) * progress) * (0.4 + 0.6 * cursor.force);
      const span = Math.hypot(width, height) * (0.5 + 0.28 * progress);
      pen.fillStyle = css(room.wall);
      pen.fillRect(0, 0, width, height);
      pen.fillStyle = pool(pen, cursor, span, room.light, power);
      pen.fillRect(0, 0, width, height);
      for (let n = 0; n < LAMPS; n++) {
        const angle = (n / LAMPS) * 2 * Math.PI + time * 0.2;
        const at = { x: cursor.x + lamp * Math.cos(angle), y: cursor.y + lamp * Math.sin(angle) };
        // Each lamp takes its share of what is left, so that all together leave nothing.
        pen.fillStyle = css(room.shadow, n === LAMPS - 1 ? room.depth : 1 / (LAMPS - n));
        pen.fill(shadow(bodies, at));
      }
      letters(pen, bodies, { cursor, span, progress, room });
      pen.fillStyle = css(mix(room.light, room.bulb, 0.6));
      pen.beginPath();
      pen.arc(cursor.x, cursor.y, lamp * 0.9, 0, 2 * Math.PI);
      pen.fill();
    },
  });
}

/**
 * Choose what the room is like: at night the light is what there is; by day shadows are what there is.
 * @param {import("./stage.js").Frame["lab"]} lab
 */
function roomOf(lab) {
  /** @type {import("./colour.js").Lab} */
  const white = [1, 0, 0];
  return lab.ground[0] < 0.5
    ? { wall: lab.ground, light: mix(lab.accent, lab.ink, 0.45), shadow: mix(lab.ground, lab.night, 0.9), depth: 0.86,
        near: mix(lab.accent, lab.ink, 0.78), far: mix(lab.dim, lab.ink, 0.12), open: mix(lab.ground, lab.dim, 0.62),
        bulb: white, dullest: 0.4, brightest: 0.85 }
    : { wall: mix(lab.ground, lab.dim, 0.35), light: mix(white, lab.accent, 0.05), shadow: mix(lab.dim, lab.ink, 0.16), depth: 0.8,
        near: mix(lab.ink, lab.accent, 0.5), far: lab.ink, open: mix(lab.ground, lab.dim, 0.7),
        bulb: lab.accent, dullest: 0.7, brightest: 1 };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {{x: number, y: number}} at
 * @param {number} span px
 * @param {import("./colour.js").Lab} light
 * @param {number} power 0..1
 */
function pool(pen, at, span, light, power) {
  const gradient = pen.createRadialGradient(at.x, at.y, 0, at.x, at.y, span);
  // Light falls off with the square of the distance; steps of a gradient follow it closely enough.
  for (let n = 0; n <= 8; n++) {
    const share = n / 8;
    const fall = (1 / (1 + 9 * share * share) - 0.1) / 0.9;
    gradient.addColorStop(share, css(light, Math.max(0, power * fall)));
  }
  return gradient;
}

/**
 * Join the shadows of all sides that are turned away from the light. All go round the same way: none cancels another.
 * @param {Body[]} bodies
 * @param {{x: number, y: number}} at of the light, px
 */
function shadow(bodies, at) {
  const path = new Path2D();
  for (const { polygons } of bodies) {
    // A light over a stroke is held above it: inside, it would be dark everywhere.
    if (polygons.filter((points) => isInside(points, at)).length % 2) continue;
    for (const points of polygons) cast(path, points, at);
  }
  return path;
}

/** @param {Path2D} path @param {number[]} points @param {{x: number, y: number}} at */
function cast(path, points, at) {
  let x = points[points.length - 2];
  let y = points[points.length - 1];
  for (let n = 0; n < points.length; n += 2) {
    const toX = points[n];
    const toY = points[n + 1];
    // A side that faces the light shades its own letter, which is drawn over it, and what the others shade as well.
    if ((x - at.x) * (toY - at.y) - (y - at.y) * (toX - at.x) > 0) {
      path.moveTo(x, y);
      path.lineTo(at.x + (x - at.x) * FAR, at.y + (y - at.y) * FAR);
      path.lineTo(at.x + (toX - at.x) * FAR, at.y + (toY - at.y) * FAR);
      path.lineTo(toX, toY);
      path.closePath();
    }
    x = toX;
    y = toY;
  }
}

/** @param {number[]} points @param {{x: number, y: number}} at */
function isInside(points, { x, y }) {
  let inside = false;
  for (let n = 0, m = points.length - 2; n < points.length; m = n, n += 2) {
    const crosses = points[n + 1] > y !== points[m + 1] > y;
    if (crosses && x < points[n] + ((y - points[n + 1]) * (points[m] - points[n])) / (points[m + 1] - points[n + 1])) {
      inside = !inside;
    }
  }
  return inside;
}

/**
 * Draw the letters themselves: those that are done catch the light.
 * @param {CanvasRenderingContext2D} pen
 * @param {Body[]} bodies
 * @param {{cursor: {x: number, y: number}, span: number, progress: number, room: ReturnType<typeof roomOf>}} seen
 */
function letters(pen, bodies, { cursor, span, progress, room }) {
  const done = new Path2D();
  const open = new Path2D();
  for (const { polygons, order } of bodies) {
    const path = order <= progress + 1e-6 ? done : open;
    for (const points of polygons) {
      path.moveTo(points[0], points[1]);
      for (let n = 2; n < points.length; n += 2) path.lineTo(points[n], points[n + 1]);
      path.closePath();
    }
  }
  const shine = pen.createRadialGradient(cursor.x, cursor.y, 0, cursor.x, cursor.y, span * 0.8);
  shine.addColorStop(0, css(room.near));
  shine.addColorStop(0.4, css(mix(room.near, room.far, 0.6)));
  shine.addColorStop(1, css(room.far));
  pen.fillStyle = shine;
  pen.fill(done);
  pen.fillStyle = css(room.open);
  pen.fill(open);
}
