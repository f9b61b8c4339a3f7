// @ts-check
/** Who is asking: the limits, and whether the guidelines were accepted. */
import { get, post } from "./api.js";
import { h } from "./element.js";
import { ask } from "./parts/muto-dialog.js";
import { notice, tell } from "./parts/notices.js";
import { texts } from "./texts.js";

/** @returns {Promise<any>} */
export const me = () => get("/api/me");

/** Accept the guidelines as they are now. */
export async function accept() {
  const { version } = await get("/api/guidelines");
  await post("/api/guidelines/accept", { version });
}

/**
 * Ask, once, that somebody keeps to the guidelines; true where they do.
 * @returns {Promise<boolean>}
 */
export async function consent() {
  try {
    if ((await me()).guidelines_accepted) return true;
    const told = texts.consent;
    const link = h("p", null, h("a", { href: "/guidelines", target: "_blank" }, told.read));
    if (!(await ask({ title: told.title, text: told.text, body: link, action: told.accept, cancel: told.later }))) {
      notice(texts.first.acceptFirst);
      return false;
    }
    await accept();
    return true;
  } catch (error) {
    tell(error);
    return false;
  }
}
