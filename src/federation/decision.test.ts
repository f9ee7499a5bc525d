import assert from "node:assert/strict";
import { test } from "node:test";
import { decide, type Outcome, type Side } from "./decision.ts";

const policies = ["none", "optional", "required"] as const;
const certificates = ["missing", "invalid", "valid"] as const;
const letters: Record<string, Outcome> = {
  ".": "none",
  p: "plain+dialback",
  d: "tls+dialback",
  X: "tls+external",
};

/**
 * A.6 written out: a row for each initiator (TLS none, optional, required, and within each the certificate missing, invalid,
 * valid), a column for each receiver in the same order. Both sides do dialback and neither is strict.
 */
const lenient = `
  ppp ppp ...
  ppp ppp ...
  ppp ppp ...

  ppp pdd .dd
  ppp pdd .dd
  ppp pdX .dX

  ... .dd .dd
  ... .dd .dd
  ... .dX .dX`;

/** The same with a strict initiator: a receiver's invalid certificate, once TLS is on, ends it. */
const strictInitiator = `
  ppp ppp ...
  ppp ppp ...
  ppp ppp ...

  ppp p.d ..d
  ppp p.d ..d
  ppp p.X ..X

  ... ..d ..d
  ... ..d ..d
  ... ..X ..X`;

/** With a strict receiver: an initiator's invalid certificate, once TLS is on, ends it. */
const strictReceiver = `
  ppp ppp ...
  ppp ppp ...
  ppp ppp ...

  ppp pdd .dd
  ppp p.. ...
  ppp pdX .dX

  ... .dd .dd
  ... ... ...
  ... .dX .dX`;

const bothStrict = `
  ppp ppp ...
  ppp ppp ...
  ppp ppp ...

  ppp p.d ..d
  ppp p.. ...
  ppp p.X ..X

  ... ..d ..d
  ... ... ...
  ... ..X ..X`;

const grids = [
  { initiator: false, receiver: false, text: lenient },
  { initiator: true, receiver: false, text: strictInitiator },
  { initiator: false, receiver: true, text: strictReceiver },
  { initiator: true, receiver: true, text: bothStrict },
];

const sides = (strict: boolean, dialback: boolean): readonly Side[] =>
  policies.flatMap((tls) => certificates.map((certificate) => ({ tls, certificate, strict, dialback })));

for (const { initiator, receiver, text } of grids) {
  test(`the matrix with the initiator ${initiator ? "" : "not "}strict, the receiver ${receiver ? "" : "not "}strict`, () => {
    const cells = text.replaceAll(/\s/g, "");
    assert.equal(cells.length, 81);
    for (const [ours, theirs] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      const from = sides(initiator, ours);
      const to = sides(receiver, theirs);
      from.forEach((a, row) => {
        to.forEach((b, column) => {
          const cell = letters[cells.charAt(row * 9 + column)] ?? assert.fail("unknown letter");
          // Without dialback on both sides only certificates remain.
          const expected = (ours && theirs) || cell === "tls+external" ? cell : "none";
          assert.equal(decide(a, b).outcome, expected, `${JSON.stringify(a)} to ${JSON.stringify(b)}`);
        });
      });
    }
  });
}

test("the reason is for reading", () => {
  const side: Side = { tls: "required", certificate: "invalid", strict: false, dialback: false };
  assert.deepEqual(decide({ ...side, certificate: "valid" }, side), {
    outcome: "none",
    why: "the receiving side's certificate encrypts but does not prove its domain, and dialback is not allowed on both sides",
  });
});
