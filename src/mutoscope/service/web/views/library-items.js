// @ts-check
/** What can be done with one thing of the Library. */
import { fileOf, renameMedia } from "../media.js";
import { shownOf } from "../parts/muto-tile.js";
import { texts } from "../texts.js";

const SEEN = ["video", "picture"];

/** Where a click on it leads: to how it was made, or to Make. @param {any} media */
export function hrefOf(media) {
  const job = media.links.job?.split("/").pop();
  if (job) return `/watch/${job}`;
  return SEEN.includes(media.kind) ? `/make?media=${media.id}` : null;
}

/**
 * @param {any} media
 * @param {any} tile that shows it
 * @param {() => void} forget deletes it
 */
export function itemsOf(media, tile, forget) {
  const job = media.links.job?.split("/").pop();
  const rename = async () => {
    const now = await renameMedia(media);
    if (now) tile.show(shownOf(Object.assign(media, now)));
  };
  return [
    SEEN.includes(media.kind) && { label: texts.studio.makeOf, href: `/make?media=${media.id}` },
    job && { label: texts.library.how, href: `/watch/${job}` },
    { label: texts.common.download, href: fileOf(media.id), download: true },
    { label: texts.common.rename, run: rename },
    { label: texts.common.delete, isBad: true, run: forget },
  ];
}
