import assert from "node:assert/strict";
import { test } from "node:test";
import { anyPorts, comity, startComity, temporaryHome } from "./comity-process.ts";
import { SipPlayer } from "./sip-player.ts";

const sip = "  - { kind: sip-udp, address: 127.0.0.1, port: 0 }\n";
const yaml = `domains: [ours.example]\n${anyPorts.replace("listeners:\n", `listeners:\n${sip}`)}`;

test("a running node's messages are seen as they pass, until the time is over", async (t) => {
  const home = temporaryHome(t, yaml);
  await startComity(t, home);
  const run = (...args: string[]) => comity([...args, "--home", home]);
  await run("user", "add", "bob@ours.example", "--password", "secret");
  const { listeners } = JSON.parse((await run("status", "--json")).out) as {
    listeners: readonly { kind: string; port: number }[];
  };
  const port = listeners.find(({ kind }) => kind === "sip-udp")?.port;
  assert.ok(port);
  const tracing = run("trace", "Bob@Ours.example", "--for", "3");
  const full = run("trace", "ours.example", "--for", "3", "--full");
  const asJson = run("trace", "bob@ours.example", "--for", "3", "--json");
  const phone = new SipPlayer({ user: "bob", transport: "udp", port, script: [] });
  t.after(() => phone.close());
  await phone.opens();
  for (let count = 0; count < 8; count++) {
    await phone.registers();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const [told, whole, lines] = await Promise.all([tracing, full, asJson]);
  assert.equal(told.code, 0, told.err);
  assert.match(told.out, /^Tracing bob@ours\.example for 3 seconds\.\n/);
  assert.match(
    told.out,
    /^[0-9:.]{12} received sip from udp 127\.0\.0\.1:\d+ {2}REGISTER sip:ours\.example SIP\/2\.0 \| Call-ID: /m,
  );
  assert.match(told.out, /^[0-9:.]{12} answered sip to udp 127\.0\.0\.1:\d+ {2}SIP\/2\.0 200 OK \| /m);
  assert.match(whole.out, /^ {4}Authorization: \(not shown\)$/m);
  const [first] = lines.out.trim().split("\n");
  assert.deepEqual(Object.keys(JSON.parse(first ?? "{}")), ["number", "at", "stage", "protocol", "with", "head"]);
  const refused = await run("trace", "no address@at all");
  assert.equal(refused.code, 1);
  assert.equal((await run("trace", "bob@ours.example", "--for", "ever")).code, 2);
});
