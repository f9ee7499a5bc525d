import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../base/fault.ts";
import { limitsWith } from "../base/limits.ts";
import { no, ok } from "../base/result.ts";
import { expired, nextExpiry, type Publications, type PublishRequest, publish } from "./publication.ts";

const limits = limitsWith({ sipPublicationsPerUserMax: 3 });

/** A person's publications, and a clock of seconds. */
function person() {
  let state: Publications<string> = [];
  let tags = 0;
  const it = {
    at: 0,
    get open() {
      return state.map(({ id, document }) => `${id}=${document}`).join(" ");
    },
    get next() {
      return nextExpiry(state);
    },
    /** Publishes; answers status, tag and changes, such as "200 t1: t1=open". */
    publish(document: string | undefined, more: Partial<PublishRequest<string>> = {}) {
      const answer = publish<string>(
        state,
        {
          event: "presence",
          ifMatch: [],
          expires: 600,
          device: () => "",
          idHead: "",
          read: document === undefined ? undefined : () => ok(document),
          ...more,
        },
        it.at * 1_000,
        () => `t${++tags}`,
        limits,
      );
      state = answer.next;
      const changes = answer.changes.map(({ id, document }) => ` ${id}=${document ?? "gone"}`).join("");
      const tag = /^SIP-ETag: (.*)\r\n/.exec(answer.headers)?.[1];
      it.headers = answer.headers;
      return tag === undefined ? `${answer.status} ${answer.fault?.code}` : `${answer.status} ${tag}:${changes}`;
    },
    headers: "",
    expire() {
      const { next, changes } = expired(state, it.at * 1_000);
      state = next;
      return changes.map(({ id }) => id).join(" ");
    },
  };
  return it;
}

test("RFC 3903 §4, Table 1: initial, refresh, modify, remove; a fresh tag each time", () => {
  const alice = person();
  assert.equal(alice.publish("open"), "200 t1: t1=open");
  assert.equal(alice.headers, "SIP-ETag: t1\r\nExpires: 600\r\n");
  alice.at = 500;
  assert.equal(alice.publish(undefined, { ifMatch: ["t1"] }), "200 t2:");
  assert.equal(alice.publish("away", { ifMatch: ["t2"] }), "200 t3: t1=away");
  assert.equal(alice.next, 1_100_000);
  assert.equal(alice.publish(undefined, { ifMatch: ["t3"], expires: 0 }), "200 t4: t1=gone");
  assert.equal(alice.open, "");
  assert.equal(alice.next, undefined);
});

test("§6 step 3: a tag that is not known, not any more, or not alone", () => {
  const alice = person();
  alice.publish("open");
  assert.equal(alice.publish(undefined, { ifMatch: ["x"] }), "412 sip-conditional-failed");
  assert.equal(alice.publish("away", { ifMatch: ["t1"] }), "200 t2: t1=away");
  assert.equal(alice.publish("busy", { ifMatch: ["t1"] }), "412 sip-conditional-failed");
  assert.equal(alice.publish("busy", { ifMatch: ["t2", "t3"] }), "400 sip-malformed");
  assert.equal(alice.open, "t1=away");
  alice.at = 600;
  assert.equal(alice.publish(undefined, { ifMatch: ["t2"] }), "412 sip-conditional-failed");
});

test("§6 step 2: another event, or none", () => {
  const alice = person();
  assert.equal(alice.publish("x", { event: "dialog" }), "489 sip-event");
  assert.equal(alice.headers, "Allow-Events: presence\r\n");
  assert.equal(alice.publish("x", { event: undefined }), "489 sip-event");
  assert.equal(alice.publish("x", { event: "presence.winfo" }), "489 sip-event");
});

test("§6 step 4: how long", () => {
  const alice = person();
  const granted = (expires: number | undefined) => {
    alice.publish("open", { expires });
    return alice.headers.replace(/SIP-ETag: .*\r\n/, "");
  };
  assert.equal(granted(undefined), "Expires: 3600\r\n");
  assert.equal(granted(60), "Expires: 60\r\n");
  assert.equal(granted(59), "Min-Expires: 60\r\n");
  assert.equal(granted(100_000), "Expires: 3600\r\n");
  assert.equal(alice.publish("open", { expires: 59 }), "423 sip-interval");
});

test("§6 step 5: no body where there must be one, or one that cannot be read", () => {
  const alice = person();
  assert.equal(alice.publish(undefined), "400 sip-malformed");
  assert.equal(alice.publish("", { read: () => no(fault("presence-document", "x")) }), "400 presence-document");
  assert.equal(alice.publish("", { read: () => no(fault("sip-media-type", "x")) }), "415 sip-media-type");
  assert.match(alice.headers, /^Accept: application\/pidf\+xml, /);
  assert.equal(alice.open, "");
});

test("the body is read only when nothing else stands against the request", () => {
  const alice = person();
  const read = () => assert.fail("read");
  assert.equal(alice.publish("", { ifMatch: ["x"], read }), "412 sip-conditional-failed");
  assert.equal(alice.publish("", { expires: 1, read }), "423 sip-interval");
  assert.equal(alice.publish("", { expires: 0, read }), "200 t1:");
});

test("6.2: who names no tag never gets 412, and publishes anew in place of what the device published before", () => {
  const alice = person();
  assert.equal(alice.publish("open", { device: () => "pidgin" }), "200 t1: t1=open");
  assert.equal(alice.publish("open", { device: () => "baresip" }), "200 t2: t2=open");
  assert.equal(alice.publish("away", { device: () => "pidgin" }), "200 t3: t1=gone t3=away");
  assert.equal(alice.publish("busy"), "200 t4: t4=busy");
  assert.equal(alice.open, "t2=open t3=away t4=busy");
});

test("one too many takes the place of the one that would run out first", () => {
  const alice = person();
  alice.publish("a", { expires: 600 });
  alice.publish("b", { expires: 300 });
  alice.publish("c", { expires: 900 });
  assert.equal(alice.publish("d"), "200 t4: t2=gone t4=d");
  assert.equal(alice.open, "t1=a t3=c t4=d");
});

test("§4.4: what is not refreshed runs out", () => {
  const alice = person();
  alice.publish("a", { expires: 60 });
  alice.publish("b", { expires: 120 });
  assert.equal(alice.next, 60_000);
  alice.at = 59;
  assert.equal(alice.expire(), "");
  alice.at = 60;
  assert.equal(alice.expire(), "t1");
  assert.equal(alice.open, "t2=b");
});
