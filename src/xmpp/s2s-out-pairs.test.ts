import assert from "node:assert/strict";
import { test } from "node:test";
import type { DomainName } from "../base/domain-name.ts";
import { limitsWith } from "../base/limits.ts";
import { dialbackKeyer } from "./dialback-key.ts";
import { accepts } from "./s2s-out-pairs.ts";
import { begin, type Setup, type State } from "./s2s-out-state.ts";
import type { Pair } from "./s2s-pairs.ts";
import type { S2sPolicy } from "./s2s-policy.ts";

const pair = (local: string, foreign: string): Pair => ({ local: local as DomainName, foreign: foreign as DomainName });
const own = pair("capulet.example", "montague.example");
const sender = pair("rooms.capulet.example", "montague.example");
const target = pair("capulet.example", "chat.montague.example");

const policy: S2sPolicy = {
  allowIn: true,
  allowOut: true,
  tls: "optional",
  certificate: "encryption-only",
  dialback: "fallback",
  sm: false,
  multiplex: "both",
};
const setup = (changes: Partial<S2sPolicy> = {}): Setup => ({
  ...own,
  certificate: true,
  withoutTls: false,
  policyFor: () => ({ ...policy, ...changes }),
  keyer: dialbackKeyer("secret"),
  limits: limitsWith({ domainsPerLinkMax: 3 }),
});
const start = begin([]);
const open: State = { ...start, at: "open", features: { ...start.features, dialback: "errors" } };

const others = ["a.example", "b.example"].map((local, round) => ({ ...pair(local, "montague.example"), round }));

/** State, what the policy says otherwise, and whether it takes: its own pair, another sender, another target. */
const rows: readonly (readonly [string, State, Partial<S2sPolicy>, boolean, boolean, boolean])[] = [
  ["open", open, {}, true, true, true],
  ["the receiver does not know dialback errors", { ...open, features: start.features }, {}, true, true, false],
  ["features not read yet", { ...start, at: "header" }, {}, true, true, false],
  ["multiplexing of senders only", open, { multiplex: "sender" }, true, true, false],
  ["no multiplexing", open, { multiplex: "none" }, true, false, false],
  ["dialback never, before EXTERNAL", { ...start, at: "header" }, { dialback: "never" }, true, false, false],
  ["dialback never, too late for EXTERNAL", open, { dialback: "never" }, false, false, false],
  ["open in the clear, TLS required since", open, { tls: "required" }, false, false, false],
  ["all under way", { ...open, pending: [{ ...sender, round: 1 }], wanted: [own, target] }, {}, true, true, true],
  ["full", { ...open, pending: others, wanted: [sender] }, {}, false, true, false],
  ["closing", { ...open, at: "closing" }, {}, false, false, false],
  ["closed", { ...open, at: "closed" }, {}, false, false, false],
];

for (const [name, state, changes, ...expected] of rows) {
  test(`further pairs, ${name}`, () =>
    assert.deepEqual(
      [own, sender, target].map((each) => accepts(state, each, setup(changes))),
      expected,
    ));
}
