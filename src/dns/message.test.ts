import assert from "node:assert/strict";
import { test } from "node:test";
import * as packet from "dns-packet";
import fc from "fast-check";
import { encodeQuestion, readReply } from "./message.ts";

const question = { id: 0x1234, name: "_xmpp-server._tcp.example.org", type: "SRV" } as const;
const aa = packet.AUTHORITATIVE_ANSWER;
const ours: packet.Question = { name: question.name, type: "SRV", class: "IN" };
const record: packet.Answer = {
  type: "SRV",
  name: question.name,
  ttl: 300,
  data: { priority: 1, weight: 2, port: 5269, target: "xmpp.example.org" },
};

const reply = (parts: Partial<packet.Packet> = {}, flags = 0) =>
  packet.encode({
    type: "response",
    id: question.id,
    flags: aa | flags,
    questions: [ours],
    answers: [record],
    ...parts,
  });
const kind = (bytes: Buffer) => readReply(bytes, question, true).kind;

test("the question: one, recursion desired, AD, EDNS with 1232 bytes", () => {
  const sent = packet.decode(encodeQuestion(question, true));
  assert.deepEqual(sent.questions, [{ name: question.name, type: "SRV", class: "IN" }]);
  assert.equal(sent.id, question.id);
  assert.ok(sent.flag_rd && sent.flag_ad && !sent.flag_cd);
  const options = sent.additionals?.[0];
  assert.equal(options?.type === "OPT" && options.udpPayloadSize, 1232);
  assert.deepEqual(packet.decode(encodeQuestion(question, false)).additionals, []);
});

test("RFC 5452 §9.1: only a reply to our own question counts", () => {
  assert.equal(kind(reply()), "answer");
  assert.equal(kind(reply({ id: 0x1235 })), "stranger");
  assert.equal(kind(reply({ type: "query" })), "stranger");
  assert.equal(kind(reply({ questions: [{ ...ours, name: "evil.example.org" }] })), "stranger");
  assert.equal(kind(reply({ questions: [{ ...ours, type: "A" }] })), "stranger");
  assert.equal(kind(reply({ questions: [] })), "stranger");
  assert.equal(kind(reply({ questions: [{ ...ours, name: question.name.toUpperCase() }] })), "answer");
});

test("records of other names and types in the reply are not taken", () => {
  const evil = { ...record, name: "evil.example.org" } as packet.Answer;
  const address: packet.Answer = { type: "A", name: question.name, ttl: 1, data: "192.0.2.1" };
  const read = readReply(reply({ answers: [evil, address, record] }), question, true);
  assert.equal(read.kind === "answer" && read.answer.records.length, 1);
  assert.equal(read.kind === "answer" && read.answer.ttlSeconds, 300);
});

test("rcodes", () => {
  const rows: [number, string][] = [
    [1, "no-edns"],
    [2, "failure"],
    [3, "nothing"],
    [4, "no-edns"],
    [5, "failure"],
    [9, "failure"],
  ];
  for (const [rcode, wanted] of rows) assert.equal(kind(reply({ answers: [] }, rcode)), wanted, `${rcode}`);
});

test("RFC 2308 §5: the negative TTL is the lesser of the SOA's TTL and MINIMUM, and none without SOA", () => {
  const soa = (ttl: number, minimum: number): packet.Answer => ({
    type: "SOA",
    name: "example.org",
    ttl,
    data: { mname: "ns", rname: "admin", serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
  });
  const ttl = (authorities: packet.Answer[]) => {
    const read = readReply(reply({ answers: [], authorities }, 3), question, true);
    return read.kind === "nothing" && read.ttlSeconds;
  };
  assert.equal(ttl([soa(3600, 60)]), 60);
  assert.equal(ttl([soa(30, 60)]), 30);
  assert.equal(ttl([]), 0);
});

test("the AD bit counts only where the caller trusts the path", () => {
  const signed = reply({}, packet.AUTHENTIC_DATA);
  const read = (trust: boolean) => readReply(signed, question, trust);
  const [trusted, untrusted] = [read(true), read(false)];
  assert.equal(trusted.kind === "answer" && trusted.answer.authenticated, true);
  assert.equal(untrusted.kind === "answer" && untrusted.answer.authenticated, false);
});

test("a reply cut off anywhere is truncated when it says so, else malformed", () => {
  const bytes = reply({}, packet.TRUNCATED_RESPONSE);
  for (let length = 12; length <= bytes.length; length++) assert.equal(kind(bytes.subarray(0, length)), "truncated");
  const whole = reply();
  for (let length = 12; length < whole.length; length++) {
    assert.ok(["failure", "stranger"].includes(kind(whole.subarray(0, length))), `${length}`);
  }
});

test("RFC 2181 §8: a TTL with its highest bit set is zero", () => {
  const read = readReply(reply({ answers: [{ ...record, ttl: 2 ** 31 } as packet.Answer] }), question, true);
  assert.equal(read.kind === "answer" && read.answer.ttlSeconds, 0);
});

test("damaged replies never throw", () => {
  const bytes = reply({ authorities: [record], additionals: [record] });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
      const damaged = Buffer.from(bytes);
      for (const [at, value] of changes) damaged[at] = value;
      readReply(damaged, question, true);
    }),
    { numRuns: 2000 },
  );
});
