import assert from "node:assert/strict";
import { test } from "node:test";
import { profiles } from "../src/twin/profile.ts";
import { describes, identity, inDialog, ours, presence, Rehearsal, stranger } from "./twin-partner.ts";

// What each stand-in is at its door: connections, certificates, routes.

test("four connections of its own, NEGOTIATE first on each, and it goes on when that is refused (R8)", async (t) => {
  const it = await Rehearsal.begin(t);
  it.twin.subscribe(it.alice, "bob@ours.example");
  await it.until("four lines up", () => it.twin.state.links.filter(({ up }) => up).length === 4);
  for (const line of it.lines) assert.match(line.got[0]?.start ?? "", /^NEGOTIATE sip:127\.0\.0\.1:\d+ SIP\/2\.0$/);
  const subscribe = await it.hears("SUBSCRIBE");
  assert.match(subscribe.start, /^SUBSCRIBE sip:bob@ours\.example SIP\/2\.0$/);
  assert.deepEqual(
    it.twin.state.links.map(({ negotiated }) => negotiated),
    [405, 405, 405, 405],
  );
});

test("AOL has one connection and asks for no compression", async (t) => {
  const it = await Rehearsal.begin(t, { profile: "aol" });
  it.twin.subscribe(it.alice, "bob@ours.example");
  const subscribe = await it.hears("SUBSCRIBE");
  assert.equal(it.lines.length, 1);
  assert.deepEqual(subscribe.all("record-route"), []);
  assert.equal(subscribe.one("accept"), "application/pidf+xml");
});

test("requests look as an edge lets them out (1.4)", async (t) => {
  const it = await Rehearsal.begin(t, { profile: "ocs2007" });
  it.twin.subscribe(it.alice, "bob@ours.example");
  const { names, all, one } = await it.hears("SUBSCRIBE");
  assert.equal(all("via").length, 3);
  assert.doesNotMatch(all("via")[0] ?? "", /;branch=/); // via-without-branch
  assert.match(all("via")[0] ?? "", /ms-internal-info="/);
  assert.match(all("via")[2] ?? "", /^SIP\/2\.0\/TLS 192\.0\.2\.44:1620;ms-received-port=1620;ms-received-cid=\w+$/);
  assert.ok(names.indexOf("Via") > names.indexOf("To"), "Via stands after To");
  assert.ok(names.includes("RECORD-ROUTE"));
  assert.match(one("record-route"), /;ms-key-info=[\w-]+;ms-route-sig=[\w-]+>$/);
  assert.match(one("from"), /;tag=\w+;epid=\w{10}$/);
  assert.match(one("p-asserted-identity"), /<SIP:alice@contoso\.example>/);
  assert.equal(one("proxy-require"), "ms-benotify");
});

for (const profile of Object.keys(profiles) as (keyof typeof profiles)[]) {
  test(`${profile} takes a session, a text in it, and its end`, async (t) => {
    const it = await Rehearsal.begin(t, { profile });
    const line = await it.connect();
    const invited = await it.ask(line, "INVITE", describes, "one");
    assert.match(invited.start, / 200 /);
    const way = inDialog(invited);
    assert.equal(way.routes?.length, profile === "aol" || profile === "simple" ? 0 : 2);
    it.tell(line, "ACK", way, "one");
    const text = { contentType: "text/plain; charset=UTF-8", body: "Grüße" };
    assert.match((await it.ask(line, "MESSAGE", { ...way, ...text }, "one")).start, / 200 /);
    assert.match((await it.ask(line, "BYE", way, "one")).start, / 200 /);
    const alice = it.twin.state.users.alice;
    assert.deepEqual(
      alice?.heard.map(({ from, text }) => [from, text]),
      [["bob@ours.example", "Grüße"]],
    );
    assert.deepEqual(
      alice?.sessions.map(({ state }) => state),
      ["over"],
    );
    assert.deepEqual(it.twin.violations, []);
  });
}

/** what was done to the two Routes, and what becomes of them. */
const routes: readonly (readonly [string, (routes: readonly string[]) => readonly string[]])[] = [
  ["left out", () => []],
  ["in the wrong order", (all) => all.toReversed()],
  ["one letter of the signature in another case", ([edge = "", ...more]) => [swapCase(edge), ...more]],
  ["a parameter nobody knows left out", ([edge = "", pool = ""]) => [edge, pool.replace(/;ms-fe=[^;>]*/, "")]],
  ["a host name in small letters", ([edge = "", pool = ""]) => [edge, pool.replace("FE1", "fe1")]],
];

function swapCase(route: string): string {
  return route.replace(
    /(ms-route-sig=[\w-]*?)([a-zA-Z])/,
    (_, before: string, letter: string) =>
      before + (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()),
  );
}

for (const [what, change] of routes) {
  test(`a route ${what} is no longer valid: 481 and 1004 (R3)`, async (t) => {
    const it = await Rehearsal.begin(t);
    const line = await it.connect();
    const way = inDialog(await it.ask(line, "INVITE", describes, "one"));
    it.tell(line, "ACK", way, "one");
    const text = { contentType: "text/plain", body: "hello" };
    const refused = await it.ask(line, "MESSAGE", { ...way, ...text, routes: change(way.routes ?? []) }, "one");
    assert.match(refused.start, / 481 /);
    assert.match(refused.one("ms-diagnostics"), /^1004;reason="[^"]+";source="sip\.contoso\.example"$/);
    assert.deepEqual(it.broken, ["R3"]);
    assert.match((await it.ask(line, "MESSAGE", { ...way, ...text }, "one")).start, / 200 /);
  });
}

test("the route of one dialog is not good for another (R3)", async (t) => {
  const it = await Rehearsal.begin(t);
  const line = await it.connect();
  const one = inDialog(await it.ask(line, "INVITE", describes, "one"));
  const two = inDialog(await it.ask(line, "INVITE", describes, "two"));
  const mixed = { ...two, ...(one.routes === undefined ? {} : { routes: one.routes }) };
  assert.match((await it.ask(line, "BYE", mixed, "two")).start, / 481 /);
  assert.match((await it.ask(line, "BYE", one, "one")).start, / 200 /);
});

test("a strict first route is taken the strict way (R4)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "strict-route": 1 } });
  const line = await it.connect();
  const {
    routes: [edge = "", pool = ""] = [],
    uri = "",
    ...way
  } = inDialog(await it.ask(line, "INVITE", describes, "one"));
  assert.doesNotMatch(edge, /;lr/);
  assert.match((await it.ask(line, "BYE", { ...way, uri, routes: [edge, pool] }, "one")).start, / 481 /);
  const strict = { ...way, uri: edge.slice(1, -1), routes: [pool, `<${uri}>`] };
  assert.match((await it.ask(line, "BYE", strict, "one")).start, / 200 /);
});

test("From of a domain that the certificate does not prove is refused, on every request (R7)", async (t) => {
  const it = await Rehearsal.begin(t);
  const line = await it.connect();
  const foreign = { from: "<sip:eve@theirs.example>" };
  const refused = await it.ask(line, "INVITE", { ...describes, ...foreign });
  assert.match(refused.start, / 403 /);
  assert.match(refused.one("ms-diagnostics"), /^1015;/);
  const way = inDialog(await it.ask(line, "INVITE", describes, "one"));
  assert.match((await it.ask(line, "BYE", { ...way, ...foreign }, "one")).start, / 403 /);
  assert.deepEqual(it.broken, ["R7", "R7"]);
});

test("who cannot be believed is hung up on (T-1, T-3)", async (t) => {
  const it = await Rehearsal.begin(t, { profile: "aol" });
  const unknown = await it.connect(await identity("ours.example", stranger));
  await it.until("hung up", () => unknown.closed);
  const serverOnly = { purposes: ["1.3.6.1.5.5.7.3.1"] };
  const forServers = await it.connect(await identity("ours.example", undefined, serverOnly));
  await it.until("hung up", () => forServers.closed);
  assert.deepEqual(it.broken, ["T-1", "T-3"]);
  const fit = await it.connect(ours);
  assert.match((await it.ask(fit, "OPTIONS")).start, / 200 /);
});

test("a certificate for servers alone does for Microsoft", async (t) => {
  const it = await Rehearsal.begin(t);
  const line = await it.connect(await identity("ours.example", undefined, { purposes: ["1.3.6.1.5.5.7.3.1"] }));
  assert.match((await it.ask(line, "OPTIONS")).start, / 200 /);
});

test("it does not talk to a server whose certificate names another host (T-2)", async (t) => {
  const it = await Rehearsal.begin(t, { peer: undefined });
  const there = await Rehearsal.begin(t);
  const peer = { address: "127.0.0.1", port: there.twin.at.port, host: "sip.ours.example" };
  const lost = await Rehearsal.begin(t, { peer });
  lost.twin.subscribe(lost.alice, "bob@ours.example");
  await it.until("found out", () => lost.broken.includes("T-2"));
});

test("CRLF CRLF is answered with CRLF, and asked for (R9)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "keep-alive": 1 } });
  const line = await it.connect();
  line.send("\r\n\r\n");
  await it.until("CRLF", () => line.crlfs === 1);
  it.twin.subscribe(it.alice, "bob@ours.example");
  await it.until("a ping", () => it.lines.some((each) => each !== line && each.crlfs === 2));
  for (const each of it.lines) if (each.crlfs === 2) each.send("\r\n");
  await it.until("pongs counted", () => it.twin.state.links.some(({ pongs }) => pongs > 0));
});

test("connections die when they are to, in the middle of a message as well (T-5)", async (t) => {
  const it = await Rehearsal.begin(t);
  const [one, two] = [await it.connect(), await it.connect()];
  let rest = "";
  one.socket.on("data", (chunk: Buffer) => (rest += chunk.toString()));
  assert.equal(it.twin.drop(true, true), 1);
  assert.equal(it.twin.drop(true), 1);
  await it.until("both closed", () => one.closed && two.closed);
  assert.match(rest, /^OPTIONS .*\r\nVia: SIP\/2\.0\/TLS cut\.of$/);
});

test("a message in many records (T-6)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { "split-records": 7 } });
  const line = await it.connect();
  const answer = await it.ask(line, "OPTIONS");
  assert.match(answer.start, / 200 /);
  assert.ok(line.chunks.length > answer.text.length / 20, `${line.chunks.length} pieces`);
});

test("after a restart dialogs are gone, and the texts are not", async (t) => {
  const it = await Rehearsal.begin(t);
  const line = await it.connect();
  const way = inDialog(await it.ask(line, "INVITE", describes, "one"));
  await it.ask(line, "MESSAGE", { ...way, contentType: "text/plain", body: "hello" }, "one");
  it.twin.restart();
  await it.until("closed", () => line.closed);
  const again = await it.connect();
  assert.match(
    (await it.ask(again, "MESSAGE", { ...way, contentType: "text/plain", body: "on" }, "one")).start,
    / 481 /,
  );
  assert.equal(it.twin.state.users.alice?.heard.length, 1);
});

test("too fast: one message a second is taken (1.3)", async (t) => {
  const it = await Rehearsal.begin(t, { quirks: { throttle: 3 } });
  const line = await it.connect();
  const asked = [1, 2, 3, 4, 5].map((n) => it.ask(line, "OPTIONS", {}, `n${n}`));
  await Promise.all(asked);
  assert.ok(it.broken.includes("1.3"));
});

/** what is wrong, how the request comes to be so, the rule. */
const faults: readonly (readonly [string, Parameters<Rehearsal["ask"]>[2], string])[] = [
  ["no Content-Length", { without: "Content-Length" }, "1.4"],
  ["no Max-Forwards", { without: "Max-Forwards" }, "1.4"],
  ["no Contact", { ...presence, without: "Contact" }, "1.4"],
  [
    "a header for the edge's inside",
    { headers: ["ms-edge-proxy-message-trust: ms-source-type=AuthorizedServer"] },
    "R6",
  ],
  ["a compact name", { headers: ["k: timer"] }, "1.4"],
  ["more than two people", { ...describes, headers: ["Require: com.microsoft.rtc-multiparty"] }, "I-7"],
  ["audio", { ...describes, body: describes.body.replace("m=message 5061 sip null", "m=audio 4000 RTP/AVP 0") }, "3.1"],
  ["a text in the INVITE", { ...describes, headers: ["ms-text-format: text/plain;ms-body=aGk="] }, "3.2"],
];

for (const [what, extra, rule] of faults) {
  test(`seen: ${what}`, async (t) => {
    const it = await Rehearsal.begin(t);
    const line = await it.connect();
    const method =
      extra?.contentType !== undefined
        ? "INVITE"
        : extra === undefined || extra.headers === presence.headers
          ? "SUBSCRIBE"
          : "OPTIONS";
    await it.ask(line, method, extra);
    assert.ok(it.broken.includes(rule), JSON.stringify(it.twin.violations));
  });
}

test("a Contact that names no host of the certificate is seen (1.4)", async (t) => {
  const it = await Rehearsal.begin(t);
  const line = await it.connect();
  const contact = (uri: string) => ({ ...describes, without: "Contact", headers: [`contact: <${uri}>`] });
  await it.ask(line, "INVITE", contact("sip:bob@192.0.2.1:5061;transport=tls"));
  await it.ask(line, "INVITE", contact("sip:elsewhere.example:5061;transport=tls"));
  await it.ask(line, "INVITE", contact("sip:bob@192.0.2.1;maddr=sip.ours.example"));
  assert.deepEqual(it.broken, ["1.4", "1.4"]);
});
