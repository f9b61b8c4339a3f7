// @ts-check
/** The event stream of a job, read so that a broken connection loses nothing. */
import { ApiProblem, ask, pause } from "./api.js";

/** States that a job does not leave. */
export const ENDED = ["done", "partial", "failed", "cancelled"];

/**
 * Watch a job: each event once and in order, through restarts of the server, until it has ended.
 * @param {string} job
 * @param {{state?: (data: any) => void, progress?: (data: any) => void, preview?: (data: any) => void,
 *   notice?: (data: any) => void, problem?: (problem: ApiProblem) => void}} on
 * @param {number} [after] number of the last event that is known
 * @returns {() => void} ends it
 */
export function events(job, on, after = 0) {
  const stop = new AbortController();
  const watch = async () => {
    let seen = after;
    while (!stop.signal.aborted) {
      const headers = { Accept: "text/event-stream", "Last-Event-ID": String(seen) };
      const response = await ask("GET", `/api/jobs/${job}/events`, { headers, signal: stop.signal });
      if (response.status === 204 || !response.body) return;
      try {
        for await (const event of readEvents(response.body)) {
          if (event.id <= seen) continue;
          seen = event.id;
          const call = /** @type {any} */ (on)[event.kind];
          if (call && !stop.signal.aborted) call({ ...event.data, id: event.id });
          if (event.kind === "state" && ENDED.includes(event.data.state)) return;
        }
      } catch {
        // The stream broke off; it goes on where it broke.
      }
      await pause(300, stop.signal);
    }
  };
  watch().catch((error) => {
    if (!stop.signal.aborted && error instanceof ApiProblem) on.problem?.(error);
  });
  return () => stop.abort();
}

/**
 * Take an event stream apart, as this server writes it.
 * @param {ReadableStream<Uint8Array>} body
 */
async function* readEvents(body) {
  const reader = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const lines = new Map(block.split("\n").map((line) => /** @type {[string, string]} */ (cut(line))));
        if (lines.has("data")) {
          const data = JSON.parse(lines.get("data") ?? "{}");
          yield { id: Number(lines.get("id") ?? 0), kind: lines.get("event") ?? "message", data };
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** @param {string} line */
function cut(line) {
  const at = line.indexOf(":");
  return [line.slice(0, at), line.slice(at + 1).trimStart()];
}
