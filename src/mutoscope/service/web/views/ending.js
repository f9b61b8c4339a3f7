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
 * @param {any} [source] the first of them, null where it was deleted
 */
export function ending(root, job, names, source) {
  const isGood = job.state === "done" || job.state === "partial";
  const stage = h("div", { class: "stage" });
  const title = told.of(isGood ? nameOf(job) + ":" : doing(job), names);
  const actions = h("div", { class: "row" }, isGood ? goodActions(job) : badActions(job));
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
          actions,
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
  if (!isGood) return failure(stage, job, source);
  void show(stage, job, source, actions);
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

/** A film that is only hinted at, behind words. @param {any} source @param {string | null} [preview] */
function behind(source, preview) {
  const address = preview ?? source?.links?.poster;
  return address && h("img", { class: "stage-picture is-here", src: address, alt: "" });
}

/** @param {string} sign @param {"" | "is-good" | "is-bad"} state @param {string} title @param {string} [text] */
function words(sign, state, title, text) {
  return h(
    "div",
    { class: "stage-words" },
    h("span", { class: `state ${state}` }, icon(/** @type {any} */ (sign))),
    h("p", { class: "stage-title" }, title),
    text && h("p", null, text),
  );
}

/** @param {HTMLElement} stage @param {any} job @param {any} source */
function failure(stage, job, source) {
  stage.classList.add("is-failed");
  const isFailed = job.state === "failed";
  const why = isFailed ? sentence(job.problem?.detail ?? texts.problems.internal[1]) : told.cancelledText;
  fill(
    stage,
    // Behind it stands the last frame that there was.
    behind(source, job.preview),
    words(isFailed ? "warn" : "pause", isFailed ? "is-bad" : "", isFailed ? told.failed : told.cancelled, why),
  );
}

/** @param {HTMLElement} stage @param {any} job @param {any} source @param {HTMLElement} actions */
async function show(stage, job, source, actions) {
  const id = resultOf(job);
  const media = id ? await get(`/api/media/${id}`).catch(() => null) : null;
  if (media?.kind === "video" && media.type !== "image/gif") {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return fill(
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
  }
  if (media?.kind === "picture" || media?.type === "image/gif") {
    return fill(stage, h("img", { class: "stage-picture is-here", src: inlineOf(media.id), alt: media.name }));
  }
  if (media && job.preview) {
    return fill(stage, h("img", { class: "stage-picture is-here", src: job.preview, alt: told.latest }));
  }
  stage.classList.add("is-failed");
  if (media || !id) {
    return fill(stage, behind(source), words("check", "is-good", texts.states[job.state], told.noFile));
  }
  fill(stage, behind(source, job.preview), words("trash", "", told.gone, told.goneText));
  const isOfAFilm = COMPARED.includes(job.kind);
  fill(actions, isOfAFilm && h("a", { class: "button is-main", href: `/make?job=${job.id}` }, told.another));
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
