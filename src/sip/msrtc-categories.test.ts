import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { readPresence } from "./presence-document.ts";

function document(states: string, more = ""): string {
  return `<categories xmlns="http://schemas.microsoft.com/2006/09/sip/categories" uri="sip:m1@contoso.example">
<category name="state" instance="1" publishTime="2026-01-01T00:00:00Z" container="2" version="1" expireType="user">${states}</category>${more}
</categories>`;
}

const state = (number: string, activity = "", type = "aggregateState") =>
  `<state xmlns="http://schemas.microsoft.com/2006/09/sip/state" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ` +
  `xsi:type="${type}"><availability>${number}</availability>${activity}</state>`;

function read(xml: string): string {
  const found = readPresence("application/msrtc-event-categories+xml", Buffer.from(xml), limitsWith({}));
  assert.ok(found.ok, found.ok ? "" : found.fault.detail);
  const { availability, number, entity, note } = found.value;
  return `${entity} ${availability ?? "-"} ${number ?? "-"} ${note}`.trim();
}

const meeting = `<activity token="in-a-meeting" minAvailability="6500" maxAvailability="8999"/>`;

const cases: readonly (readonly [what: string, xml: string, found: string])[] = [
  ["MAP-10: a number", document(state("6500")), "m1@contoso.example busy 6500"],
  ["MAP-10: below 3000 it says nothing", document(state("2999")), "m1@contoso.example - 2999"],
  ["a token says more", document(state("6500", meeting)), "m1@contoso.example in-a-meeting 6500"],
  ["but not beside another number", document(state("9500", meeting)), "m1@contoso.example dnd 9500"],
  [
    "nor of who is gone",
    document(state("18500", `<activity token="in-a-meeting"/>`)),
    "m1@contoso.example offline 18500",
  ],
  [
    "the aggregate counts, wherever it stands",
    document(state("3500", "", "machineState") + state("15500")),
    "m1@contoso.example away 15500",
  ],
  ["without one, the first", document(state("12500", "", "userState")), "m1@contoso.example brb 12500"],
  [
    "a note of theirs",
    document(
      state("3500"),
      `<category name="note"><note xmlns="http://schemas.microsoft.com/2006/09/sip/note"><body type="personal" uri="">At lunch</body></note></category>`,
    ),
    "m1@contoso.example available 3500 At lunch",
  ],
  ["no state at all", `<categories uri="sip:m1@contoso.example"/>`, "m1@contoso.example - -"],
  ["a number that is none", document(state("many")), "m1@contoso.example - -"],
];

for (const [what, xml, found] of cases) test(what, () => assert.equal(read(xml), found));
