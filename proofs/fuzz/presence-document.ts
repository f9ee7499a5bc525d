import assert from "node:assert/strict";
import { limitsWith } from "../../src/base/limits.ts";
import { availabilities, isAvailability } from "../../src/presence/availability.ts";
import { writePidf } from "../../src/sip/pidf-write.ts";
import { readPresence } from "../../src/sip/presence-document.ts";
import type { PresenceDocument } from "../../src/sip/presence-fields.ts";
import { writeXpidf } from "../../src/sip/xpidf.ts";

export const name = "presence documents: PIDF, XPIDF, msrtc.pidf, categories";

type Random = (limit: number) => number;

/** Small limits, so that documents of a few hundred bytes run into each of them. */
const limits = limitsWith({
  presenceDocumentBytesMax: 2_000,
  presenceDocumentDepthMax: 6,
  presenceChildrenMax: 8,
  presenceNoteBytesMax: 40,
  xmlAttributesMax: 6,
});

const types = [
  "application/pidf+xml",
  "application/xpidf+xml",
  "text/xml+msrtc.pidf",
  "application/msrtc-event-categories+xml",
  "text/xml",
  "",
  "application/sdp",
];
const faults: ReadonlySet<string> = new Set(["presence-document", "sip-media-type"]);

/** Documents of a known vocabulary, whole and damaged, and no documents at all: an answer every time, within its limits. */
export function fuzz(random: Random, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    whole(random);
    const bytes = random(3) === 0 ? damaged(random, Buffer.from(some(random))) : Buffer.from(some(random));
    const result = readPresence(one(random, types), bytes, limits);
    if (result.ok) sound(result.value);
    else assert.ok(faults.has(result.fault.code) && result.fault.detail.length < 300, result.fault.code);
  }
}

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

/** What we write we read, whatever people put into their notes and names. */
function whole(random: Random): void {
  const availability = one(random, availabilities);
  const note = words(random);
  const parts = { entity: `sip:${words(random)}@x`, availability, note, displayName: words(random) };
  const more = { since: random(2 ** 40), priority: random(300) - 150, show: random(2) === 0, strict: random(2) === 0 };
  const roomy = limitsWith();
  for (const text of [writePidf({ ...parts, ...more }), writeXpidf({ entity: "sip:bob@x", availability })]) {
    const result = readPresence("application/pidf+xml", Buffer.from(text), roomy);
    assert.ok(result.ok, text);
    assert.equal(result.value.availability === "offline", availability === "offline", text);
    assert.equal(result.value.availability === "available", availability === "available", text);
  }
}

function sound(document: PresenceDocument): void {
  for (const state of [document.availability, document.activity, ...document.tuples.map(({ activity }) => activity)]) {
    assert.ok(state === undefined || isAvailability(state));
  }
  for (const text of [document.note, document.displayName, ...document.tuples.map(({ note }) => note)]) {
    assert.ok(Buffer.byteLength(text) <= limits.presenceNoteBytesMax && text.isWellFormed());
  }
  for (const { priority } of [document, ...document.tuples]) {
    assert.ok(Number.isInteger(priority) && priority >= 0 && priority <= 127);
  }
  for (const { timestamp } of [document, ...document.tuples]) assert.ok(!Number.isNaN(timestamp));
  assert.ok(document.tuples.length <= limits.presenceChildrenMax);
}

const names =
  "presence presence category state body tuple tuple status basic contact note note timestamp person activities activity show user-input away busy on-the-phone meeting display-name device presentity atom address msnsubstatus msnstatus display availability activity userInfo displayName constructor __proto__".split(
    " ",
  );
const attributes =
  "id entity uri priority status substatus aggregate name token minAvailability displayName xml:lang xmlns".split(" ");
const values =
  "open closed unknown state aggregateState in-a-meeting 6500 18500 ? away busy dnd inuse online 0 1 0.5 300 600 99999 -1 1e9 sip:bob@x pres:bob@x;y bob 2024-01-01T00:00:00Z 2024-99-99T00:00:00Z Online urn:a".split(
    " ",
  );

/** A document of the words that mean something somewhere, in any order; seldom more than the limits allow. */
function some(random: Random): string {
  const head = one(random, [
    "",
    "",
    `<?xml version="1.0" encoding="utf-16"?>`,
    "\uFEFF",
    "<!DOCTYPE presence>",
    "<!-- x -->",
  ]);
  return (
    head +
    element(random, random(8), one(random, ["presence", "presence", "presence", "presentity", "categories", "x"]))
  );
}

function element(random: Random, depth: number, name = one(random, names)): string {
  const prefix = one(random, ["", "", "", "p:"]);
  const declared = prefix === "" || random(20) === 0 ? "" : ` xmlns:p="urn:ietf:params:xml:ns:pidf:rpid"`;
  const given = new Set(Array.from({ length: random(4) }, () => one(random, attributes)));
  const written = [...given].map((each) => ` ${each}="${one(random, values)}"`).join("");
  const count = depth === 0 ? 0 : random(random(30) === 0 ? 12 : 4);
  const inside = Array.from({ length: count }, () =>
    random(3) === 0 ? one(random, values) : element(random, depth - 1),
  ).join("");
  const text = count === 0 ? one(random, [...values, "", "", words(random).replace(/[&<]/g, "&amp;")]) : inside;
  return `<${prefix}${name}${declared}${written}>${text}</${prefix}${name}>`;
}

const letters = [..."abc <>&\"'\n\t\u0000\u000b\ud800]é€", "\u{1F600}", "On the phone", "Busy", "]]>", "<!--"];

function words(random: Random): string {
  return Array.from({ length: random(30) }, () => one(random, letters)).join("");
}

/** Some bytes changed, taken out or put in, or the end cut off. */
function damaged(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let n = random(4); n >= 0 && copy.length > 0; n--) copy[random(copy.length)] = random(256);
  const at = random(copy.length + 1);
  return random(3) === 0 ? copy.subarray(0, at) : Buffer.concat([copy.subarray(0, at), copy.subarray(at + random(5))]);
}
