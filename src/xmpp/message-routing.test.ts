import assert from "node:assert/strict";
import { test } from "node:test";
import { type MessageType, messageType, routeMessage } from "./message-routing.ts";
import type { Resource } from "./resource.ts";

const device = (resource: string, priority: number | undefined): Resource => ({
  jid: { resource },
  available: priority !== undefined,
  priority: priority ?? 0,
});

const people: Record<string, Resource[] | undefined> = {
  "ACCOUNT DOES NOT EXIST": undefined,
  "ACCOUNT EXISTS, BUT NO ACTIVE RESOURCES": [],
  "1+ NEGATIVE RESOURCES BUT ZERO NON-NEGATIVE RESOURCES": [device("neg", -1), device("quiet", undefined)],
  "1 NON-NEGATIVE RESOURCE": [device("zero", 0), device("neg", -1), device("quiet", undefined)],
  "1+ NON-NEGATIVE RESOURCES": [device("five", 5), device("zero", 0), device("neg", -5), device("quiet", undefined)],
};

/**
 * The table of RFC 6121 §8.5.4. S silently ignored, E error, O stored offline, D delivered to that one, M to the most
 * available, A to all non-negative. Where ours says something else, the second letter is what we do, allowed by §8.5:
 * an error instead of silence (S>E), all instead of the most available (M>A).
 */
const table = `
  ACCOUNT DOES NOT EXIST
    bare           | S>E | S>E |  E  |  S  |  S
    full no match  | S>E | S>E | S>E |  S  |  S
  ACCOUNT EXISTS, BUT NO ACTIVE RESOURCES
    bare           |  O  |  O  |  E  |  S  |  S
    full no match  | S>E |  O  | S>E |  S  |  S
  1+ NEGATIVE RESOURCES BUT ZERO NON-NEGATIVE RESOURCES
    bare           |  O  |  O  |  E  |  S  |  S
    full match     |  D  |  D  |  D  |  D  |  D
    full no match  | S>E |  O  | S>E |  S  |  S
  1 NON-NEGATIVE RESOURCE
    bare           |  D  |  D  |  E  |  D  |  S
    full match     |  D  |  D  |  D  |  D  |  D
    full no match  | S>E |  D  | S>E |  S  |  S
  1+ NON-NEGATIVE RESOURCES
    bare           | M>A | M>A |  E  |  A  |  S
    full match     |  D  |  D  |  D  |  D  |  D
    full no match  | S>E | M>A | S>E |  S  |  S`;

const types: MessageType[] = ["normal", "chat", "groupchat", "headline", "error"];
const letters = { drop: "S", error: "E", store: "O", deliver: "D" } as const;

test("RFC 6121 §8.5.4: message delivery rules", () => {
  let condition = "";
  let checked = 0;
  for (const line of table.split("\n").slice(1)) {
    const [label = "", ...cells] = line.trim().split("|");
    if (cells.length === 0) {
      condition = label;
      assert.ok(condition in people, condition);
      continue;
    }
    const resources = people[condition];
    const resource = { bare: "", "full match": "neg", "full no match": "gone" }[label.trim()] ?? "?";
    cells.forEach((cell, index) => {
      const want = cell.trim().replace(/^.>/, "");
      const into: Resource[] = [];
      const verdict = routeMessage(types[index] ?? "normal", resource, resources !== undefined, resources ?? [], into);
      const open = (resources ?? []).filter(({ available, priority }) => available && priority >= 0);
      const what = `${condition}, ${label.trim()}, ${types[index]}`;
      assert.equal(letters[verdict], want === "A" ? "D" : want, what);
      const receivers = verdict !== "deliver" ? [] : resource === "neg" ? [device("neg", 0)] : open;
      assert.deepEqual(
        into.map((each) => each.jid.resource),
        receivers.map((each) => each.jid.resource),
        what,
      );
      checked += 1;
    });
  }
  assert.equal(checked, 13 * 5);
});

test("RFC 6121 §8.5.3.1: a connected device that is not available gets what names it", () => {
  const into: Resource[] = [];
  assert.equal(routeMessage("chat", "quiet", true, [device("quiet", undefined)], into), "deliver");
  assert.equal(into.length, 1);
});

test("RFC 6121 §5.2.2: unknown types are normal", () => {
  for (const type of types) assert.equal(messageType(type), type);
  assert.deepEqual([undefined, "odd", ""].map(messageType), ["normal", "normal", "normal"]);
});
