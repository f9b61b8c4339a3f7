// @ts-check
/** Make: which film, what shall become of it, and how. */
import { get } from "../api.js";
import { Bench } from "../make/bench.js";
import { chooseKind, chooseMedia } from "../make/chooser.js";
import { choiceOf } from "../make/choices.js";
import { draftOf } from "../make/request.js";
import { kept } from "../state.js";

export const styles = ["/web/css/form.css", "/web/css/make.css", "/web/css/bench.css", "/web/css/chosen.css"];

const FIRST = "starry-night";

/**
 * @param {HTMLElement} root
 * @param {import("../app.js").Params} params
 */
export async function render(root, { query }) {
  const stop = new AbortController();
  const end = () => stop.abort();
  const again = query.get("job");
  if (again) {
    const draft = await earlier(again);
    if (draft) return begin(root, draft, stop);
  }
  const kind = query.get("kind");
  const named = (query.get("media") ?? "").split(",").filter(Boolean);
  const media = (await Promise.all(named.map((id) => get(`/api/media/${id}`).catch(() => null)))).filter(
    (one) => one?.state === "ready",
  );
  const model = query.get("model");
  if (!media.length) {
    const extra = [
      ["model", model],
      ["name", query.get("name")],
    ]
      .map(([name, value]) => (value ? `&${name}=${value}` : ""))
      .join("");
    await chooseMedia(root, { kind: choiceOf(kind) ? kind : null, extra, signal: stop.signal });
    return end;
  }
  const choice = choiceOf(kind);
  if (!choice || !media.every((one) => choice.takes.includes(one.kind))) {
    chooseKind(root, media);
    return end;
  }
  const last = kept(`make.${choice.kind}`, { values: {}, inputs: {}, steps: [] });
  const draft = {
    kind: choice.kind,
    media,
    values: last.values ?? {},
    inputs: last.inputs ?? {},
    steps: last.steps ?? [],
  };
  if (model) draft.inputs = { ...draft.inputs, model };
  // Something is to be seen at once; another one is a click away.
  if (choice.kind === "filter") draft.values = { name: FIRST, ...draft.values };
  if (query.get("name")) draft.values = { ...draft.values, name: query.get("name") };
  return begin(root, draft, stop);
}

/**
 * @param {HTMLElement} root
 * @param {import("../make/request.js").Draft} draft
 * @param {AbortController} stop
 */
async function begin(root, draft, stop) {
  await forget(draft);
  const card = await get(`/api/jobs/kinds/${draft.kind}`);
  new Bench(root, { draft, card, signal: stop.signal });
  return () => stop.abort();
}

/** What the last draft names may have been deleted since. @param {import("../make/request.js").Draft} draft */
async function forget(draft) {
  for (const [role, id] of Object.entries(draft.inputs)) {
    if (!(await get(`/api/media/${id}`).catch(() => null))) delete draft.inputs[role];
  }
  for (const [name, value] of Object.entries(draft.values)) {
    const ids = typeof value === "string" ? [...value.matchAll(/media:(m_\w{22})/g)].map((one) => one[1]) : [];
    const all = await Promise.all(ids.map((id) => get(`/api/media/${id}`).catch(() => null)));
    if (all.some((one) => !one)) delete draft.values[name];
  }
}

/** The draft of an earlier job. @param {string} id */
async function earlier(id) {
  const job = await get(`/api/jobs/${id}`);
  const { source, footage } = job.request.inputs ?? {};
  const ids = [source ?? footage ?? []].flat();
  const media = (await Promise.all(ids.map((one) => get(`/api/media/${one}`).catch(() => null)))).filter(Boolean);
  return media.length ? draftOf(job.request, media) : null;
}
