import { z } from "zod";
import { domains } from "./domain-schema.ts";
import { federation } from "./federation-schema.ts";
import { listeners } from "./listener-schema.ts";
import { presence } from "./presence-schema.ts";
import { accounts, dns, limits, log, store } from "./running-schema.ts";
import { sip } from "./sip-schema.ts";
import { tls } from "./tls-schema.ts";

/** comity.yaml: what may stand in it, what each key means, and what holds when it is left out. */
export const schema = z
  .strictObject({ domains, listeners, tls, federation, sip, presence, dns, store, accounts, log, limits })
  .meta({ title: "comity.yaml", description: "The configuration of a Comity node." });

/** A configuration that has been read: every value is there. Paths are as written, relative to the file's own folder. */
export type Config = z.output<typeof schema>;

/** The part of JSON Schema (2020-12) that `z.toJSONSchema` makes of the schema: what the writers of docs and messages walk. */
export type JsonSchema = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: boolean | JsonSchema;
};

/** The same as JSON Schema, for editors; it describes what may be written, not what is read. */
export function jsonSchema(): JsonSchema {
  return z.toJSONSchema(schema, {
    io: "input",
    // The library drops the examples of values that are transformed on reading; they show what to write all the same.
    override: ({ zodSchema, jsonSchema }) => {
      const { examples } = z.globalRegistry.get(zodSchema) ?? {};
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  }) as JsonSchema;
}

/** JSON Schema as editors take it: a section with nothing behind its name may stand, as it may when the file is read. */
export function editorSchema(): unknown {
  return withEmptySections(jsonSchema());
}

function withEmptySections(at: JsonSchema): unknown {
  if (at.properties === undefined) return at;
  const inside = Object.entries(at.properties).map(([key, member]) => [key, withEmptySections(member)]);
  const mayBeEmpty = (at.required ?? []).length === 0;
  return { ...at, type: mayBeEmpty ? ["object", "null"] : "object", properties: Object.fromEntries(inside) };
}
