// What JSON schema says, for people: types in words, an example to begin with, the fields of an object.

const DEEPEST = 6;

/** Follow a reference to its place in the description. */
export function resolve(api, schema) {
  let found = schema ?? {};
  for (let at = 0; found.$ref && at < DEEPEST; at += 1) {
    const { $ref, ...beside } = found;
    const target = $ref.replace(/^#\//, "").split("/").reduce((place, part) => place?.[part], api);
    found = { ...target, ...beside };
  }
  return found;
}

function withoutNull(api, schema) {
  const parts = (schema.anyOf ?? schema.oneOf ?? []).map((part) => resolve(api, part));
  const real = parts.filter((part) => part.type !== "null");
  return { real, isOptional: real.length < parts.length };
}

/** Say a type in words; `choices` where there are few, `isNumber` for numbers. */
export function typeOf(api, given) {
  const schema = resolve(api, given);
  const { real } = withoutNull(api, schema);
  if (real.length) {
    const told = real.map((part) => typeOf(api, part));
    return told.length === 1 ? told[0] : { text: told.map((one) => one.text).join(" or ") };
  }
  if (schema.enum) return { text: "one of the list", choices: schema.enum.map(String) };
  if (schema.const !== undefined) return { text: String(schema.const), choices: [String(schema.const)] };
  const kinds = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (kinds.includes("boolean")) return { text: "yes or no", choices: ["true", "false"] };
  if (kinds.includes("integer") || kinds.includes("number")) {
    const kind = kinds.includes("integer") ? "whole number" : "number";
    const least = schema.minimum ?? schema.exclusiveMinimum;
    const most = schema.maximum ?? schema.exclusiveMaximum;
    const bounds = [least != null ? `from ${least}` : "", most != null ? `to ${most}` : ""].filter(Boolean).join(" ");
    return { text: [kind, bounds].filter(Boolean).join(" "), isNumber: true };
  }
  if (kinds.includes("array")) return { text: `list of ${typeOf(api, schema.items ?? {}).text}` };
  if (kinds.includes("object") || schema.properties) return { text: "object" };
  if (kinds.includes("string")) return { text: schema.format === "binary" ? "file" : "text" };
  return { text: "any value" };
}

/** Make a value to begin with: the example that is given, else one that is made of required fields. */
export function exampleOf(api, given, depth = 0) {
  const schema = resolve(api, given);
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  const { real } = withoutNull(api, schema);
  if (real.length) return exampleOf(api, real[0], depth);
  if (schema.enum) return schema.enum[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.properties && depth < DEEPEST) {
    const required = schema.required ?? [];
    const told = Object.entries(schema.properties).filter(([name, spec]) =>
      required.includes(name) || spec.example !== undefined || spec.examples?.length);
    const shown = told.length ? told : Object.entries(schema.properties).slice(0, 3);
    return Object.fromEntries(shown.map(([name, spec]) => [name, exampleOf(api, spec, depth + 1)]));
  }
  const kind = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (kind === "array") return depth < DEEPEST && schema.minItems ? [exampleOf(api, schema.items, depth + 1)] : [];
  return { integer: schema.minimum ?? 0, number: schema.minimum ?? 0, boolean: false, string: "", object: {} }[kind] ?? null;
}

/** List the fields of an object with type and meaning. */
export function fieldsOf(api, given) {
  const schema = resolve(api, given);
  const { real } = withoutNull(api, schema);
  const found = schema.properties ? schema : real.find((part) => part.properties) ?? {};
  return Object.entries(found.properties ?? {}).map(([name, spec]) => {
    const inner = resolve(api, spec);
    const type = typeOf(api, spec);
    const isFile = inner.format === "binary" || inner.contentMediaType === "application/octet-stream";
    const hasDefault = inner.default != null && inner.default !== "" && typeof inner.default !== "object";
    const fallback = hasDefault ? `; default ${inner.default}` : "";
    return {
      name, isFile, required: (found.required ?? []).includes(name), meaning: inner.description ?? "",
      type: `${type.choices ? type.choices.join(" | ") : type.text}${fallback}`,
    };
  });
}
