// @ts-check
/** What the four screens share: size, time, cursor, keys, progress, and when to rest. */

import { spell } from "./letters.js";
import { set } from "./lettering.js";
import { palette } from "./colour.js";

/** @typedef {import("./colour.js").Colours} Colours */
/** @typedef {import("./colour.js").Palette} Palette */
/** @typedef {import("./lettering.js").Setting} Setting */
/** @typedef {{progress: () => number, text?: string, reducedMotion: boolean, colours: Colours}} Options
 *   `progress` gives the share done, 0..1 */
/** @typedef {{stop: () => void, resize: () => void, times: () => number[]}} Screen
 *   `times`: milliseconds of script of the last frames */
/**
 * @typedef {object} Frame
 * @property {CanvasRenderingContext2D} pen  in CSS px
 * @property {number} width   px
 * @property {number} height  px
 * @property {number} time    seconds since the start; stands still with reduced motion
 * @property {number} progress  eased, 0..1
 * @property {{x: number, y: number, force: number}} cursor  px, and how much it is there, 0..1
 * @property {{x: number, y: number}} drag  px that were dragged in all
 * @property {Setting} setting
 * @property {Palette} lab
 */
/** @typedef {{prepare: (setting: Setting, width: number, height: number) => void, draw: (frame: Frame) => void}} Scene */

const KEYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});
const KEY_STEP_PX = 32;
const IDLE_S = 8;
const KEPT_TIMES = 600;

/**
 * Play a scene on a canvas until it is stopped.
 * @param {HTMLCanvasElement} canvas its size is that of its box
 * @param {Options} options
 * @param {Scene} scene
 * @returns {Screen}
 */
export function play(canvas, options, scene) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  const still = options.reducedMotion;
  const text = spell(options.text);
  const lab = palette(options.colours);
  /** @type {Frame} */
  const frame = {
    pen, lab, width: 0, height: 0, time: 0, progress: Number.NaN,
    cursor: { x: 0, y: 0, force: still ? 1 : 0 }, drag: { x: 0, y: 0 },
    setting: set(text, 1, 1),
  };
  // Where the cursor and the drag are going, in shares of the size, so that a resize moves them along.
  const aim = { x: 0.32, y: 0.3, dragX: 0, dragY: 0, speedX: 0, speedY: 0, since: -IDLE_S, isHeld: false };
  /** @type {number[]} */
  const times = [];
  let ratio = 0;
  let request = 0;
  let timer = 0;
  let last = 0;

  /** @param {number} now ms */
  function step(now) {
    request = 0;
    const began = performance.now();
    // After a pause time goes on where it stopped.
    const dt = Math.min((now - last) / 1000, 0.05);
    last = now;
    if (!still) frame.time += dt;
    follow(dt);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    scene.draw(frame);
    times.push(performance.now() - began);
    if (times.length > KEPT_TIMES) times.shift();
    if (still) timer = timer || window.setTimeout(look, 250);
    else wake();
  }

  /** With reduced motion there is a new picture only where there is something new to see. */
  function look() {
    timer = 0;
    if (Math.abs(share(options.progress()) - frame.progress) > 0.002) wake();
    else timer = window.setTimeout(look, 250);
  }

  /** @param {number} dt s */
  function follow(dt) {
    const { cursor, drag } = frame;
    const wanted = share(options.progress());
    frame.progress = still || Number.isNaN(frame.progress) ? wanted : frame.progress + (wanted - frame.progress) * ease(2.5, dt);
    const isIdle = frame.time - aim.since > IDLE_S;
    let [x, y] = [aim.x * frame.width, aim.y * frame.height];
    if (isIdle && !still) {
      const { left, top, width, height } = frame.setting;
      x = left + width * (0.5 + 0.56 * Math.sin(frame.time * 0.31 - 0.9));
      y = top + height * (0.5 + 0.62 * Math.sin(frame.time * 0.47 + 0.6));
    }
    const quick = still ? 1 : ease(isIdle ? 1.6 : 9, dt);
    cursor.x += (x - cursor.x) * quick;
    cursor.y += (y - cursor.y) * quick;
    cursor.force += (1 - cursor.force) * ease(1.5, dt);
    if (!aim.isHeld && !still) {
      aim.dragX += aim.speedX * dt;
      aim.dragY += aim.speedY * dt;
      aim.speedX *= 1 - ease(2.2, dt);
      aim.speedY *= 1 - ease(2.2, dt);
    }
    drag.x += (aim.dragX - drag.x) * (still ? 1 : ease(14, dt));
    drag.y += (aim.dragY - drag.y) * (still ? 1 : ease(14, dt));
  }

  function wake() {
    if (!request && !document.hidden) request = requestAnimationFrame(step);
  }

  function resize() {
    const box = canvas.getBoundingClientRect();
    const [width, height] = [Math.max(1, box.width), Math.max(1, box.height)];
    // Beyond two device pixels nobody sees a difference, and the picture costs four times as much.
    const wanted = Math.min(window.devicePixelRatio || 1, 2);
    if (width === frame.width && height === frame.height && wanted === ratio) return;
    if (frame.width) {
      frame.cursor.x *= width / frame.width;
      frame.cursor.y *= height / frame.height;
    } else {
      Object.assign(frame.cursor, { x: aim.x * width, y: aim.y * height });
    }
    Object.assign(frame, { width, height });
    ratio = wanted;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    frame.setting = set(text, width, height);
    scene.prepare(frame.setting, width, height);
    // Drawn at once: a canvas is empty after its size was set, and would flash.
    cancelAnimationFrame(request);
    step(performance.now());
  }

  /** @param {number} dx px @param {number} dy px */
  function pull(dx, dy) {
    aim.dragX += dx;
    aim.dragY += dy;
  }

  /** @param {PointerEvent} event */
  function point(event) {
    const box = canvas.getBoundingClientRect();
    aim.x = (event.clientX - box.left) / box.width;
    aim.y = (event.clientY - box.top) / box.height;
    aim.since = frame.time;
    if (event.type === "pointerdown") {
      aim.isHeld = true;
      aim.speedX = aim.speedY = 0;
      // A pointer that a script made up cannot be captured.
      if (event.isTrusted) canvas.setPointerCapture(event.pointerId);
    } else if (aim.isHeld) {
      pull(event.movementX, event.movementY);
      aim.speedX = aim.speedX * 0.6 + event.movementX * 60 * 0.4;
      aim.speedY = aim.speedY * 0.6 + event.movementY * 60 * 0.4;
    }
    if (event.type === "pointerup" || event.type === "pointercancel") aim.isHeld = false;
    wake();
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const way = KEYS[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const step_px = event.shiftKey ? 4 * KEY_STEP_PX : KEY_STEP_PX;
    if (frame.time - aim.since > IDLE_S) {
      aim.x = frame.cursor.x / frame.width;
      aim.y = frame.cursor.y / frame.height;
    }
    aim.x = Math.min(1, Math.max(0, aim.x + (way[0] * step_px) / frame.width));
    aim.y = Math.min(1, Math.max(0, aim.y + (way[1] * step_px) / frame.height));
    aim.since = frame.time;
    pull(way[0] * step_px, way[1] * step_px);
    wake();
  }

  const observer = new ResizeObserver(resize);
  const heard = new AbortController();
  const { signal } = heard;
  for (const type of ["pointermove", "pointerdown", "pointerup", "pointercancel"]) {
    canvas.addEventListener(type, (event) => point(/** @type {PointerEvent} */ (event)), { signal });
  }
  canvas.addEventListener("keydown", press, { signal });
  document.addEventListener("visibilitychange", () => { last = performance.now(); wake(); }, { signal });
  last = performance.now();
  resize();
  observer.observe(canvas);

  return {
    resize,
    times: () => [...times],
    stop() {
      heard.abort();
      observer.disconnect();
      cancelAnimationFrame(request);
      clearTimeout(timer);
      request = -1;
    },
  };
}

/** Share of a gap that is closed in a time. @param {number} rate per second @param {number} dt s */
function ease(rate, dt) {
  return 1 - Math.exp(-rate * dt);
}

/** @param {number} value @returns {number} 0..1 */
function share(value) {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}
