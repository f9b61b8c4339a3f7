// @ts-check
/** Writes the command that does the same as a job. */

/** Parameters that have an option of their own; all others are said with -o. Names of options where they differ. */
const FILM = ["size", "codec", "crf", "bit_depth", "seed"];
const OPTIONS = /** @type {Record<string, string[]>} */ ({
  filter: ["name", "strength", "mix", "smooth", "keep_colours", "palette", "device", ...FILM],
  stylize: ["style", "strength", "colours", "preset", "device", ...FILM],
  corrupt: ["preset", "start", "classes", "effort", "device", ...FILM],
  datamosh: ["mode", "times", "length", "mosh_codec", "effort", ...FILM],
  autoencode: ["noise", "strength", "effort", "device", ...FILM],
});
const OTHERWISE = /** @type {Record<string, string>} */ ({ times: "at" });
const MASK = ["mask", "feather", "invert_mask"];
/** What is made beside the result, or is no business of a film. */
const BESIDE = ["report", "compare", "at"];

/** @param {string} text @returns {string} so that a shell takes it as one word */
export function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Ids of media that are named in a text. @param {unknown} value @returns {string[]} */
export function mediaIn(value) {
  return [...JSON.stringify(value ?? "").matchAll(/media:(m_[0-9A-Za-z]{22})/g)].map((one) => one[1]);
}

/**
 * Write the command line of a job; null where one line does not say it all.
 * @param {any} request of the job
 * @param {Map<string, string>} names of media by id
 * @returns {string | null}
 */
export function commandOf(request, names) {
  const own = OPTIONS[request.kind];
  const { source, motion, model, guide } = request.inputs ?? {};
  if (!own || request.preview || Array.isArray(source)) return null;
  const name = (/** @type {string} */ id) => quoted(names.get(id) ?? id);
  const words = ["mutoscope", request.kind, name(source)];
  if (motion) words.push(name(motion));
  words.push(quoted(resultName(names.get(source) ?? "clip.mp4", request)));
  if (model) words.push("--model", name(model));
  if (guide) words.push("--guide", name(guide));
  for (const [field, value] of Object.entries(request.parameters ?? {})) {
    if (BESIDE.includes(field) || value === null) continue;
    const said = [value].flat();
    if (said.some((one) => typeof one === "object") || (said.length > 1 && field !== "mask")) return null;
    const hasOption = own.includes(field) || MASK.includes(field);
    for (const one of said) {
      const text = String(one).replace(/media:(m_[0-9A-Za-z]{22})/g, (_all, id) => names.get(id) ?? id);
      const option = `--${(OTHERWISE[field] ?? field).replaceAll("_", "-")}`;
      if (hasOption && typeof one === "boolean") words.push(...(one ? [option] : []));
      else if (hasOption) words.push(option, quoted(text));
      else words.push("-o", quoted(`${field}=${text}`));
    }
  }
  return words.join(" ");
}

/**
 * Name of the result beside its source.
 * @param {string} source
 * @param {any} request
 */
export function resultName(source, request) {
  const dot = source.lastIndexOf(".");
  const [stem, own] = dot > 0 ? [source.slice(0, dot), source.slice(dot)] : [source, ".mp4"];
  const isPicture = /^\.(png|jpe?g|webp|tiff?|bmp)$/i.test(own);
  return `${stem}-${request.kind}${request.suffix ?? (isPicture ? ".png" : ".mp4")}`;
}

/** Another name beside one that is taken: "a.mp4" gives "a-2.mp4". @param {string} name */
export function nextName(name) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? `${name.slice(0, dot)}-2${name.slice(dot)}` : `${name}-2`;
}

/** What a recipe holds that this machine chose for itself. */
const CHOSEN = ["digest", "precision", "runtime"];

/**
 * Clean a recipe of a manifest for other machines: media become names of files, choices of this machine are left out.
 * @param {any} recipe
 * @param {Map<string, string>} names
 * @returns {string} JSON
 */
export function recipeText(recipe, names) {
  const text = JSON.stringify(recipe, (key, value) => (CHOSEN.includes(key) ? undefined : value), 2);
  return text.replace(/media:(m_[0-9A-Za-z]{22})/g, (_all, id) => JSON.stringify(names.get(id) ?? id).slice(1, -1));
}
