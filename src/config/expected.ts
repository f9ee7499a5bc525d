import type { JsonSchema } from "./schema.ts";

export type Path = readonly (string | number)[];

/** The part of the schema that speaks of a place in the file; `value` chooses where several forms may stand. */
export function schemaAt(root: JsonSchema, path: Path, value?: unknown): JsonSchema | undefined {
  let at: JsonSchema | undefined = root;
  for (const [depth, step] of path.entries()) {
    at = pick(at, depth === path.length ? value : step);
    if (at === undefined) return undefined;
    if (typeof step === "number") at = at.items;
    else if (at.properties !== undefined && Object.hasOwn(at.properties, step)) at = at.properties[step];
    else at = typeof at.additionalProperties === "object" ? at.additionalProperties : undefined;
  }
  return at;
}

/** Of several forms the one with members, since a step leads into it. */
function pick(at: JsonSchema | undefined, step: unknown): JsonSchema | undefined {
  if (at?.anyOf === undefined) return at;
  return at.anyOf.find((form) => (typeof step === "number" ? form.items : form.properties) !== undefined);
}

/** The keys that may stand in the mapping at a place. */
export function keysAt(root: JsonSchema, path: Path): readonly string[] {
  const at = schemaAt(root, path);
  const mapping = at?.anyOf === undefined ? at : at.anyOf.find((form) => form.properties !== undefined);
  return Object.keys(mapping?.properties ?? {});
}

/** What may be written at a place, in words: "one of required, optional", "a whole number from 0 to 65535". */
export function expectedWords(at: JsonSchema | undefined): string {
  if (at === undefined) return "";
  if (at.anyOf !== undefined) return at.anyOf.map(expectedWords).filter(Boolean).join(", or ");
  if (at.enum !== undefined) return `one of ${at.enum.join(", ")}`;
  const example = at.examples?.[0];
  const such = example === undefined ? "" : `, such as ${inline(example)}`;
  switch (at.type) {
    case "boolean":
      return "true or false";
    case "integer":
      return `a whole number from ${at.minimum} to ${at.maximum}`;
    case "string":
      return `text${such}`;
    case "array":
      return `a list${such}`;
    case "object":
      return `a mapping with ${at.properties === undefined ? "keys and values" : listed(Object.keys(at.properties))}`;
    default:
      return "";
  }
}

function listed(keys: readonly string[]): string {
  return keys.length > 8 ? "keys of its own" : `the keys ${keys.join(", ")}`;
}

/** A value as it may stand on one line of YAML. */
export function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${inline(item)}`)
      .join(", ")} }`;
  }
  // What YAML would read as something else than this text, it reads as text in quotes.
  return typeof value === "string" && !/^[A-Za-z][\w./-]*$/.test(value) ? JSON.stringify(value) : String(value);
}
