// @ts-check
/** The rules of use, and that one keeps to them. */
import { get, post } from "../api.js";
import { fill, h, icon } from "../element.js";
import { me } from "../me.js";
import { notice, tell } from "../parts/notices.js";
import { texts } from "../texts.js";

const told = texts.guidelines;

/** @param {HTMLElement} root */
export async function render(root) {
  const [rules, known] = await Promise.all([get("/api/guidelines"), me()]);
  const place = h("div", { class: "row guidelines-accept" });
  const done = () => fill(place, h("p", { class: "state is-good" }, icon("check"), told.accepted));
  const agree = async () => {
    try {
      await post("/api/guidelines/accept", { version: rules.version });
      done();
    } catch (error) {
      if (/** @type {any} */ (error).kind === "conflict") {
        notice(told.changed);
        await render(root);
      } else tell(error);
    }
  };
  if (known.guidelines_accepted) done();
  else fill(place, h("button", { class: "button is-main", type: "button", onclick: agree }, told.accept));
  fill(
    root,
    h(
      "article",
      { class: "guidelines" },
      h("h1", null, rules.title),
      h("p", { class: "guidelines-lead" }, rules.preface),
      rules.sections.map((/** @type {any} */ one) =>
        h(
          "section",
          null,
          h("h2", null, one.title),
          h(
            "ul",
            null,
            one.rules.map((/** @type {string} */ rule) => h("li", null, rule)),
          ),
        ),
      ),
      place,
      h("p", { class: "quiet small" }, told.from(rules.valid_from, rules.version)),
    ),
  );
}
