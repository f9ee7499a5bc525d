import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { listenerKinds } from "./listener-schema.ts";
import { readConfig } from "./read.ts";
import { commentedYaml } from "./render.ts";
import { editorSchema, type JsonSchema, jsonSchema } from "./schema.ts";

const text = commentedYaml({ domains: ["ours.example"], development: true });

test("the commented file is a valid configuration that sets what was chosen and nothing else", () => {
  const read = readConfig(text, "comity.yaml");
  const short = readConfig("domains: [ours.example]\ntls: { development: true }", "comity.yaml");
  assert.deepEqual(read, short);
});

test("with every comment taken away it is still valid, so each can be uncommented", () => {
  const uncommented = text
    .split("\n")
    .map((line) => line.replace(/^( *)# ((?: {2})?(?:[a-zA-Z]+:|- ).*)$/, "$1$2"))
    // The words about the members of lists look like list items; they are the lines with a capital after the colon.
    .filter((line) => !/^ *- [a-z]+: /.test(line) && !/^ *#/.test(line) && !/: [A-Za-z]+ [a-z]+/.test(line))
    .filter((line) => !/^ *(false|true|optional|required|none|example|human|sqlite): [A-Za-z]/.test(line));
  const read = readConfig(uncommented.join("\n"), "comity.yaml");
  assert.deepEqual(read.ok ? [] : read.faults, []);
  const keys = Object.keys(parse(uncommented.join("\n")) as object);
  assert.deepEqual(keys, Object.keys(jsonSchema().properties ?? {}));
});

test("the one address it was given stands in every listener, and partners with their places", () => {
  const read = readConfig(
    commentedYaml({ domains: ["a"], address: "127.0.0.9", partners: [{ domain: "b", route: ["::1"] }] }),
    "comity.yaml",
  );
  assert.ok(read.ok);
  assert.deepEqual([...new Set(read.config.listeners.map(({ address }) => address))], ["127.0.0.9"]);
  assert.deepEqual(
    read.config.listeners.map(({ kind }) => kind),
    Object.keys(listenerKinds),
  );
  assert.deepEqual(read.config.federation.partners[1]?.route, [{ host: "::1", port: 5269 }]);
});

test("a first try has every kind of listener; what shows what is said, on loopback", () => {
  const read = readConfig(commentedYaml({ domains: ["a"], everything: true }), "comity.yaml");
  assert.ok(read.ok);
  const onLoopback = read.config.listeners.filter(({ address }) => address === "127.0.0.1");
  assert.deepEqual(
    onLoopback.map(({ kind }) => kind),
    ["sip-udp", "sip-tcp", "sip-ws", "msrp-tcp", "http"],
  );
  assert.equal(read.config.listeners.length, Object.keys(listenerKinds).length);
});

test("every key is documented", () => {
  const bare: string[] = [];
  const walk = (at: JsonSchema, path: string): void => {
    if (at.description === undefined) bare.push(path);
    const members = { ...at.properties, ...at.items?.properties, ...at.items?.anyOf?.[1]?.properties };
    for (const [key, member] of Object.entries(members)) walk(member, `${path}.${key}`);
  };
  walk(jsonSchema(), "comity.yaml");
  assert.deepEqual(bare, []);
});

test("the editors' schema lets a section stand empty, but not the list of domains", () => {
  const { properties } = editorSchema() as { properties: Record<string, { type: unknown }> };
  assert.deepEqual(properties.limits?.type, ["object", "null"]);
  assert.equal(properties.domains?.type, "array");
});
