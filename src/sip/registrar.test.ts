import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { limitsWith } from "../base/limits.ts";
import type { StoredBinding } from "../base/store.ts";
import { parseMessage, type SipMessage } from "./message.ts";
import { supportedOptions } from "./option-tags.ts";
import { type RegisterFacts, type Registration, register } from "./registrar.ts";
import { renew } from "./renewal.ts";

const began = Date.UTC(2002, 1, 21, 13, 2, 3);
const limits = limitsWith({ sipBindingsPerUserMax: 4 });
const facts: RegisterFacts = {
  now: began,
  aor: "sip:bob@biloxi.com",
  via: "udp 192.0.2.4:5060",
  keepsAlive: true,
  flowTimerSeconds: 120,
  gruuSecret: Buffer.alloc(32, 1),
};
const standing = `Supported: ${supportedOptions}\r\nDate: Thu, 21 Feb 2002 13:02:03 GMT\r\n`;

/** A REGISTER of Call-ID "one" or another, with so many Vias. */
function request(cseq: number, headers: readonly string[], callId = "one", vias = 1): SipMessage {
  const lines = [
    "REGISTER sip:registrar.biloxi.com SIP/2.0",
    ...Array.from({ length: vias }, (_, n) => `Via: SIP/2.0/TCP host${n}.biloxi.com:5060;branch=z9hG4bKnashds7`),
    "Max-Forwards: 70",
    "To: Bob <sip:bob@biloxi.com>",
    "From: Bob <sip:bob@biloxi.com>;tag=456248",
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    ...headers,
    "Content-Length: 0",
    "",
    "",
  ];
  const parsed = parseMessage(utf8(lines.join("\r\n")), limitsWith());
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.fault.detail);
  return parsed.value;
}

/** The bindings of one person, and what became of them. */
class Person {
  bindings: readonly StoredBinding[] = [];
  now: number = began;

  send(message: SipMessage, change: Partial<RegisterFacts> = {}): Registration {
    const done = register(this.bindings, message, { ...facts, now: this.now, ...change }, limits);
    // What the changes say is what the answer says.
    const left = new Map(this.bindings.map((binding) => [binding.key, binding]));
    for (const key of done.removed) assert.equal(left.delete(key), true, "only what was there is removed");
    for (const binding of done.put) left.set(binding.key, binding);
    if (done.status === 200) {
      assert.deepEqual([...left.keys()].sort(), done.bindings.map(({ key }) => key).sort());
      this.bindings = done.bindings;
    } else assert.deepEqual([done.put, done.removed, done.bindings], [[], [], this.bindings]);
    return done;
  }

  register(cseq: number, contact: string, seconds = 600, callId = "one"): Registration {
    return this.send(request(cseq, [`Contact: ${contact}`, `Expires: ${seconds}`], callId));
  }

  get contacts(): readonly string[] {
    return this.bindings.map(({ contact, expiresAt }) => `${contact} ${(expiresAt - this.now) / 1000}`).sort();
  }
}

test("RFC 3261 §24.1: Bob registers", () => {
  const bob = new Person();
  const done = bob.send(
    request(
      1826,
      ["Contact: <sip:bob@192.0.2.4>", "Expires: 7200", "User-Agent: Ölphone/1"],
      "843817637684230@998sdasdh09",
    ),
  );
  assert.deepEqual([done.status, done.fault], [200, undefined]);
  assert.equal(done.headers, `Contact: <sip:bob@192.0.2.4>;expires=3600\r\n${standing}`);
  assert.deepEqual(done.put, [
    {
      key: "sip:bob@192.0.2.4",
      contact: "sip:bob@192.0.2.4",
      parameters: "",
      path: [],
      via: "udp 192.0.2.4:5060",
      callId: "843817637684230@998sdasdh09",
      cseq: 1826,
      userAgent: "Ölphone/1",
      registeredAt: began,
      expiresAt: began + 3_600_000,
    },
  ]);
});

test("without Contact the answer lists what there is, with the seconds each has left", () => {
  const bob = new Person();
  assert.equal(bob.send(request(1, [])).headers, standing);
  bob.register(2, '"Bob" <sip:bob@192.0.2.4>;q=0.5;methods="MESSAGE, NOTIFY";expires=100');
  bob.now += 40_400;
  bob.register(1, "<sip:bob@192.0.2.5;transport=tcp>", 60, "two");
  const listed = bob.send(request(9, []));
  assert.deepEqual(listed.headers.split("\r\n").slice(0, 2), [
    "Contact: <sip:bob@192.0.2.5;transport=tcp>;expires=60",
    'Contact: <sip:bob@192.0.2.4>;q=0.5;methods="MESSAGE, NOTIFY";expires=60',
  ]);
  assert.deepEqual([listed.put, listed.removed], [[], []]);
});

// What a second REGISTER says, and whether it is a renewal.
const renewals: readonly [string, boolean, string, readonly string[]][] = [
  ["the same", true, "<sip:bob@192.0.2.4>;q=0.5", ["Expires: 600"]],
  ["for longer than there is", true, "<sip:bob@192.0.2.4>;q=0.5", ["Expires: 7200"]],
  ["without saying for how long", true, "<sip:bob@192.0.2.4>;q=0.5", []],
  ["with its own time", true, "<sip:bob@192.0.2.4>;q=0.5;expires=700", ["Expires: 600"]],
  ["with a time that is none", false, "<sip:bob@192.0.2.4>;q=0.5;expires=soon", ["Expires: 600"]],
  ["too briefly", false, "<sip:bob@192.0.2.4>;q=0.5;expires=1", ["Expires: 600"]],
  ["goodbye", false, "<sip:bob@192.0.2.4>;q=0.5", ["Expires: 0"]],
  ["with another parameter", false, "<sip:bob@192.0.2.4>;q=0.5;+sip.message", ["Expires: 600"]],
  ["with another port", false, "<sip:bob@192.0.2.4:5062>;q=0.5", ["Expires: 600"]],
  ["with a name", false, '"Bob" <sip:bob@192.0.2.4>;q=0.5', ["Expires: 600"]],
  ["two of them", false, "<sip:bob@192.0.2.4>;q=0.5;expires=700, <sip:bob@192.0.2.5>", ["Expires: 600"]],
  ["from another program", false, "<sip:bob@192.0.2.4>;q=0.5", ["Expires: 600", "User-Agent: other"]],
  ["by a proxy", false, "<sip:bob@192.0.2.4>;q=0.5", ["Expires: 600", "Path: <sip:192.0.2.9;lr>"]],
  ["with what is known of Path and GRUUs", true, "<sip:bob@192.0.2.4>;q=0.5", ["Supported: path, gruu"]],
  ["and asks for what there is not", false, "<sip:bob@192.0.2.4>;q=0.5", ["Require: 100rel"]],
];

for (const [what, isRenewal, contact, headers] of renewals) {
  test(`RFC 3261 §10.2.4: what is said again word for word has the same effect as when it is read: ${what}`, () => {
    for (const cseq of [0, 1, 2]) {
      const bob = new Person();
      bob.register(1, "<sip:bob@192.0.2.4>;q=0.5");
      bob.now += 30_400;
      const message = request(cseq, [`Contact: ${contact}`, ...headers]);
      const said = renew(bob.bindings[0] as StoredBinding, message, { ...facts, now: bob.now }, limits);
      assert.equal(said !== undefined, isRenewal && cseq === 2);
      if (said === undefined) continue;
      const read = bob.send(message);
      assert.deepEqual([200, said.headers, [said.binding], []], [read.status, read.headers, read.put, read.removed]);
    }
  });
}

test("what has run out, or comes by another way, is no renewal", () => {
  const bob = new Person();
  bob.register(1, "<sip:bob@192.0.2.4>");
  const again = request(2, ["Contact: <sip:bob@192.0.2.4>"]);
  const only = bob.bindings[0] as StoredBinding;
  assert.ok(renew(only, again, { ...facts, now: only.expiresAt - 1 }, limits));
  assert.equal(renew(only, again, { ...facts, now: only.expiresAt }, limits), undefined);
  assert.equal(renew(only, again, { ...facts, via: "udp 192.0.2.4:5062" }, limits), undefined);
});

// Expires header, parameter of the Contact, what is granted.
const granted: readonly (readonly [string, string, number | string])[] = [
  ["", "", 3600],
  ["Expires: 600", "", 600],
  ["Expires: 600", ";expires=900", 900],
  ["Expires: 0", ";expires=900", 900],
  ["", ";expires=60", 60],
  ["", ";expires=59", "423"],
  ["Expires: 1", "", "423"],
  ["", ";expires=86400", 3600],
  ["Expires: 99999999999999999999", "", 3600],
  ["Expires: soon", "", 3600],
  ["", ";expires=soon", 3600],
];
for (const [header, parameter, seconds] of granted) {
  test(`"${header}" and "${parameter}" give ${seconds}`, () => {
    const bob = new Person();
    const headers = [`Contact: <sip:bob@192.0.2.4>${parameter}`, ...(header === "" ? [] : [header])];
    const done = bob.send(request(1, headers));
    if (seconds === "423") {
      assert.deepEqual([done.status, done.headers], [423, "Min-Expires: 60\r\n"]);
    } else assert.deepEqual(bob.contacts, [`sip:bob@192.0.2.4 ${seconds}`]);
  });
}

test("a refresh keeps the binding and its beginning; one under another Call-ID too", () => {
  const bob = new Person();
  bob.register(1, "<sip:bob@192.0.2.4>;q=0.1");
  bob.now += 300_000;
  bob.register(2, "<sip:bob@192.0.2.4>;q=0.2");
  bob.now += 300_000;
  const done = bob.register(1, "<sip:%62ob@192.0.2.4>", 600, "two");
  const [binding] = done.bindings;
  assert.deepEqual(
    [done.bindings.length, binding?.contact, binding?.callId, binding?.cseq, binding?.parameters],
    [1, "sip:%62ob@192.0.2.4", "two", 1, ""],
  );
  assert.deepEqual([binding?.registeredAt, binding?.expiresAt], [began, bob.now + 600_000]);
  assert.deepEqual(done.removed, ["sip:bob@192.0.2.4"], "it has another key now");
});

test("several Contacts come, go and stay in one request, all or none", () => {
  const bob = new Person();
  bob.send(request(1, ["Contact: <sip:a@h>, <sip:b@h>;expires=300", "m: <sip:c@h>", "Expires: 600"]));
  assert.deepEqual(bob.contacts, ["sip:a@h 600", "sip:b@h 300", "sip:c@h 600"]);
  const before = bob.bindings;
  for (const wrong of ["<sip:d@h>;expires=5", "<sip:d@h", "mailto:d@h", "<sip:d@h>;reg-id=x"]) {
    assert.notEqual(bob.send(request(2, [`Contact: <sip:a@h>;expires=0, ${wrong}`])).status, 200, wrong);
    assert.equal(bob.bindings, before);
  }
  bob.send(request(2, ["Contact: <sip:a@h>;expires=0, <sip:d@h>;expires=0, <sip:b@h>;expires=900"]));
  assert.deepEqual(bob.contacts, ["sip:b@h 900", "sip:c@h 600"]);
});

test("the same device twice in one request: what is said last holds", () => {
  const bob = new Person();
  bob.send(request(1, ["Contact: <sip:a@h>;expires=100, <sip:%61@H>;expires=200"]));
  assert.deepEqual(bob.contacts, ["sip:%61@H 200"]);
  bob.send(request(2, ["Contact: <sip:a@h>;expires=100, <sip:a@h>;expires=0"]));
  assert.deepEqual(bob.contacts, []);
});

test("* removes everything, and only so", () => {
  const bob = new Person();
  bob.register(1, "<sip:a@h>");
  bob.register(5, "<sip:b@h>", 600, "two");
  for (const headers of [
    ["Contact: *"],
    ["Contact: *", "Expires: 1"],
    ["Contact: *, <sip:a@h>", "Expires: 0"],
    ["Contact: <sip:a@h>", "Contact: *", "Expires: 0"],
    ["Contact: *;expires=0", "Expires: 0"],
  ]) {
    assert.equal(bob.send(request(9, headers)).status, 400, headers.join());
  }
  assert.equal(bob.send(request(4, ["Contact: *", "Expires: 0"], "two")).fault?.code, "sip-out-of-order");
  assert.equal(bob.contacts.length, 2);
  const done = bob.send(request(6, ["Contact: *", "Expires: 0"], "two"));
  assert.deepEqual([done.status, done.headers, done.removed.length, bob.contacts], [200, standing, 2, []]);
});

test("§10.3: a request that was overtaken changes nothing; one that is repeated neither, and is answered", () => {
  const bob = new Person();
  bob.register(5, "<sip:a@h>", 600);
  const late = bob.register(4, "<sip:a@h>", 0);
  assert.deepEqual([late.status, late.fault?.code], [500, "sip-out-of-order"]);
  // One of two is late: neither is done.
  assert.equal(bob.send(request(4, ["Contact: <sip:new@h>, <sip:a@h>"])).status, 500);
  bob.now += 10_000;
  const again = bob.register(5, "<sip:a@h>", 600);
  assert.deepEqual([again.status, again.put], [200, []]);
  assert.match(again.headers, /^Contact: <sip:a@h>;expires=590\r\n/);
  // A Contact the Call-ID has nothing to do with may come late.
  assert.equal(bob.register(3, "<sip:other@h>").status, 200);
  assert.equal(bob.register(1, "<sip:a@h>", 600, "restarted").status, 200);
});

test("what has expired is gone", () => {
  const bob = new Person();
  bob.register(1, "<sip:a@h>", 60);
  bob.register(1, "<sip:b@h>", 600, "two");
  bob.now += 60_000;
  const done = bob.send(request(7, []));
  assert.deepEqual([done.removed, bob.contacts], [["sip:a@h"], ["sip:b@h 540"]]);
});

test("where there are too many, those that would expire first give way; one request may not ask for more", () => {
  const bob = new Person();
  for (const [n, seconds] of [300, 100, 200, 400].entries()) bob.register(n, `<sip:d${n}@h>`, seconds);
  const done = bob.send(request(9, ["Contact: <sip:new1@h>;expires=60, <sip:new2@h>;expires=60"]));
  assert.deepEqual([...done.removed].sort(), ["sip:d1@h", "sip:d2@h"]);
  assert.deepEqual(bob.contacts, ["sip:d0@h 300", "sip:d3@h 400", "sip:new1@h 60", "sip:new2@h 60"]);
  const five = Array.from({ length: 5 }, (_, n) => `<sip:e${n}@h>`).join();
  const refused = bob.send(request(10, [`Contact: ${five}`]));
  assert.deepEqual([refused.status, refused.fault?.code], [403, "sip-bindings-full"]);
});

test("§8.2.2.3: an extension that is required and unknown is named", () => {
  const bob = new Person();
  const done = bob.send(request(1, ["Contact: <sip:a@h>", "Require: gruu, sec-agree, Path", "Require: x"]));
  assert.deepEqual([done.status, done.headers], [420, "Unsupported: sec-agree, x\r\n"]);
});

test("RFC 3327: the path is kept, and told to those who know it", () => {
  const path = ["Path: <sip:p2.ours.example;lr>", "Path: <sip:p1.ours.example;lr>, <sip:p0.ours.example;lr>"];
  const values = ["<sip:p2.ours.example;lr>", "<sip:p1.ours.example;lr>", "<sip:p0.ours.example;lr>"];
  const bob = new Person();
  const silent = bob.send(request(1, ["Contact: <sip:a@h>", ...path], "one", 3));
  assert.deepEqual(silent.put[0]?.path, values);
  assert.doesNotMatch(silent.headers, /^Path/m);
  const told = bob.send(request(2, ["Contact: <sip:a@h>", ...path, "Supported: PATH"], "one", 3));
  assert.deepEqual(
    told.headers.match(/^Path: .*$/gm)?.map((line) => line.slice(6).trim()),
    values,
  );
  const long = `Path: <sip:${"p".repeat(2_048)}@ours.example;lr>`;
  assert.equal(bob.send(request(3, ["Contact: <sip:a@h>", long])).fault?.code, "sip-too-large");
  assert.equal(bob.send(request(3, ["Contact: <sip:a@h>", "Path: <sip:p0.ours.example"])).fault?.code, "sip-malformed");
});

const urn = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"';
const flow = (n: number, host: string) => `Contact: <sip:line1@${host};transport=tcp>;reg-id=${n};${urn};expires=600`;

test("RFC 5626: outbound is used where the client asks for it and its flow can be kept alive", () => {
  const bob = new Person();
  const knows = "Supported: path, outbound";
  const used = bob.send(request(1, [flow(1, "192.168.1.2"), knows]));
  assert.match(used.headers, /^Require: outbound\r\nFlow-Timer: 120\r$/m);
  assert.match(used.headers, /^Contact: <sip:line1@192\.168\.1\.2;transport=tcp>;reg-id=1;\+sip\.instance="<urn/);
  const without: readonly (readonly [string, SipMessage, Partial<RegisterFacts>])[] = [
    ["a client that does not know it", request(2, [flow(1, "192.168.1.2")]), {}],
    ["UDP", request(3, [flow(1, "192.168.1.2"), knows]), { keepsAlive: false }],
    ["no flow", request(4, [`Contact: <sip:line1@192.168.1.9>;${urn}`, knows]), {}],
  ];
  for (const [what, message, change] of without) {
    const done = bob.send(message, change);
    assert.equal(done.status, 200, what);
    assert.doesNotMatch(done.headers, /Require|Flow-Timer/, what);
  }
});

test("RFC 5626 §6: a flow takes the place of itself wherever it comes from; another one stands beside it", () => {
  const bob = new Person();
  bob.send(request(1, [flow(1, "192.168.1.2")]));
  bob.send(request(2, [flow(2, "192.168.1.2")]));
  const moved = bob.send(request(1, [flow(1, "10.0.0.7")], "restarted"), { via: "tcp 203.0.113.1:4321" });
  assert.deepEqual(
    bob.bindings.map(({ contact, via }) => `${contact} ${via}`),
    ["sip:line1@10.0.0.7;transport=tcp tcp 203.0.113.1:4321", "sip:line1@192.168.1.2;transport=tcp udp 192.0.2.4:5060"],
  );
  assert.deepEqual(moved.removed, []);
});

test("RFC 5626 §11.6: through a proxy the one next to the client must know outbound too", () => {
  const bob = new Person();
  const knows = "Supported: path, outbound";
  const rows: readonly (readonly [number, readonly string[]])[] = [
    [439, []],
    [439, ["Path: <sip:p1.ours.example;lr;ob>, <sip:p0.ours.example;lr>"]],
    [200, ["Path: <sip:p1.ours.example;lr>, <sip:p0.ours.example;lr;ob>"]],
  ];
  for (const [status, path] of rows) {
    const done = bob.send(request(1, [flow(1, "192.168.1.2"), knows, ...path], "one", 2), { keepsAlive: false });
    assert.equal(done.status, status, path.join());
    assert.equal(/^Require: outbound/m.test(done.headers), status === 200);
  }
  assert.equal(bob.send(request(2, [flow(1, "192.168.1.2")], "one", 2)).status, 200, "it did not ask for it");
});

test("RFC 5627 §5.3: those who know GRUUs are told theirs", () => {
  const bob = new Person();
  bob.send(request(1, ["Contact: <sip:plain@192.0.2.5>"], "two"));
  const told = bob.send(request(1, [`Contact: <sip:bob@192.0.2.1>;${urn}`, "Supported: gruu"]));
  const [own, other] = told.headers.split("\r\n");
  assert.match(
    own ?? "",
    /;pub-gruu="sip:bob@biloxi\.com;gr=urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF";temp-gruu="sip:tgruu\.[0-9a-f]+@biloxi\.com;gr";expires=3600$/,
  );
  assert.equal(other, "Contact: <sip:plain@192.0.2.5>;expires=3600");
  assert.doesNotMatch(bob.send(request(2, [])).headers, /gruu=/);
});

test("what is kept of long texts is cut, and recognised again", () => {
  const bob = new Person();
  const done = bob.send(
    request(1, [`Contact: <sip:${"a".repeat(100)}@h>;q=0.5`, `User-Agent: ${"u".repeat(1_000)}`], "c".repeat(1_000)),
  );
  const [binding] = done.put;
  assert.deepEqual([binding?.callId.length, binding?.userAgent.length], [256, 256]);
  assert.equal(bob.send(request(1, [`Contact: <sip:${"a".repeat(100)}@h>`], "c".repeat(1_000))).put.length, 0);
});
