// @ts-check
/** Media: lists page by page, deleting, renaming, samples. */
import { address, get, patch, post, remove } from "./api.js";
import { notice, tell } from "./parts/notices.js";
import { ask, askText } from "./parts/muto-dialog.js";
import { texts } from "./texts.js";

/**
 * Read a list page by page.
 * @param {string} path
 * @param {Record<string, any>} query
 * @param {string} [field] under which the entries stand
 */
export function pages(path, query, field = "items") {
  /** @type {string | null | undefined} */
  let cursor;
  let isDone = false;
  return {
    get isDone() {
      return isDone;
    },
    /** @param {AbortSignal} [signal] @returns {Promise<any[]>} */
    async next(signal) {
      if (isDone) return [];
      const page = await get(address(path, { ...query, cursor }), { signal });
      cursor = page.next;
      isDone = !cursor;
      return page[field];
    },
  };
}

/**
 * Films and pictures of one's own, samples among them; the newest first.
 * @param {Record<string, any>} [query]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any[]>}
 */
export async function ownMedia(query = {}, signal) {
  const [own, samples] = await Promise.all(
    ["upload", "sample"].map((role) => get(address("/api/media", { limit: 200, ...query, role }), { signal })),
  );
  return [...own.items, ...samples.items];
}

/** @param {string} name of a bundled file @returns {Promise<any>} */
export const takeSample = (name) => post(`/api/samples/${name}`, undefined, { repeat: true });

/**
 * Delete, after asking. Gives the ids that are gone.
 * @param {{id: string, name: string}[]} all
 * @returns {Promise<string[]>}
 */
export async function deleteMedia(all) {
  const n = all.length;
  const text = n === 1 ? `${all[0].name}. ${texts.studio.deleteText}` : texts.studio.deleteText;
  if (!(await ask({ title: texts.studio.deleteTitle(n), text, action: texts.common.delete, isBad: true }))) return [];
  const gone = [];
  for (const one of all) {
    try {
      await remove(`/api/media/${one.id}`);
      gone.push(one.id);
    } catch (error) {
      tell(error);
    }
  }
  if (gone.length) notice(texts.studio.deleted(gone.length));
  return gone;
}

/**
 * Give another name, after asking for it; null where it stays.
 * @param {any} media
 * @returns {Promise<any>}
 */
export async function renameMedia(media) {
  const name = await askText({ title: texts.studio.renameTitle, label: texts.common.rename, value: media.name });
  if (!name || name === media.name) return null;
  try {
    return await patch(`/api/media/${media.id}`, { name }, { headers: { "If-Match": `"${media.version}"` } });
  } catch (error) {
    tell(error);
    return null;
  }
}

/** @param {any} media @param {number} size px */
export const thumbnail = (media, size) => `/api/media/${media.id}/thumbnail?size=${size}`;
/** @param {string} id */
export const fileOf = (id) => `/api/media/${id}/file`;
/** @param {string} id shown in its place */
export const inlineOf = (id) => `/api/media/${id}/file?inline=true`;
