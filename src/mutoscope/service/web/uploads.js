// @ts-check
/**
 * Films on their way to the server. It lives beside the views: what is on its way goes on while one looks elsewhere.
 * Broken uploads go on where they broke (tus); at most three go at once, so that the page stays quick.
 */
import { ApiProblem, ask, asProblem, get, pause } from "./api.js";
import { size } from "./format.js";
import { sentence, words } from "./parts/notices.js";
import { Store } from "./state.js";
import { texts } from "./texts.js";
import "./vendor/tus.min.js";

const tus = /** @type {any} */ (window).tus;
const AT_ONCE = 3;
const BATCH = 20;
const WITH_CREATION_BYTES = 4 << 20;
const LITTER = /^(\.|thumbs\.db$|desktop\.ini$)/i;

/**
 * @typedef {object} Entry
 * @property {string} key
 * @property {File} file
 * @property {string} name
 * @property {number} bytes
 * @property {"waiting" | "uploading" | "paused" | "checking" | "ready" | "refused"} state
 * @property {number} sent bytes
 * @property {string} [picture] address of a picture that is on this machine
 * @property {any} [media]
 * @property {{title: string, advice: string, mayGo?: boolean}} [problem]
 * @property {any} [upload]
 */

/** @type {Store<Entry[]>} All of this visit; the array is a new one when entries come or go. */
export const entries = new Store(/** @type {Entry[]} */ ([]));
/** Tells which entry has changed: `event.detail`. */
export const changes = new EventTarget();

let counted = 0;
/** @type {Promise<number> | null} */
let limit = null;

/**
 * Take files in.
 * @param {Iterable<File>} files
 * @returns {Promise<Entry[]>}
 */
export async function addFiles(files) {
  const made = [...files].filter((file) => !LITTER.test(file.name)).map(entryOf);
  // Hundreds come a few at a time, so that the page can paint between.
  for (let from = 0; from < made.length; from += BATCH) {
    if (from) await pause(20);
    entries.value = [...entries.value, ...made.slice(from, from + BATCH)];
  }
  limit ??= largest();
  const most = await limit;
  for (const one of made) {
    if (one.bytes > most)
      refuse(one, texts.problems["too-large"][0], texts.upload.tooLarge(size(one.bytes), size(most)));
    else if (!one.bytes) refuse(one, texts.problems["media-refused"][0], texts.upload.empty);
  }
  next();
  return made;
}

/** Send one again that was refused. @param {Entry} entry */
export function again(entry) {
  change(entry, { state: "waiting", sent: 0, problem: undefined, upload: undefined });
  next();
}

/** Take one off the list; what was sent of it is thrown away. @param {Entry} entry */
export const drop = (entry) => dropAll((one) => one === entry);

/** Take some off the list. @param {(entry: Entry) => boolean} which */
export function dropAll(which) {
  const gone = entries.value.filter(which);
  entries.value = entries.value.filter((one) => !gone.includes(one));
  for (const one of gone) {
    one.upload?.abort(one.state !== "ready").catch(() => {});
    if (one.picture) URL.revokeObjectURL(one.picture);
  }
  next();
}

/** How far all are. */
export function tally() {
  const under = entries.value.filter((one) => one.state !== "ready" && one.state !== "refused");
  const bytes = under.reduce((sum, one) => sum + one.bytes - one.sent, 0);
  return {
    waiting: under.length,
    all: entries.value.length,
    bytes,
    refused: entries.value.filter((one) => one.state === "refused").length,
  };
}

/** @param {File} file @returns {Entry} */
function entryOf(file) {
  const picture = file.type.startsWith("image/") && file.size < 32e6 ? URL.createObjectURL(file) : undefined;
  return { key: `up-${++counted}`, file, name: file.name, bytes: file.size, state: "waiting", sent: 0, picture };
}

/** @param {Entry} entry @param {Partial<Entry>} what */
function change(entry, what) {
  Object.assign(entry, what);
  changes.dispatchEvent(new CustomEvent("change", { detail: entry }));
}

/** @param {Entry} entry @param {string} title @param {string} advice @param {boolean} [mayGo] sent again it may be taken */
function refuse(entry, title, advice, mayGo = false) {
  change(entry, { state: "refused", problem: { title, advice, mayGo } });
}

function next() {
  const going = entries.value.filter((one) => ["uploading", "paused"].includes(one.state)).length;
  for (const one of entries.value.filter((entry) => entry.state === "waiting").slice(0, AT_ONCE - going)) send(one);
}

async function largest() {
  try {
    const response = await ask("OPTIONS", "/api/uploads", { repeat: true });
    return Number(response.headers.get("Tus-Max-Size")) || Infinity;
  } catch {
    return Infinity; // the server will say it
  }
}

/** @param {Entry} entry */
async function send(entry) {
  change(entry, { state: "uploading" });
  // Most visits send nothing: it is fetched when something is sent.
  await import("./vendor/tus.min.js");
  const { tus } = /** @type {any} */ (window);
  const upload = new tus.Upload(entry.file, {
    endpoint: "/api/uploads",
    metadata: { filename: entry.name, filetype: entry.file.type || "application/octet-stream" },
    retryDelays: [300, 1000],
    removeFingerprintOnSuccess: true,
    uploadDataDuringCreation: entry.bytes <= WITH_CREATION_BYTES,
    onShouldRetry: (/** @type {any} */ error) => !error.originalResponse || error.originalResponse.getStatus() >= 500,
    onProgress: (/** @type {number} */ sent) => change(entry, { state: "uploading", sent }),
    onError: (/** @type {any} */ error) => failed(entry, error),
    onSuccess: (/** @type {any} */ told) => arrived(entry, told?.lastResponse?.getHeader("Mutoscope-Media")),
  });
  entry.upload = upload;
  // Dropped again after the page was closed, it goes on where it was.
  const before = await upload.findPreviousUploads().catch(() => []);
  if (before.length) upload.resumeFromPreviousUpload(before[0]);
  upload.start();
}

/** @param {Entry} entry @param {any} error */
async function failed(entry, error) {
  if (!entries.value.includes(entry)) return;
  const response = error.originalResponse;
  if (response && response.getStatus()) {
    const plain = parsed(response.getBody());
    const [title, advice] = words(asProblem(plain ?? { status: response.getStatus() }));
    const isFile = ["media-refused", "wrong-type"].some((kind) => plain?.type?.endsWith(kind));
    const isRoom = ["quota", "disk-full", "too-many", "internal"].some((kind) => plain?.type?.endsWith(kind));
    refuse(entry, title, isFile && !/[;,]|\bsend\b/.test(advice) ? `${advice} ${texts.upload.convert}` : advice, isRoom);
    return next();
  }
  const isReadable = await entry.file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
  if (!isReadable) {
    refuse(entry, texts.problems["media-refused"][0], texts.upload.unreadable);
    return next();
  }
  change(entry, { state: "paused" });
  await get("/health/ready").catch(() => pause(2000)); // answers when the server is back
  if (entries.value.includes(entry)) entry.upload.start();
}

/** @param {Entry} entry @param {string | null | undefined} id */
async function arrived(entry, id) {
  change(entry, { state: "checking", sent: entry.bytes });
  next();
  try {
    for (let wait = 200; ; wait = Math.min(3000, wait * 1.5)) {
      const media = id ? await get(`/api/media/${id}`) : null;
      if (!media) throw new ApiProblem("internal", 0, "");
      if (media.state === "ready") {
        if (entry.picture) URL.revokeObjectURL(entry.picture);
        return change(entry, { state: "ready", media, bytes: media.bytes, picture: undefined });
      }
      if (media.state === "refused") throw asProblem(media.problem);
      await pause(wait);
    }
  } catch (error) {
    const [title, advice] = words(error instanceof ApiProblem ? error : new ApiProblem("internal", 0, ""));
    refuse(entry, title, sentence(advice));
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

addEventListener("beforeunload", (event) => {
  if (tally().waiting) event.preventDefault();
});
