import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenType, namesType, presenceTypes } from "./accept.ts";

const pidf = "application/pidf+xml";
const xpidf = "application/xpidf+xml";

/** who asks so, the values of Accept, what they get. */
const rows: [who: string, accept: readonly string[], chosen: string | undefined][] = [
  ["baresip, PJSIP: no Accept", [], pidf],
  ["libpurple", [pidf, xpidf], pidf],
  [
    "Microsoft: PIDF last",
    [
      "application/msrtc-event-categories+xml",
      "application/xpidf+xml",
      "text/xml+msrtc.pidf",
      "application/pidf+xml",
      "application/rlmi+xml",
      "multipart/related",
    ],
    pidf,
  ],
  ["Linphone", ["multipart/related", "application/pidf+xml", "application/rlmi+xml"], pidf],
  ["an old client", [xpidf], xpidf],
  ["any case, white space", [" Application / PIDF+XML ; q=0.2"], pidf],
  ["anything", ["*/*"], pidf],
  ["any application", ["application/*"], pidf],
  ["anything but PIDF", ["*/*", `${pidf};q=0`], xpidf],
  ["any but applications", ["application/*;q=0.0", "*/*"], undefined],
  ["something else", ["text/plain"], undefined],
  ["an empty Accept", [""], undefined],
  ["a strange q", [`${pidf};q=x`], pidf],
];

test("2.1: PIDF when it is listed or nothing is, else XPIDF, else nothing", () => {
  for (const [who, accept, chosen] of rows) assert.equal(chosenType(accept, presenceTypes), chosen, who);
});

test("a type is named only by itself", () => {
  assert.ok(namesType(["multipart/related", 'Multipart/Related;type="application/rlmi+xml"'], "multipart/related"));
  assert.ok(!namesType(["*/*", "multipart/*"], "multipart/related"));
  assert.ok(!namesType(["multipart/related;q=0"], "multipart/related"));
  assert.ok(!namesType([], "multipart/related"));
});
