// @ts-check
/** How much room is used, and what it has cost so far. */
import { get } from "../api.js";
import { fill, h } from "../element.js";
import { money, size } from "../format.js";
import { me } from "../me.js";
import { progress } from "../parts/muto-progress.js";
import { texts } from "../texts.js";

const told = texts.library;

export function sumLine() {
  const element = h("div", { class: "library-sum small quiet numbers" });
  const refresh = async () => {
    try {
      const [known, spent] = await Promise.all([me(), get("/api/cost/spent")]);
      const { used, limit } = known.bytes;
      fill(
        element,
        limit && progress(used / limit, told.space),
        h("span", null, told.kept(size(used), limit ? size(limit) : null)),
        h("span", null, told.spent(money(spent.cost, spent.currency), spent.jobs)),
      );
    } catch {
      // It stands beside; the list below says what is wrong.
    }
  };
  return { element, refresh };
}
