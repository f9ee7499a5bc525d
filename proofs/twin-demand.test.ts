import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { serveTwinControl } from "../src/app/twin-control.ts";
import { hostIn, personIn, readAddress, uriParameters } from "../src/twin/address-text.ts";
import { lineOf, linesOf, valuesOf } from "../src/twin/wire-message.ts";
import { WireReader } from "../src/twin/wire-reader.ts";
import { comity } from "./comity-process.ts";
import { describes, type Got, inDialog, presence, Rehearsal } from "./twin-partner.ts";

// Faults on demand, the way in by HTTP and by command, and the stand-in's own small parser.

const text = { contentType: "text/plain; charset=UTF-8", body: "hello" } as const;
const status = (got: Got): string => got.start.split(" ")[1] ?? "";

test("the edge refuses everything with any diagnostics, before it reaches anybody (4.2)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "edge-status": 504, diagnostics: 1027 } });
  const line = await it.connect();
  for (const method of ["INVITE", "SUBSCRIBE"] as const) {
    const refused = await it.ask(line, method, method === "INVITE" ? describes : presence);
    assert.equal(status(refused), "504");
    assert.match(refused.one("ms-diagnostics"), /^1027;reason="Cannot route this type of SIP request/);
  }
});

test("in the clear, as OCS without an edge, a partner is believed for its domain alone (R7)", async (t) => {
  const it = await Rehearsal.begin(t, { transport: "tcp", peer: undefined, profile: "ocs2007" });
  const socket = connect(it.twin.at.port, "127.0.0.1");
  t.after(() => socket.destroy());
  let heard = "";
  socket.setEncoding("utf8").on("data", (part: string) => (heard += part));
  const options = (domain: string) =>
    `OPTIONS sip:alice@contoso.example SIP/2.0\r\nVia: SIP/2.0/TCP a.b;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n` +
    `From: <sip:bob@${domain}>;tag=1;epid=1\r\nTo: <sip:alice@contoso.example>\r\nCall-ID: 1\r\n` +
    "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  socket.write(options("ours.example") + options("theirs.example"));
  await it.until("two answers", () => heard.split("SIP/2.0 ").length === 3 || / 403 /.test(heard));
  assert.match(heard, /^SIP\/2\.0 200 OK\r\n.*SIP\/2\.0 403 /s);
  assert.deepEqual(it.broken, ["R7"]);
});

test("unverified: only contacts get through (1.3)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { unverified: 1 } });
  const line = await it.connect();
  assert.equal(status(await it.ask(line, "INVITE", describes)), "403");
  it.twin.subscribe(it.alice, "bob@ours.example");
  assert.equal(status(await it.ask(line, "INVITE", describes)), "200");
});

test("the first text counts as shown when it says so; without an answer to MESSAGE nothing does", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "takes-first-text": 1, "silent-message": 1 } });
  const line = await it.connect();
  const invited = await it.ask(line, "INVITE", describes, "one");
  assert.equal(invited.one("supported"), "ms-text-format");
  it.tell(line, "MESSAGE", { ...inDialog(invited), ...text }, "one");
  await it.ask(line, "OPTIONS");
  assert.equal(it.got.filter((got) => got.one("cseq").endsWith(" MESSAGE")).length, 0);
});

test("AOL forgets dialogs now and then once it was restarted (5)", async (t) => {
  const it = await Rehearsal.begin(t, { profile: "aol" });
  assert.equal(it.twin.quirks["forgets-dialogs"], 0);
  it.twin.restart();
  const line = await it.connect();
  const answers = new Set<string>();
  for (let n = 0; n < 60; n++) {
    const way = inDialog(await it.ask(line, "INVITE", describes, `n${n}`));
    answers.add(status(await it.ask(line, "BYE", way, `n${n}`)));
  }
  assert.deepEqual(answers, new Set(["200", "481"]));
});

test("both invite at once: two sessions, and no fault (I-4)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "slow-200": 1 } });
  it.onRequest = (got) => {
    if (got.start.startsWith("INVITE ")) it.answer(got, 200, describes);
    else if (got.start.startsWith("MESSAGE ")) it.answer(got, 200);
  };
  const line = await it.connect();
  const asked = it.ask(line, "INVITE", describes, "one");
  await it.until("ringing", () => it.got.some((got) => status(got) === "180"));
  it.twin.say(it.alice, "bob@ours.example", "hello");
  await it.hears("MESSAGE");
  const way = inDialog(await asked);
  it.tell(line, "ACK", way, "one");
  assert.equal(status(await it.ask(line, "MESSAGE", { ...way, ...text }, "one")), "200");
  assert.deepEqual(it.broken, []);
});

/** One request by HTTP: status and what was said. */
async function asks(port: number, method: string, path: string, body = "", headers = {}): Promise<[number, unknown]> {
  const { promise, resolve, reject } = Promise.withResolvers<[number, unknown]>();
  const asked = request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
    let said = "";
    response.setEncoding("utf8").on("data", (part: string) => (said += part));
    response.on("end", () => resolve([response.statusCode ?? 0, JSON.parse(said)]));
  });
  asked.on("error", reject);
  asked.end(body);
  return promise;
}

test("by HTTP, from this machine and from no web page", async (t) => {
  const it = await Rehearsal.begin(t, { peer: undefined });
  const served = await serveTwinControl(it.twin, 0);
  assert.ok(served.ok);
  t.after(() => served.value.close());
  const { port } = served.value;
  assert.deepEqual(await asks(port, "POST", "/users/alice/presence", '{"state":"dnd"}'), [200, { done: true }]);
  const [, state] = await asks(port, "GET", "/state");
  assert.equal((state as typeof it.twin.state).users.alice?.state, "dnd");
  assert.equal((await asks(port, "POST", "/drop", "", { origin: "http://evil.example" }))[0], 403);
  assert.equal((await asks(port, "GET", "/state", "", { host: "evil.example" }))[0], 403);
  const taken = await serveTwinControl(it.twin, port);
  assert.equal(taken.ok ? "" : taken.fault.code, "listen-failed");
});

test("what the command does not understand", async () => {
  const wrong: readonly (readonly [string, ...string[]])[] = [
    ["twin: nope is none of ocs2007", "nope"],
    ["--cert, --key and --ca go together", "lync2010", "--cert", "x"],
    ["sorcery is no quirk", "aol", "--quirk", "sorcery"],
    ["there is not host:port", "aol", "--peer", "there"],
    ["a port is a number", "aol", "--port", "x"],
  ];
  for (const [words, ...args] of wrong) {
    const ended = await comity(["twin", ...args]);
    assert.equal(ended.code, 2);
    assert.ok(ended.err.includes(words.replace("twin: ", "")), ended.err);
  }
});

test("messages are cut by Content-Length, however the bytes come; keep-alives between them", () => {
  const one =
    'INFO sip:a@b SIP/2.0\r\nv: x;branch=1,\r\n y\r\nCONTENT-LENGTH: 3\r\nt: <sip:a,b@c>, "q,\\"" <sip:d>\r\n\r\nabc';
  const stream = Buffer.from(`\r\n\r\n${one}\r\nSIP/2.0 200 All well\r\nl: 0\r\n\r\n`);
  const kinds = (size: number): string => {
    const reader = new WireReader();
    const items = [];
    for (let at = 0; at < stream.length; at += size) items.push(...reader.push(stream.subarray(at, at + size)));
    return items
      .map((item) => (item.kind === "message" ? `${item.message.method}${item.message.status}` : item.kind))
      .join(" ");
  };
  assert.equal(kinds(stream.length), "ping INFO0 pong 200");
  assert.equal(kinds(4), "ping INFO0 pong 200");
  const [, item] = new WireReader().push(stream);
  assert.ok(item?.kind === "message");
  assert.deepEqual(valuesOf(item.message, "via"), ["x;branch=1", "y"]);
  assert.deepEqual(valuesOf(item.message, "to"), ["<sip:a,b@c>", '"q,\\"" <sip:d>']);
  assert.deepEqual(linesOf(item.message, "via"), ["x;branch=1, y"]);
  assert.equal(lineOf(item.message, "content-length"), "3");
  assert.equal(item.message.body.toString(), "abc");
});

test("what is no SIP ends the stream", () => {
  for (const bytes of [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "INFO sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n",
    "INFO sip:a SIP/2.0\r\nno colon\r\n\r\n",
    "SIP/2.0 abc OK\r\n\r\n",
    "\rx",
    "x".repeat(70_000),
  ]) {
    const reader = new WireReader();
    assert.equal(reader.push(Buffer.from(bytes)).at(-1)?.kind, "broken", bytes.slice(0, 40));
    assert.deepEqual(reader.push(Buffer.from("INFO sip:a SIP/2.0\r\n\r\n")), []);
  }
});

test("addresses", () => {
  const read = readAddress(
    '"Bob <b>, \\"x\\"" <sip:Bob@Ours.example:5061;transport=tls;maddr=sip.ours.example>;TAG=1;epid="0a"',
  );
  assert.equal(read.uri, "sip:Bob@Ours.example:5061;transport=tls;maddr=sip.ours.example");
  assert.deepEqual(
    [...read.parameters],
    [
      ["tag", "1"],
      ["epid", "0a"],
    ],
  );
  assert.equal(personIn(read.uri), "bob@ours.example");
  assert.equal(uriParameters(read.uri).get("maddr"), "sip.ours.example");
  assert.equal(hostIn("sip:[2001:db8::1]:5060"), "[2001:db8::1]");
  assert.equal(personIn("sip:sip.ours.example"), "");
  assert.equal(readAddress("sip:a@b;tag=2").parameters.get("tag"), "2");
});
