import assert from "node:assert/strict";
import type { Client } from "./clients.ts";

/**
 * What two people of two domains do with each other: each subscribes to the other's presence, sees it change, and writes.
 * Whoever is called `asker` begins. RFC 6121 §3.1, §4, §5.
 */
export async function befriend(asker: Client, asked: Client): Promise<void> {
  await subscribe(asker, asked);
  await subscribe(asked, asker);
  await asker.expect({ event: "roster", jid: asked.jid, subscription: "both" });
  await asked.expect({ event: "roster", jid: asker.jid, subscription: "both" });
}

/** One asks, the other approves, and the first sees the other's presence. */
export async function subscribe(asker: Client, asked: Client): Promise<void> {
  asker.presence({ to: asked.jid, type: "subscribe" });
  await asked.expect({ event: "presence", from: asker.jid, type: "subscribe" });
  asked.presence({ to: asker.jid, type: "subscribed" });
  await asker.expect({ event: "presence", from: asked.jid, type: "subscribed" });
  await asker.expect({ event: "presence", from: asked.jid, type: "available" });
}

/** Each sees the other change. */
export async function showPresence(one: Client, other: Client): Promise<void> {
  for (const [shows, sees] of [
    [one, other],
    [other, one],
  ] as const) {
    shows.presence({ show: "away", status: `${shows.jid} is at lunch` });
    await sees.expect({ event: "presence", from: shows.jid, show: "away", status: `${shows.jid} is at lunch` });
    shows.presence({});
    await sees.expect({ event: "presence", from: shows.jid, show: "", status: "" });
  }
}

let chats = 0;

/** Messages both ways, with characters that need care, in order. */
export async function chat(one: Client, other: Client): Promise<void> {
  // No two alike in a run: a client that acknowledges badly is sent old ones again.
  const number = ++chats;
  for (const [writes, reads] of [
    [one, other],
    [other, one],
  ] as const) {
    const bodies = ["hello", "5 < 6 && 'a' > \"b\"", "grüße, 漢字, 🙂", "line\nbreak"].map(
      (body) => `${number} ${body}`,
    );
    for (const body of bodies) writes.message(reads.jid, body);
    const before = reads.happened.length;
    for (const body of bodies) {
      await reads.expect({ event: "message", from: writes.jid, type: "chat", body, delayed: false });
    }
    const order = reads.happened.slice(before).flatMap(({ body = "" }) => (bodies.includes(body) ? [body] : []));
    assert.deepEqual(order, bodies);
  }
}

/**
 * A message to somebody who has gone waits for them and comes with its delay (XEP-0160, XEP-0203). Friends already. With
 * `looksTwice` the reader signs in once more when it does not come: ejabberd files a message a moment after it took it, and
 * a sign-in in that moment does not see it yet.
 */
export async function messageAbsent(
  writer: Client,
  reader: Client,
  again: () => Promise<Client>,
  looksTwice = false,
): Promise<void> {
  await reader.close();
  await writer.expect({ event: "presence", from: reader.jid, type: "unavailable" });
  const body = `while you were away, ${reader.jid} (${++chats})`;
  writer.message(reader.jid, body);
  await writer.settle(reader.jid.slice(reader.jid.indexOf("@") + 1));
  const expected = { event: "message", from: writer.jid, body } as const;
  let returned = await again();
  let message = looksTwice ? await returned.expect(expected, 5_000).catch(() => undefined) : undefined;
  if (looksTwice && message === undefined) {
    await returned.close();
    returned = await again();
  }
  message ??= await returned.expect(expected);
  assert.equal(message.delayed, true);
}
