import assert from "node:assert/strict";
import { test } from "node:test";
import { rowOf } from "../src/base/fault.ts";
import type { SipMessage } from "../src/sip/message.ts";
import { setStage } from "./play-stage.ts";
import { SipWitness } from "./sip-bad-input-witness.ts";
import { verdictOn } from "./sip-frames.ts";
import type { SipTransport } from "./sip-player.ts";
import type { TortureMessage } from "./sip-torture.ts";
import { invalid } from "./sip-torture-invalid.ts";
import { ipv6 } from "./sip-torture-ipv6.ts";
import { semantics } from "./sip-torture-semantics.ts";
import { valid } from "./sip-torture-valid.ts";

const all: readonly TortureMessage[] = [...valid, ...invalid, ...semantics, ...ipv6];

/** What a stranger is told: of what is wrong the status of the fault, of what is sound what the service says. */
function isFit(answers: readonly SipMessage[], [name, , verdict, , bytes]: TortureMessage): void {
  const { message } = verdictOn(bytes);
  const statuses = answers.map(({ status }) => status);
  if (message?.isRequest !== true || message.method === "ACK") {
    assert.deepEqual(statuses, [], name);
  } else if (verdict !== "taken") {
    assert.deepEqual(statuses, [rowOf(verdict).sip], name);
  } else {
    assert.equal(statuses.length, 1, name);
    // None of them is from anybody here; OPTIONS is answered to everybody.
    const [status = 0] = statuses;
    assert.ok(status >= 400 || (status === 200 && message.method === "OPTIONS"), `${name} ${status}`);
  }
}

test("RFC 4475, RFC 5118: the torture messages as datagrams", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  for (const row of all) {
    const stranger = await stage.sipStranger("udp");
    stranger.says(row[4]);
    isFit(await stranger.settles(), row);
    assert.ok(stranger.bytes <= 1.5 * row[4].length + 700, row[0]); // 700: the fence
    await witness.conversationGoesOn();
  }
  await witness.nothingIsLeft();
});

for (const transport of ["tcp", "tls"] satisfies SipTransport[]) {
  test(`RFC 4475, RFC 5118: the torture messages over ${transport}`, async (t) => {
    const stage = await setStage(t);
    const witness = await SipWitness.of(stage);
    for (const row of all) {
      const [name, , verdict, stream, bytes] = row;
      const stranger = await stage.sipStranger(transport);
      stranger.says(bytes);
      switch (stream) {
        case "goes on":
          isFit(await stranger.settles(), row);
          assert.equal(stranger.closed, false, name);
          break;
        case "waits":
          await witness.conversationGoesOn();
          assert.equal(stranger.closed, false, name);
          // The rest of it never comes.
          stranger.stream?.end();
          assert.deepEqual(await stranger.isTurnedAway(), [], name);
          break;
        case "lost":
          // What came before it was lost may be sound, and there may be several.
          for (const { status } of await stranger.isTurnedAway()) {
            assert.ok(verdict === "taken" ? status >= 400 : status === 400, `${name} ${status}`);
          }
          break;
      }
      stranger.close();
      await witness.conversationGoesOn();
    }
    await witness.nothingIsLeft();
  });
}

test("all of them in one connection, one after the other, and byte by byte", async (t) => {
  const stage = await setStage(t);
  const witness = await SipWitness.of(stage);
  const bytes = Buffer.concat(all.filter(([, , , stream]) => stream === "goes on").map(([, , , , each]) => each));
  const together = await stage.sipStranger("tcp");
  together.says(bytes);
  const answers = (await together.settles()).map(({ status }) => status);
  const singly = await stage.sipStranger("tcp");
  singly.stream?.setNoDelay(true);
  for (const byte of bytes) singly.says(Buffer.of(byte));
  assert.deepEqual(
    (await singly.settles()).map(({ status }) => status),
    answers,
  );
  await witness.conversationGoesOn();
  await witness.nothingIsLeft();
});
