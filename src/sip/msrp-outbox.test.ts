import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { MsrpFramer } from "./msrp-framer.ts";
import type { MsrpHead } from "./msrp-head.ts";
import { type MsrpNews, MsrpOutbox } from "./msrp-outbox.ts";

const paths = { to: "msrp://b.example:2/b;tcp", from: "msrp://a.example:1/a;tcp" };

function outbox() {
  let count = 0;
  return new MsrpOutbox(paths, () => `tx${(++count).toString().padStart(4, "0")}`);
}

/** The heads and bodies of frames. */
function read(bytes: Buffer | undefined): { head: MsrpHead; body: string; flag: string } {
  assert.ok(bytes);
  let found: MsrpHead | undefined;
  let body = "";
  let flag = "";
  const framer = new MsrpFramer(
    {
      onHead: (head) => {
        found = head;
      },
      onBody: (piece) => {
        body += piece.toString();
      },
      onEndLine: (end) => {
        flag = end;
      },
      onMalformed: (why) => assert.fail(why.detail),
    },
    limitsWith(),
  );
  assert.equal(framer.push(bytes), undefined);
  assert.ok(found);
  return { head: found, body, flag };
}

const answer = (box: MsrpOutbox, head: MsrpHead, status = 200): MsrpNews | undefined =>
  box.answered({ ...head, method: "", status });

const text = (messageId: string, length: number, successReport = false) => ({
  messageId,
  contentType: "text/plain",
  body: Buffer.alloc(length, "x"),
  successReport,
});

test("a short text is one chunk; it is taken when that is answered", () => {
  const box = outbox();
  box.add(text("msg1", 5));
  const { head, body, flag } = read(box.next(0));
  assert.deepEqual([body, flag, head.range, head.messageId], ["xxxxx", "$", { from: 1, to: 5, total: 5 }, "msg1"]);
  assert.equal(box.next(0), undefined);
  assert.deepEqual(answer(box, head), { kind: "taken", messageId: "msg1" });
  assert.equal(answer(box, head), undefined, "once");
});

test("RFC 4975 §5.1: a long text goes in chunks of 2048 bytes, and a short one does not wait behind it", () => {
  const box = outbox();
  box.add(text("long", 5_000));
  box.add(text("short", 1));
  const frames = [1, 2, 3, 4].map(() => read(box.next(0)));
  assert.deepEqual(
    frames.map(({ head, body, flag }) => [head.messageId, head.range?.from, body.length, flag]),
    [
      ["long", 1, 2_048, "+"],
      ["short", 1, 1, "$"],
      ["long", 2_049, 2_048, "+"],
      ["long", 4_097, 904, "$"],
    ],
  );
  const news = frames.map(({ head }) => answer(box, head));
  assert.deepEqual(news, [
    undefined,
    { kind: "taken", messageId: "short" },
    undefined,
    { kind: "taken", messageId: "long" },
  ]);
});

test("no more than sixteen chunks are unanswered at once", () => {
  const box = outbox();
  box.add(text("long", 60_000));
  const heads: MsrpHead[] = [];
  for (let frame = box.next(0); frame !== undefined; frame = box.next(0)) heads.push(read(frame).head);
  assert.equal(heads.length, 16);
  assert.ok(heads[0]);
  answer(box, heads[0]);
  assert.ok(box.next(0) !== undefined && box.next(0) === undefined);
});

test("a refused chunk ends its message at once: the other side hears that no more comes (RFC 4975 §7.1.1)", () => {
  const box = outbox();
  box.add(text("long", 50_000));
  const first = read(box.next(0));
  const second = read(box.next(0));
  assert.deepEqual(answer(box, first.head, 413), { kind: "failed", messageId: "long", status: 413 });
  const broken = read(box.next(0));
  assert.deepEqual([broken.head.messageId, broken.body, broken.flag], ["long", "", "#"]);
  assert.equal(box.next(0), undefined);
  assert.equal(answer(box, second.head), undefined);
});

test("RFC 4975 §7.1.1: what is not answered in time has failed", () => {
  const box = outbox();
  box.add(text("msg1", 1));
  box.add(text("msg2", 1));
  box.next(0);
  box.next(500);
  assert.equal(box.oldestMs, 0);
  assert.deepEqual(box.expired(400), [{ kind: "failed", messageId: "msg1", status: 408 }]);
  assert.deepEqual([box.unanswered, box.oldestMs], [1, 500]);
});

test("RFC 4975 §7.1.2: success is reported whole or piece by piece; failure by a relay counts too", () => {
  const box = outbox();
  box.add(text("msg1", 10, true));
  const { head } = read(box.next(0));
  assert.ok(head.successReport);
  answer(box, head);
  const report = (messageId: string, from: number, to: number, reported: number) =>
    box.reported({ ...head, method: "REPORT", messageId, range: { from, to, total: 10 }, reported });
  assert.equal(report("msg1", 1, 4, 200), undefined);
  assert.deepEqual(report("msg1", 5, 10, 200), { kind: "arrived", messageId: "msg1" });
  assert.equal(report("msg1", 1, 10, 200), undefined);
  assert.equal(report("nobody's", 1, 10, 200), undefined);
  assert.deepEqual(report("msg2", 1, 10, 408), { kind: "failed", messageId: "msg2", status: 408 });
});

test("a body that has the end line of its own chunk gets another transaction (RFC 4975 §7.1)", () => {
  const box = outbox();
  box.add({ ...text("msg1", 0), body: Buffer.from("see:\r\n-------tx0001$\r\n") });
  const { head, body } = read(box.next(0));
  assert.deepEqual([head.transaction, body], ["tx0002", "see:\r\n-------tx0001$\r\n"]);
});

test("RFC 4975 §5.4: the greeting of a connection has no body", () => {
  const { head, body } = read(outbox().greeting("m0m0"));
  assert.deepEqual([head.contentType, head.range, body], [undefined, { from: 1, to: 0, total: 0 }, ""]);
});
