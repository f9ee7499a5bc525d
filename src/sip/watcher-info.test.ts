import assert from "node:assert/strict";
import { test } from "node:test";
import { type Watcher, writeWatcherInfo } from "./watcher-info.ts";
import { WatcherChanges } from "./watcher-info-changes.ts";
import { firstStatus, nextStatus, type WatcherEvent, type WatcherStatus, watcherTable } from "./watcher-info-states.ts";

const bob: Watcher = {
  id: "w1",
  uri: "sip:bob@theirs.example",
  displayName: "Bob & Co",
  status: "pending",
  event: "subscribe",
  since: 10_000,
  expiresAt: 3_610_000,
};

test("RFC 3857 §4.7.1, Figure 1: arrow by arrow", () => {
  const arrows: [WatcherStatus, WatcherEvent, WatcherStatus][] = [
    ["pending", "approved", "active"],
    ["pending", "rejected", "terminated"],
    ["pending", "deactivated", "terminated"],
    ["pending", "probation", "terminated"],
    ["pending", "noresource", "terminated"],
    ["pending", "timeout", "waiting"],
    ["active", "timeout", "terminated"],
    ["active", "rejected", "terminated"],
    ["active", "deactivated", "terminated"],
    ["active", "probation", "terminated"],
    ["active", "noresource", "terminated"],
    ["waiting", "approved", "terminated"],
    ["waiting", "rejected", "terminated"],
    ["waiting", "giveup", "terminated"],
    ["waiting", "noresource", "terminated"],
  ];
  for (const [status, event, next] of arrows) assert.equal(nextStatus(status, event), next, `${status} ${event}`);
  const drawn = Object.values(watcherTable).flatMap((row) => Object.keys(row)).length;
  assert.equal(drawn, arrows.length);
  assert.equal(nextStatus("waiting", "timeout"), undefined);
  assert.equal(nextStatus("terminated", "approved"), undefined);
});

test("RFC 3857 §4.7.1: the first status, by policy", () => {
  assert.deepEqual(firstStatus("accept"), ["active", "subscribe"]);
  assert.deepEqual(firstStatus("pending"), ["pending", "subscribe"]);
  assert.deepEqual(firstStatus("reject"), ["terminated", "rejected"]);
});

test("RFC 3858 §4: a document", () => {
  const text = writeWatcherInfo(
    { version: 0, full: true, resource: "sip:alice@ours.example", watchers: [bob] },
    20_500,
  );
  assert.equal(
    text,
    '<?xml version="1.0" encoding="UTF-8"?>\r\n' +
      '<watcherinfo xmlns="urn:ietf:params:xml:ns:watcherinfo" version="0" state="full">' +
      '<watcher-list resource="sip:alice@ours.example" package="presence">' +
      '<watcher status="pending" event="subscribe" id="w1" display-name="Bob &amp; Co" expiration="3590"' +
      ' duration-subscribed="10">sip:bob@theirs.example</watcher></watcher-list></watcherinfo>\r\n',
  );
  const gone: Watcher = { ...bob, displayName: "", status: "terminated", event: "timeout", since: undefined };
  assert.match(
    writeWatcherInfo({ version: 7, full: false, resource: "sip:a@b", watchers: [gone] }, 0),
    /version="7" state="partial">.*<watcher status="terminated" event="timeout" id="w1">sip:bob@/s,
  );
});

test("changes: the newest of each watcher, once", () => {
  const changes = new WatcherChanges();
  const told = (full: boolean, current: readonly Watcher[] = []) =>
    changes.take(full, current).map(({ id, status }) => `${id} ${status}`);
  changes.note(bob);
  assert.deepEqual(told(true, [bob]), ["w1 pending"]);
  changes.note({ ...bob, status: "waiting", event: "timeout" });
  changes.note({ ...bob, status: "terminated", event: "giveup" });
  assert.equal(changes.size, 1);
  assert.deepEqual(told(false), ["w1 terminated"]);
  assert.deepEqual(told(false), []);
});

test("changes: who came and went untold stays untold, unless turned away", () => {
  const changes = new WatcherChanges();
  const w2 = { ...bob, id: "w2" };
  changes.note(w2);
  changes.note({ ...w2, status: "terminated", event: "timeout" });
  assert.equal(changes.size, 0);
  changes.note({ ...w2, status: "terminated", event: "rejected" });
  assert.equal(changes.size, 1);
});

test("RFC 3857 §4.7.2: a full document also names those that have just ended", () => {
  const changes = new WatcherChanges();
  changes.take(true, [bob]);
  changes.note({ ...bob, status: "terminated", event: "timeout" });
  assert.deepEqual(
    changes.take(true, []).map(({ status }) => status),
    ["terminated"],
  );
});
