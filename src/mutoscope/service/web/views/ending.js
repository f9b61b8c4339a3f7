// @ts-check
/** What became of a job: its film or picture, what to do with it; or why there is none, and what to do then. */
import { go } from "../app.js";
import { get } from "../api.js";
import { fill, h, icon } from "../element.js";
import { money, size, span } from "../format.js";
import { resultOf, retry } from "../jobs.js";
import { fileOf, inlineOf } from "../media.js";
import { sentence, tell } from "../parts/notices.js";
import { texts } from "../texts.js";
import { doing, nameOf } from "./telling.js";

const told = texts.watch;
const COMPARED = ["filter", "stylize", "corrupt", "datamosh", "autoencode", "keyframes", "recipe", "replay"];

/**
 * Show how a job has ended.
 * @param {HTMLElement} root
 * @param {any} job
 * @param {string} names of its films
 */
export function ending(root, job, names) {
  const isGood = job.state === "done" || job.state === "partial";
  const stage = h("div", { class: "stage" });
  const title = told.of(isGood ? nameOf(job) + ":" : doing(job), names);
  const files = h("details", { class: "watch-files", hidden: true });
  fill(
    root,
    h(
      "div",
      { class: "watch" },
      stage,
      h(
        "div",
        { class: "watch-foot" },
        h(
          "div",
          { class: "watch-told" },
          h("div", null, h("h1", null, title), h("p", { class: "quiet" }, aboutTime(job))),
          h("div", { class: "row" }, isGood ? goodActions(job) : badActions(job)),
        ),
      ),
      (job.notices ?? []).length > 0 &&
        h(
          "ul",
          { class: "watch-notices small quiet" },
          job.notices.map((/** @type {string} */ one) => h("li", null, sentence(one))),
        ),
      files,
    ),
  );
  if (!isGood) return failure(stage, job);
  void show(stage, job);
  void list(files, job);
}

/** @param {any} job */
function aboutTime(job) {
  const parts = [texts.states[job.state] + "."];
  if (job.started_at && job.finished_at)
    parts.push(told.took(span((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000)));
  if (job.cost) parts.push(told.cost(money(job.cost)));
  return parts.join(" ");
}

/** @param {any} job */
function goodActions(job) {
  const id = resultOf(job);
  const name = job.request.parameters?.name;
  const model = job.results?.find((/** @type {any} */ one) => one.role === "model" || one.role === "result");
  const first =
    job.kind === "sort"
      ? h("a", { class: "button is-main", href: `/sort/${job.id}` }, told.usable)
      : job.kind === "train_filter"
        ? h("a", { class: "button is-main", href: `/shelf?filter=${name}` }, told.shelf)
        : job.kind === "train_autoencoder"
          ? h("a", { class: "button is-main", href: `/make?kind=autoencode&model=${model?.id}` }, texts.studio.makeOf)
          : COMPARED.includes(job.kind) &&
            h("a", { class: "button is-main", href: `/compare/${job.id}` }, told.compare);
  return [
    first,
    id && h("a", { class: "button", href: fileOf(id), download: true }, icon("download"), texts.common.download),
    job.kind === "corrupt" && h("a", { class: "button is-plain", href: `/corrupt/${job.id}` }, told.learned),
    COMPARED.includes(job.kind) && h("a", { class: "button is-plain", href: `/make?job=${job.id}` }, told.another),
  ];
}

/** @param {any} job */
function badActions(job) {
  const again = async () => {
    try {
      go(`/watch/${(await retry(job.id)).id}`);
    } catch (error) {
      tell(error);
    }
  };
  // The same once more does not mend a value that is not allowed.
  const isWrong = String(job.problem?.type).endsWith("/invalid") && COMPARED.includes(job.kind);
  const [first, second] = isWrong ? ["button", "button is-main"] : ["button is-main", "button"];
  return [
    h(
      "button",
      { class: first, type: "button", onclick: again },
      job.state === "failed" ? told.retryFailed : told.retry,
    ),
    COMPARED.includes(job.kind) && h("a", { class: second, href: `/make?job=${job.id}` }, told.change),
  ];
}

/** @param {HTMLElement} stage @param {any} job */
function failure(stage, job) {
  stage.classList.add("is-failed");
  const isFailed = job.state === "failed";
  const why = isFailed ? sentence(job.problem?.detail ?? texts.problems.internal[1]) : told.cancelledText;
  // Behind it stands the last frame that there was.
  const last = job.preview && h("img", { class: "stage-picture is-here", src: job.preview, alt: "" });
  fill(
    stage,
    last,
    h(
      "div",
      { class: "stage-words" },
      h("span", { class: isFailed ? "state is-bad" : "state" }, icon("warn")),
      h("p", { class: "stage-title" }, isFailed ? told.failed : told.cancelled),
      h("p", null, why),
    ),
  );
}

/** @param {HTMLElement} stage @param {any} job */
async function show(stage, job) {
  const id = resultOf(job);
  const media = id ? await get(`/api/media/${id}`).catch(() => null) : null;
  const still = job.preview && h("img", { class: "stage-picture is-here", src: job.preview, alt: told.latest });
  if (media?.kind === "video" && media.type !== "image/gif") {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    fill(
      stage,
      h("video", {
        class: "stage-picture is-here",
        src: inlineOf(media.id),
        poster: media.links.poster,
        controls: true,
        loop: true,
        playsinline: true,
        autoplay: !calm,
        muted: true,
        "aria-label": media.name,
      }),
    );
  } else if (media?.kind === "picture" || media?.type === "image/gif") {
    fill(stage, h("img", { class: "stage-picture is-here", src: inlineOf(media.id), alt: media.name }));
  } else
    fill(
      stage,
      still ??
        h(
          "div",
          { class: "stage-words" },
          h("span", { class: "state is-good" }, icon("check")),
          h("p", { class: "stage-title" }, texts.states[job.state]),
        ),
    );
}

/** @param {HTMLElement} place @param {any} job */
async function list(place, job) {
  const { results } = await get(`/api/jobs/${job.id}/results`).catch(() => ({ results: [] }));
  if (results.length < 2) return;
  place.hidden = false;
  fill(
    place,
    h("summary", null, `${told.files} (${results.length})`),
    h(
      "ul",
      { class: "files" },
      results.map((/** @type {any} */ one) =>
        h(
          "li",
          null,
          h("a", { href: one.href, download: true }, one.name),
          h("span", { class: "quiet small" }, `${told.roles[one.role] ?? one.role} · ${size(one.bytes)}`),
        ),
      ),
    ),
  );
}
