// @ts-check
/**
 * The only file that talks to the server: the public REST and event API, nothing else.
 *
 * A server that is gone is no error here. What may be repeated waits until it is back and is sent again; the
 * banner says so meanwhile. What the server refuses becomes an `ApiProblem`.
 */
import { Store } from "./state.js";

export { ENDED, events } from "./events.js";

/** away: the server does not answer; locked: it does not know our token. */
export const connection = new Store(/** @type {"there" | "away" | "locked"} */ ("there"));

const WAITS_MS = [500, 1000, 2000, 4000, 8000];

/** What the server answered where it did not do as asked. */
export class ApiProblem extends Error {
  /**
   * @param {string} name last part of its type: "quota", "too-many" …; "away" where there was no answer
   * @param {number} status
   * @param {string} detail one line: what was wrong, what to do
   * @param {{pointer: string, detail: string}[]} [errors]
   * @param {number} [retryAfter] seconds
   */
  constructor(name, status, detail, errors = [], retryAfter = 0) {
    super(detail || name);
    this.name = "ApiProblem";
    this.kind = name;
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/**
 * Make a problem of what the server keeps: `problem` of media and jobs.
 * @param {any} plain
 */
export function asProblem(plain) {
  const kind =
    String(plain?.type ?? "")
      .split("/")
      .pop() || "internal";
  return new ApiProblem(kind, plain?.status ?? 0, plain?.detail ?? "", plain?.errors ?? []);
}

/**
 * @typedef {object} Options
 * @property {any} [body] sent as JSON
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 * @property {boolean} [repeat] send again until it is answered; so are all GETs
 */

/**
 * Ask, and give the answer as it is.
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
export async function ask(method, path, options = {}) {
  const repeat = options.repeat ?? method === "GET";
  const headers = { Accept: "application/json", ...options.headers };
  if (options.body !== undefined) Object.assign(headers, { "Content-Type": "application/json" });
  for (;;) {
    let response;
    try {
      response = await fetch(path, {
        method,
        headers,
        body: options.body === undefined ? undefined : JSON.stringify(options.body),
        signal: options.signal,
        credentials: "same-origin",
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      wentAway();
      if (!repeat) throw new ApiProblem("away", 0, "");
      await isBack(options.signal);
      continue;
    }
    if (response.ok || response.status === 304) {
      cameBack();
      return response;
    }
    const problem = await problemOf(response);
    if (problem.kind === "not-ready" && repeat) {
      wentAway();
      await isBack(options.signal);
      continue;
    }
    if (problem.kind === "token-wanted") connection.value = "locked";
    else cameBack();
    throw problem;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
async function json(method, path, options) {
  const response = await ask(method, path, options);
  return response.status === 204 ? null : response.json();
}

/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
export const get = (path, options) => json("GET", path, options);
/** @param {string} path @param {any} [body] @param {Options} [options] @returns {Promise<any>} */
export const post = (path, body, options) => json("POST", path, { ...options, body });
/** @param {string} path @param {any} body @param {Options} [options] @returns {Promise<any>} */
export const put = (path, body, options) => json("PUT", path, { ...options, body });
/** @param {string} path @param {any} body @param {Options} [options] @returns {Promise<any>} */
export const patch = (path, body, options) => json("PATCH", path, { ...options, body });
/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
export const remove = (path, options) => json("DELETE", path, options);

/**
 * Submit a job. Under one key it becomes one job, however often it is sent.
 * @param {any} body kind, inputs, parameters …
 * @param {Options} [options]
 * @returns {Promise<any>} the job
 */
export function submit(body, options) {
  return post("/api/jobs", body, { ...options, repeat: true, headers: { "Idempotency-Key": newKey() } });
}

/**
 * Build an address with a query; what is null is left out.
 * @param {string} path
 * @param {Record<string, any>} query
 */
export function address(path, query) {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") said.append(name, String(one));
    }
  }
  const text = said.toString();
  return text ? `${path}?${text}` : path;
}

/** @param {Response} response */
async function problemOf(response) {
  const wait = Number(response.headers.get("Retry-After") ?? 0) || 0;
  try {
    const plain = await response.json();
    const kind =
      String(plain.type ?? "")
        .split("/")
        .pop() || "internal";
    return new ApiProblem(kind, response.status, plain.detail ?? "", plain.errors ?? [], wait);
  } catch {
    const kind = response.status === 503 || response.status === 502 ? "not-ready" : "internal";
    return new ApiProblem(kind, response.status, "", [], wait);
  }
}

function wentAway() {
  if (connection.value === "there") connection.value = "away";
}

function cameBack() {
  if (connection.value === "away") connection.value = "there";
}

/** @type {Promise<void> | null} */
let knocking = null;

/** @param {AbortSignal} [signal] */
async function isBack(signal) {
  // However many wait, one knocks.
  knocking ??= knock().finally(() => (knocking = null));
  await knocking;
  signal?.throwIfAborted();
}

async function knock() {
  for (let tries = 0; ; tries++) {
    await pause(WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]);
    try {
      const response = await fetch("/health/live", { cache: "no-store" });
      if (response.ok) return cameBack();
    } catch {
      // Still away.
    }
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** A key that nobody else draws; `crypto.randomUUID` is missing on plain http of another machine. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
}
