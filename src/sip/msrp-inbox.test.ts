import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import type { MsrpFlag, MsrpHead } from "./msrp-head.ts";
import { MsrpInbox } from "./msrp-inbox.ts";
import { parseMsrpPath } from "./msrp-uri.ts";

const path = parseMsrpPath("msrp://a.example:1/a;tcp", 1);
assert.ok(path.ok);
const base: MsrpHead = {
  transaction: "abcd",
  method: "SEND",
  status: 0,
  toPath: path.value,
  fromPath: path.value,
  messageId: "m1",
  range: undefined,
  failureReport: "yes",
  successReport: false,
  reported: 0,
  contentType: "text/plain",
  contentHeaders: "",
};

const inboxWith = (limits: Parameters<typeof limitsWith>[0] = {}) => {
  const inbox = new MsrpInbox(() => limitsWith(limits));
  return (from: number, body: string, flag: MsrpFlag, messageId = "m1", total?: number): string => {
    const head = { ...base, messageId, range: { from, to: undefined, total } };
    const early = inbox.begin(head);
    const amid = inbox.body(Buffer.from(body));
    const taken = inbox.end(flag);
    if (taken.kind === "refused") assert.ok(early !== undefined || amid !== undefined);
    if (taken.kind === "message") return taken.message.body.toString();
    return taken.kind === "refused" ? String(taken.status) : "";
  };
};

test("RFC 4975 §5.1: chunks become the message they were, in order, turned round and twice", () => {
  const ordered = inboxWith();
  assert.equal(ordered(1, "abcd", "+"), "");
  assert.equal(ordered(5, "EFGH", "$"), "abcdEFGH");
  const turned = inboxWith();
  assert.equal(turned(5, "EFGH", "$"), "");
  assert.equal(turned(2, "xcd", "+"), "");
  assert.equal(turned(1, "ab", "+"), "abcdEFGH");
});

test("a message is as long as its last chunk says, whatever its Byte-Range counts (RFC 4975 §4, RFC 7573 §4)", () => {
  assert.equal(inboxWith()(1, "Hey Bob, are you there?", "$", "m1", 25), "Hey Bob, are you there?");
  assert.equal(inboxWith()(1, "thirty-five bytes of text, all told", "$", "m1", 25).length, 35);
});

test("messages take turns; one that is broken off leaves nothing behind", () => {
  const take = inboxWith({ msrpMessagesAtOnceMax: 2 });
  assert.equal(take(1, "long ", "+", "m1"), "");
  assert.equal(take(1, "short", "$", "m2"), "short");
  assert.equal(take(6, "text", "$", "m1"), "long text");
  assert.equal(take(1, "never", "+", "m3"), "");
  assert.equal(take(6, "", "#", "m3"), "");
  assert.equal(take(6, "more", "$", "m3"), "", "it begins in the middle, so it is not whole");
});

test("too much is refused: by its size, by the size it says, by how many come at once", () => {
  const take = inboxWith({ msrpMessageBytesMax: 10, msrpMessagesAtOnceMax: 2 });
  assert.equal(take(1, "01234567890", "$"), "413");
  assert.equal(take(1, "0", "+", "m1", 11), "413");
  assert.equal(take(12, "0", "$"), "413");
  assert.equal(take(1, "0123456789", "$"), "0123456789");
  assert.equal(take(1, "a", "+", "m1"), "");
  assert.equal(take(1, "a", "+", "m2"), "");
  assert.equal(take(1, "a", "$", "m3"), "413");
});

test("a message in a thousand pieces with gaps between them is no message", () => {
  const take = inboxWith();
  let answer = "";
  for (let at = 1; at < 200 && answer === ""; at += 2) answer = take(at, "x", "+");
  assert.equal(answer, "400");
});

test("an empty SEND is no message, an empty text is one", () => {
  const inbox = new MsrpInbox(() => limitsWith());
  assert.equal(inbox.begin({ ...base, contentType: undefined }), undefined);
  assert.equal(inbox.end("$").kind, "chunk");
  inbox.begin(base);
  assert.equal(inbox.end("$").kind, "message");
});
