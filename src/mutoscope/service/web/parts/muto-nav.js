// @ts-check
/** The bar: where one is, what is at work, light and dark. At the foot of small screens. */
import { fill, h, icon } from "../element.js";
import { working } from "../jobs.js";
import { setTheme, theme } from "../state.js";
import { texts } from "../texts.js";
import { menu } from "./muto-menu.js";

/** @type {["studio" | "make" | "shelf" | "library", string][]} */
const PLACES = [
  ["studio", "/studio"],
  ["make", "/make"],
  ["shelf", "/shelf"],
  ["library", "/library"],
];
const BELONGS = /** @type {Record<string, string>} */ ({
  train: "shelf",
  compare: "library",
  watch: "library",
  sort: "library",
  corrupt: "library",
});

class Nav extends HTMLElement {
  connectedCallback() {
    const links = PLACES.map(([name, href]) =>
      h("a", { href, class: "nav-link", data: { view: name } }, icon(name), h("span", null, texts.nav[name])),
    );
    const jobs = h("a", { class: "nav-jobs", href: "/watch" });
    this.append(
      h(
        "a",
        { href: "/", class: "nav-name", "aria-label": texts.name },
        h("img", { src: "/web/pictures/mark.svg", alt: "", width: 24, height: 24 }),
        h("span", null, texts.name),
      ),
      h("nav", { "aria-label": texts.nav.label }, links),
      jobs,
      menu(texts.nav.more, items),
    );
    this.setAttribute("role", "banner");
    const mark = () => {
      const view = document.body.dataset.view ?? "";
      for (const link of links) {
        const isHere = link.dataset.view === (BELONGS[view] ?? view);
        if (isHere) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
    };
    new MutationObserver(mark).observe(document.body, { attributeFilter: ["data-view"] });
    mark();
    working.watch((all) => {
      fill(
        jobs,
        all.length > 0 && [
          h("span", { class: "pulse" }),
          h("span", { class: "numbers" }, texts.nav.working(all.length)),
        ],
      );
      jobs.hidden = !all.length;
      jobs.setAttribute("href", all.length === 1 ? `/watch/${all[0].id}` : "/watch");
    });
  }
}

function items() {
  const now = theme();
  const after = /** @type {const} */ ({ auto: "dark", dark: "light", light: "auto" })[now];
  return [
    { label: texts.nav.theme[now], run: () => setTheme(after) },
    { label: texts.nav.guidelines, href: "/guidelines" },
    { label: texts.nav.explorer, href: "/explorer" },
    { label: texts.nav.problems, href: "/problems" },
  ];
}

customElements.define("muto-nav", Nav);

matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => theme() === "auto" && setTheme("auto"));
