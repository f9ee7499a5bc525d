import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { delayed, stamp } from "./delayed-delivery.ts";

test("XEP-0082: moments are UTC", () => {
  assert.equal(stamp(0), "1970-01-01T00:00:00.000Z");
  assert.equal(stamp(Date.UTC(2002, 8, 10, 23, 8, 25, 7)), "2002-09-10T23:08:25.007Z");
});

test("XEP-0203 §2: the mark goes in last, beside others", () => {
  const mark = "<delay xmlns='urn:xmpp:delay' from='ours.example' stamp='1970-01-01T00:00:01.000Z'/>";
  assert.equal(
    delayed(utf8("<message><body>é</body><delay/></message>"), "ours.example", 1000).toString(),
    `<message><body>é</body><delay/>${mark}</message>`,
  );
  assert.equal(delayed(utf8("<presence />"), "ours.example", 1000).toString(), `<presence >${mark}</presence>`);
});
