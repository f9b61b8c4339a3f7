// @ts-check
/** Signs of a player, drawn like the other icons. */
import { icon } from "../element.js";

const PATHS = {
  backwards: "M17 5L5 12l12 7z",
  corner: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  loop: "M5 11a6 6 0 0 1 6-5h6M14 3l3 3-3 3M19 13a6 6 0 0 1-6 5H7M10 15l-3 3 3 3",
  minus: "M6 12h12",
  mute: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9.5l5 5M20.5 9.5l-5 5",
  plus: "M12 6v12M6 12h12",
  stepBack: "M17 6l-8 6 8 6zM6 6v12",
  stepOn: "M7 6l8 6-8 6zM18 6v12",
};

/**
 * @param {keyof typeof PATHS} name
 * @returns {SVGSVGElement}
 */
export function sign(name) {
  const drawn = icon("play");
  drawn.querySelector("path")?.setAttribute("d", PATHS[name]);
  return drawn;
}
