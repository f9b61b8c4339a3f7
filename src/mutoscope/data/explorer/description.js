// The description of the API, as it was loaded, and the addresses on this page.

import { resolve } from "/explorer/schema.js";

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];

/** The description, once `load` has ended; `operations` lists what is in it. */
export let api = null;
export let operations = [];

/** Load the description. */
export async function load() {
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  api = await answer.json();
  operations = listOperations();
}

function listOperations() {
  const found = [];
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const method of METHODS) {
      const said = methods[method];
      if (!said) continue;
      const parameters = [...(methods.parameters ?? []), ...(said.parameters ?? [])].map((one) => resolve(api, one));
      found.push({ ...said, path, method, parameters, id: said.operationId, tag: said.tags?.[0] ?? "others" });
    }
  }
  return found;
}

/** Read the address: `#show_filter?name=great-wave` opens an operation and fills its form. */
export function chosen() {
  const [id, values] = decodeURIComponent(location.hash.slice(1)).split("?");
  return { id, values: new URLSearchParams(values ?? "") };
}

/** Give the address, on this page, of what a Location leads to. */
export function hrefOf(place) {
  const path = new URL(place, location.origin).pathname;
  for (const one of operations.filter((each) => each.method === "get")) {
    const names = [...one.path.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
    const pattern = one.path.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\}/g, "([^/]+)");
    const found = path.match(new RegExp(`^${pattern}$`));
    if (!found) continue;
    const values = names.map((name, at) => `${name}=${encodeURIComponent(found[at + 1])}`).join("&");
    return { href: values ? `#${one.id}?${values}` : `#${one.id}`, summary: one.summary };
  }
  return null;
}
