import assert from "node:assert/strict";
import { test } from "node:test";
import { type Conflict, conflict, xcapErrorText } from "./xcap-error.ts";

test("RFC 4825 §11.2: what a 409 says", () => {
  const inside = (why: Conflict) => /xcap-error">(.*)<\/xcap-error>\n$/.exec(xcapErrorText(why))?.[1];
  assert.equal(inside(conflict("cannot-insert", 'a "b" & c')), '<cannot-insert phrase="a &quot;b&quot; &amp; c"/>');
  assert.equal(inside({ kind: "no-parent", ancestor: "" }), "<no-parent/>");
  assert.equal(
    inside({ kind: "no-parent", ancestor: "https://x/y?a&b" }),
    "<no-parent><ancestor>https://x/y?a&amp;b</ancestor></no-parent>",
  );
  assert.equal(
    inside({ kind: "uniqueness-failure", field: "/rls-services/service[1]/@uri", phrase: "twice" }),
    '<uniqueness-failure phrase="twice"><exists field="/rls-services/service[1]/@uri"/></uniqueness-failure>',
  );
});
