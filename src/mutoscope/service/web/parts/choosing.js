// @ts-check
/** Several things chosen at once: the bar at the foot that says how many, and what can be done with them. */
import { fill, h } from "../element.js";
import { texts } from "../texts.js";

/**
 * Make the bar.
 * @param {{clear: () => void, actions: (n: number) => any[]}} how
 */
export function choosingBar({ clear, actions }) {
  const bar = h("div", { class: "choosing", role: "region", "aria-label": texts.studio.chosen(0), hidden: true });
  return {
    bar,
    /** @param {number} n */
    show(n) {
      bar.hidden = n === 0;
      if (!n) return;
      bar.setAttribute("aria-label", texts.studio.chosen(n));
      fill(
        bar,
        h("p", { class: "numbers", role: "status" }, texts.studio.chosen(n)),
        h("button", { class: "button is-plain", type: "button", onclick: clear }, texts.studio.none),
        h("span", { class: "grow" }),
        actions(n),
      );
    },
  };
}
