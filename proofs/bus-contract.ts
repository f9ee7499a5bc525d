import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bus } from "../src/base/bus.ts";
import { eventually, pass, type Time } from "./time.ts";

/** Two nodes that share one bus. */
export type BusUnderTest = { readonly time: Time; readonly one: Bus; readonly two: Bus };

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();

/** What every bus must do. */
export function busContract(kind: string, make: () => Promise<BusUnderTest>): void {
  const check = (name: string, body: (given: BusUnderTest) => Promise<void>) =>
    test(`${kind}: ${name}`, async () => {
      const given = await make();
      try {
        await body(given);
      } finally {
        await given.time.until(Promise.all([given.one.close(), given.two.close()]));
      }
    });

  check("what is published reaches everybody who listens, with its sender's name", async ({ one, two, time }) => {
    const seen: string[] = [];
    one.subscribe("news", (payload, from) => void seen.push(`one heard ${text(payload)} from ${from}`));
    two.subscribe("news", (payload, from) => void seen.push(`two heard ${text(payload)} from ${from}`));
    two.subscribe("other", () => void seen.push("never"));
    one.publish("news", Buffer.from("hello"));
    one.publish("nobody", Buffer.from("?"));
    assert.deepEqual(seen, [], "never inside publish");
    await eventually(time, "both hear it", () => seen.length >= 2);
    assert.deepEqual(seen.sort(), [`one heard hello from ${one.node}`, `two heard hello from ${one.node}`]);
  });

  check("each sender's messages come in order", async ({ one, two, time }) => {
    const seen: Record<string, number[]> = { [one.node]: [], [two.node]: [] };
    two.subscribe("news", (payload, from) => void seen[from]?.push(payload[0] ?? -1));
    const sent = Array.from({ length: 100 }, (_, n) => n);
    for (const n of sent) {
      one.publish("news", Uint8Array.of(n));
      two.publish("news", Uint8Array.of(n));
    }
    await eventually(time, "all come", () => Object.values(seen).flat().length === 200);
    assert.deepEqual(Object.values(seen), [sent, sent]);
  });

  check("who has stopped listening hears no more, even of what is under way", async ({ one, two, time }) => {
    let heard = 0;
    const cancel = two.subscribe("news", () => void heard++);
    one.publish("news", Uint8Array.of(1));
    cancel();
    cancel();
    one.publish("news", Uint8Array.of(2));
    await pass(time, 20);
    assert.equal(heard, 0);
  });

  check("the directory is shared; the last writer wins", async ({ one, two, time }) => {
    await time.until(one.put("user/alice", Buffer.from("one")));
    assert.equal(text(await time.until(two.get("user/alice"))), "one");
    await time.until(two.put("user/alice", Buffer.from("two")));
    assert.equal(text(await time.until(one.get("user/alice"))), "two");
    await time.until(one.remove("user/alice"));
    assert.equal(await time.until(two.get("user/alice")), undefined);
    await time.until(one.remove("user/alice"));
  });

  check("a node that leaves takes its entries and its ears with it", async ({ one, two, time }) => {
    let heard = 0;
    two.subscribe("news", () => void heard++);
    await time.until(one.put("mine", Buffer.from("1")));
    await time.until(two.put("theirs", Buffer.from("2")));
    await time.until(one.put("taken over", Buffer.from("1")));
    await time.until(two.put("taken over", Buffer.from("2")));
    await time.until(two.close());
    one.publish("news", Uint8Array.of(1));
    assert.equal(text(await time.until(one.get("mine"))), "1");
    assert.equal(await time.until(one.get("theirs")), undefined);
    assert.equal(await time.until(one.get("taken over")), undefined);
    assert.equal(heard, 0);
    two.publish("news", Uint8Array.of(2));
    await assert.rejects(time.until(two.put("late", Uint8Array.of(1))), /has left/);
  });
}
