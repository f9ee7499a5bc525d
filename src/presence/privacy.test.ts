import assert from "node:assert/strict";
import { test } from "node:test";
import type { PrivacyRules } from "../base/store.ts";
import { decide, type PrivacyQuestion, type RosterWord } from "./privacy.ts";

/** "ask +a@x -b.example": what holds for others, then allowed and blocked names. */
function rulesOf(line: string): PrivacyRules | undefined {
  if (line === "") return undefined;
  const [otherwise = "ask", ...entries] = line.split(" ");
  return {
    otherwise: otherwise as PrivacyRules["otherwise"],
    entries: entries.map((each) => ({ who: each.slice(1), rule: each.startsWith("+") ? "allow" : "block" })),
  };
}

const rosters: Readonly<Record<string, RosterWord>> = {
  none: { subscription: "none", approved: false, pendingIn: false },
  to: { subscription: "to", approved: false, pendingIn: false },
  from: { subscription: "from", approved: false, pendingIn: false },
  both: { subscription: "both", approved: false, pendingIn: false },
  approved: { subscription: "none", approved: true, pendingIn: false },
  asked: { subscription: "none", approved: false, pendingIn: true },
  "to, asked": { subscription: "to", approved: false, pendingIn: true },
};

const carol = "carol@ours.example";
const dave = "dave@theirs.example";

function question(watcher: string, rules: string, roster: string, autoAuthorise: "none" | "local"): PrivacyQuestion {
  const domain = watcher.slice(watcher.indexOf("@") + 1);
  return {
    rules: rulesOf(rules),
    watcher: { address: watcher, domain, local: domain === "ours.example" },
    roster: rosters[roster],
    autoAuthorise,
    sharing: true,
  };
}

/** Requirement, watcher, the person's lists, their roster's word, the administrator's switch; what comes of it. */
const cases: readonly (readonly [string, string, string, string, "none" | "local", string])[] = [
  // SUB-03: an entry decides at once
  ["SUB-03", dave, `ask +${dave}`, "", "none", "allow"],
  ["SUB-07", dave, `ask -${dave}`, "", "none", "polite-block"],
  ["SUB-03", dave, `block +${dave}`, "", "none", "allow"],
  ["SUB-07", dave, `allow -${dave}`, "", "none", "polite-block"],
  ["SUB-07", dave, `ask -${dave}`, "both", "none", "polite-block"],
  ["SUB-07", dave, `ask -${dave}`, "approved", "none", "polite-block"],
  // SUB-04, SUB-05: otherwise the person is asked
  ["SUB-20", dave, "", "", "none", "pending"],
  ["SUB-20", dave, "ask", "none", "none", "pending"],
  ["SUB-05", dave, "ask", "asked", "none", "pending"],
  ["SUB-04", carol, "", "", "none", "pending"],
  // SUB-06, SUB-09: the answer is kept in the roster as well
  ["SUB-06", dave, "", "from", "none", "allow"],
  ["SUB-06", dave, "ask", "both", "none", "allow"],
  ["SUB-06", dave, "block", "both", "none", "allow"],
  ["SUB-06", dave, "ask", "approved", "none", "allow"],
  // SUB-10: whole domains, and one person of them
  ["SUB-10", dave, "ask -theirs.example", "", "none", "polite-block"],
  ["SUB-10", dave, "ask +theirs.example", "", "none", "allow"],
  ["SUB-03", dave, `ask -theirs.example +${dave}`, "", "none", "allow"],
  ["SUB-07", dave, `ask +theirs.example -${dave}`, "", "none", "polite-block"],
  ["SUB-20", "eve@sub.theirs.example", "ask +theirs.example", "", "none", "pending"],
  ["SUB-10", carol, "ask -ours.example", "", "local", "polite-block"],
  // SUB-19: local people without a question
  ["SUB-19", carol, "", "", "local", "allow"],
  ["SUB-19", carol, "ask", "to", "local", "allow"],
  ["SUB-19", carol, "ask", "asked", "local", "allow"],
  // SUB-20: for others only the person's own word counts
  ["SUB-20", dave, "", "", "local", "pending"],
  ["SUB-20", dave, "ask", "", "local", "pending"],
  // SUB-21, not followed: to be a contact is not to be let in
  ["SUB-20", dave, "ask", "to", "none", "pending"],
  ["SUB-05", dave, "ask", "to, asked", "none", "pending"],
  ["SUB-10", dave, "ask -theirs.example", "to", "none", "polite-block"],
  ["SUB-10", dave, "ask -theirs.example", "both", "none", "polite-block"],
  // SUB-22: blocked in spite of the switch
  ["SUB-07", carol, `ask -${carol}`, "", "local", "polite-block"],
  // SUB-23: what holds for everybody else
  ["SUB-23", dave, "block", "", "none", "polite-block"],
  ["SUB-23", dave, "allow", "", "none", "allow"],
  ["SUB-23", carol, "block", "", "local", "polite-block"],
  ["SUB-23", dave, "block", "to", "none", "polite-block"],
  ["SUB-23", dave, "allow", "asked", "none", "allow"],
  // SUB-23: the first entry for a name counts
  ["SUB-07", dave, `ask -${dave} +${dave}`, "", "none", "polite-block"],
];

test("who may see whom", () => {
  for (const [requirement, watcher, rules, roster, autoAuthorise, verdict] of cases) {
    const found = decide(question(watcher, rules, roster, autoAuthorise));
    const row = [watcher, rules, roster, autoAuthorise].join(" | ");
    assert.deepEqual([found.verdict, found.why.slice(0, 6)], [verdict, requirement], row);
    assert.match(found.why, /^SUB-\d\d: [a-z]/i);
  }
});

test("SUB-25: with sharing off nobody sees anybody, whatever else holds", () => {
  for (const [, watcher, rules, roster, autoAuthorise] of cases) {
    const found = decide({ ...question(watcher, rules, roster, autoAuthorise), sharing: false });
    assert.equal(found.verdict, "polite-block");
    assert.match(found.why, /^SUB-25/);
  }
});
