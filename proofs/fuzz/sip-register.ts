import assert from "node:assert/strict";
import { limitsWith } from "../../src/base/limits.ts";
import type { StoredBinding } from "../../src/base/store.ts";
import { kept, mustKeep } from "../../src/sip/binding.ts";
import { readGruu } from "../../src/sip/gruu.ts";
import { parseMessage, type SipMessage } from "../../src/sip/message.ts";
import { parseNameAddr } from "../../src/sip/name-addr.ts";
import { parameter } from "../../src/sip/parameters.ts";
import { type Registration, register } from "../../src/sip/registrar.ts";
import { parseSipUri } from "../../src/sip/uri.ts";

export const name = "SIP registrar";

type Random = (limit: number) => number;

const limits = limitsWith({ sipBindingsPerUserMax: 5 });
const gruuSecret = Buffer.alloc(32, 3);

/**
 * Random devices of one person, whole and damaged requests: what fails changes nothing; what is answered is what there is; no
 * device is there twice, none over the limit, none longer than granted; what lies in the store covers what is promised; and
 * answers are lines and nothing else.
 */
export function fuzz(random: Random, rounds: number): void {
  let bindings: readonly StoredBinding[] = [];
  const store = new Map<string, StoredBinding>();
  let now = 1_000_000;
  for (let round = 0; round < rounds; round++) {
    now += random(100_000);
    const message = read(random(4) === 0 ? damaged(random, text(random)) : text(random));
    if (message === undefined) continue;
    const done = register(
      bindings,
      message,
      {
        now,
        aor: "sip:alice@ours.example",
        via: one(random, ["udp 192.0.2.7:5060", "tcp 192.0.2.7:40000"]),
        keepsAlive: random(2) === 0,
        flowTimerSeconds: 120,
        gruuSecret,
      },
      limits,
    );
    checkAnswer(done, now);
    if (done.status === 200) bindings = carriedOut(bindings, done, store, now);
    else assert.deepEqual([done.put, done.removed], [[], []]);
  }
}

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

function contact(random: Random): string {
  const uri = `${one(random, ["sip:", "SIP:", "sips:"])}a${random(6)}@${one(random, ["h", "H", "192.0.2.7:5062", "[2001:db8::1]"])}${one(random, ["", ";transport=tcp", ";ob"])}`;
  const more = [
    ";q=0.5",
    ';methods="MESSAGE, NOTIFY"',
    ';x="a;expires=9\\""',
    ";reg-id=1",
    ";reg-id=2",
    `;+sip.instance="<urn:uuid:${random(3)}>"`,
    `;expires=${random(5_000)}`,
    ";expires=0",
  ];
  return `${one(random, ["", '"A, <B>" ', "A "])}<${uri}>${more.filter(() => random(4) === 0).join("")}`;
}

function text(random: Random): string {
  const list = Array.from({ length: random(4) }, () => contact(random));
  const contacts = random(8) === 0 ? ["*"] : list;
  const lines = [
    "REGISTER sip:ours.example SIP/2.0",
    ...Array.from({ length: 1 + random(2) }, () => "Via: SIP/2.0/TCP h;branch=z9hG4bK1"),
    "To: <sip:alice@ours.example>",
    "From: <sip:alice@ours.example>;tag=1",
    `Call-ID: c${random(3)}`,
    `CSeq: ${random(50)} REGISTER`,
    ...(contacts.length === 0 ? [] : [`Contact: ${contacts.join(one(random, [", ", " ,\r\n "]))}`]),
    ...[
      "Supported: gruu, path, outbound",
      "Path: <sip:p1;lr>, <sip:p0;lr;ob>",
      "Require: gruu",
      "Require: x",
      "User-Agent: U",
    ].filter(() => random(4) === 0),
    ...(random(2) === 0 ? [`Expires: ${one(random, [0, 0, 30, 600, 9_999])}`] : []),
    "",
    "",
  ];
  return lines.join("\r\n");
}

/** Some bytes taken out, doubled or replaced. */
function damaged(random: Random, whole: string): string {
  let found = whole;
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(found.length);
    const to = at + random(8);
    found =
      found.slice(0, at) +
      one(random, ["", '"', "<", ">", ";", ",", "\\", "=", "ü", found.slice(at, to)]) +
      found.slice(to);
  }
  return found;
}

function read(whole: string): SipMessage | undefined {
  const message = parseMessage(Buffer.from(whole, "utf8"), limits);
  return message.ok ? message.value : undefined;
}

/** Every line is a header; every Contact reads back, and its GRUUs lead to somebody. */
function checkAnswer(done: Registration, now: number): void {
  assert.match(done.headers, /^(?:[A-Z][\w-]*: [^\r\n]+\r\n)*$/);
  const contacts = [...done.headers.matchAll(/^Contact: (.*)\r\n/gm)].map((match) => match[1] ?? "");
  if (done.status !== 200) {
    assert.equal(contacts.length, 0);
    return;
  }
  assert.equal(contacts.length, done.bindings.length);
  for (const [at, value] of contacts.entries()) {
    const back = parseNameAddr(value);
    const binding = done.bindings[at];
    assert.ok(back.ok && binding !== undefined);
    assert.equal(back.value.uri, binding.contact);
    assert.equal(parameter(back.value.parameters, "expires"), String(Math.round((binding.expiresAt - now) / 1000)));
    for (const kind of ["pub-gruu", "temp-gruu"]) {
      const text = parameter(back.value.parameters, kind);
      if (text === undefined) continue;
      const uri = parseSipUri(text);
      assert.ok(uri.ok);
      assert.equal(readGruu(uri.value, gruuSecret)?.leadsTo(binding), true);
    }
  }
}

function carriedOut(
  before: readonly StoredBinding[],
  done: Registration,
  store: Map<string, StoredBinding>,
  now: number,
): readonly StoredBinding[] {
  const left = new Map(before.map((binding) => [binding.key, binding]));
  for (const key of done.removed) {
    left.delete(key);
    store.delete(key);
  }
  for (const binding of done.put) {
    left.set(binding.key, binding);
    if (mustKeep(store.get(binding.key), binding)) store.set(binding.key, kept(binding, now));
  }
  assert.deepEqual(
    new Map([...left].sort(byKey)),
    new Map(done.bindings.map((each) => [each.key, each] as const).toSorted(byKey)),
  );
  assert.equal(left.size, done.bindings.length, "a device is there twice");
  assert.ok(left.size <= limits.sipBindingsPerUserMax);
  for (const binding of done.bindings) {
    assert.ok(binding.expiresAt > now && binding.expiresAt <= now + limits.sipRegisterSecondsMax * 1_000);
    assert.ok((store.get(binding.key)?.expiresAt ?? 0) >= binding.expiresAt, "the store has less than was promised");
  }
  assert.equal(store.size, left.size);
  return done.bindings;
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
