import assert from "node:assert/strict";
import type { Fault, FaultCode } from "../src/base/fault.ts";
import { fault } from "../src/base/fault.ts";
import { type Actor, domain, type Event, outcomeOf, pairOf, proofOf } from "./s2s-actor.ts";

/**
 * Plays a transcript, byte for byte. A line "recv …" gives the actor those bytes; a line "! …" tells it what happened
 * (`connected`, `secured`, `proof DOMAIN good`, `want OURS THEIRS`, `ask OURS THEIRS ID KEY`, `verified …`, `ring`, `end CODE`,
 * `tls-failed`, `lost`). All other lines are what it must say to that, all of it and in that order. Indentation is
 * nothing; a line that begins with "+" goes on with the line before it.
 */
export function transcript(actor: Actor, text: string): void {
  const lines = text
    .replaceAll(/\n *\+/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  let expected: string[] = [];
  let cause = "the beginning";
  const settle = (): void => {
    assert.deepEqual(actor.said, expected, `after: ${cause}`);
    actor.said = [];
    expected = [];
  };
  for (const line of lines) {
    if (line.startsWith("recv ")) {
      settle();
      actor.receive(line.slice(5));
      cause = line;
    } else if (line.startsWith("! ")) {
      settle();
      actor.feed(happening(actor, line.slice(2).split(" ")));
      cause = line;
    } else expected.push(line);
  }
  settle();
}

function happening(actor: Actor, [kind = "", a = "", b = "", c = "", d = ""]: readonly string[]): Event {
  const why: Fault | undefined = a === "" ? undefined : fault(a as FaultCode);
  switch (kind) {
    case "connected":
    case "secured":
      return { kind };
    case "proof":
      return { kind, domain: domain(a), proof: proofOf(b) };
    case "want":
      return { kind, pair: pairOf(a, b) };
    case "ask":
      return { kind, question: { ...pairOf(a, b), id: c, key: d } };
    case "verified":
      return { kind, pair: pairOf(a, b), id: c, outcome: outcomeOf(d) };
    case "tls-failed":
      return { kind, fault: fault("tls-failed") };
    case "end":
    case "lost":
      return { kind, fault: why };
    case "ring":
      return actor.waits.shift() ?? assert.fail("nothing waits");
    default:
      return assert.fail(`unknown happening: ${kind}`);
  }
}
