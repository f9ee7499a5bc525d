import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { ReloadReport, Status } from "../src/admin/node.ts";
import { anyPorts, comity, startComity, temporaryHome } from "./comity-process.ts";

const yaml = `domains: [ours.example]\n${anyPorts}`;

async function statusOf(home: string): Promise<Status> {
  const ended = await comity(["status", "--json", "--home", home]);
  assert.equal(ended.code, 0, ended.out + ended.err);
  return JSON.parse(ended.out) as Status;
}

async function get(port: number, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return `${response.status} ${await response.text()}`;
}

/** A client that has opened its stream and then says nothing more, not even goodbye. */
async function silentClient(t: TestContext, port: number): Promise<{ readonly socket: Socket; heard(): string }> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  t.after(() => void socket.destroy());
  let heard = "";
  socket.on("error", () => {});
  const features = new Promise<void>((resolve) =>
    socket.on("data", (text) => {
      heard += text.toString("utf8");
      if (heard.includes("</stream:features>")) resolve();
    }),
  );
  const namespaces = "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'";
  socket.write(`<stream:stream to='ours.example' version='1.0' ${namespaces}>`);
  await features;
  return { socket, heard: () => heard };
}

test("a node from its start to its end", async (t) => {
  const home = temporaryHome(t, yaml);
  const node = await startComity(t, home);
  assert.match(node.out(), new RegExp(`"pid":${node.pid}`));
  assert.equal(readFileSync(join(home, "comity.pid"), "utf8"), `${node.pid}\n`);

  const mode = (...path: string[]) => (statSync(join(home, ...path)).mode & 0o777).toString(8);
  const modes = [mode("admin.sock"), mode("comity.db"), mode("certs", "ours.example.key"), mode("certs", "ca.key")];
  assert.deepEqual(modes, ["600", "600", "600", "600"]);

  const status = await statusOf(home);
  assert.equal(status.ready, true);
  assert.equal(status.pid, node.pid);
  assert.equal(status.listeners.length, 5);
  assert.ok(status.listeners.every(({ port }) => port > 0));

  const added = await comity(["user", "add", "alice@ours.example", "--password", "x", "--home", home]);
  assert.equal(added.code, 0, added.err);

  const http = status.listeners.find(({ kind }) => kind === "http")?.port ?? 0;
  assert.equal(await get(http, "/readyz"), "200 ready\n");
  assert.match(await get(http, "/metrics"), /^comity_cert_expiry_seconds\{domain="ours\.example"\} [1-9]\d{6,}$/m);

  const second = await comity(["serve", "--home", home]);
  assert.equal(second.code, 1);
  assert.match(second.err, new RegExp(`Another node uses this data folder\\. \\(process ${node.pid} `));

  node.signal("SIGTERM");
  assert.equal((await node.ended).code, 0);
  assert.deepEqual(readdirSync(home).sort(), ["certs", "comity.db", "comity.yaml"]);
  assert.equal((await comity(["user", "list", "--home", home])).out, "alice@ours.example\n");
});

test("after kill -9 the next start finds nothing in its way", async (t) => {
  const home = temporaryHome(t, yaml);
  const first = await startComity(t, home);
  await comity(["user", "add", "alice@ours.example", "--password", "x", "--home", home]);
  first.signal("SIGKILL");
  await first.ended;
  assert.ok(existsSync(join(home, "admin.sock")));
  assert.equal((await comity(["status", "--home", home])).code, 1);
  assert.equal((await comity(["user", "list", "--home", home])).out, "alice@ours.example\n");
  const second = await startComity(t, home);
  assert.equal((await statusOf(home)).pid, second.pid);
});

test("a reload opens and closes listeners, brings domains with certificates, and says what changed", async (t) => {
  const home = temporaryHome(t, yaml);
  const node = await startComity(t, home);
  const file = join(home, "comity.yaml");
  const before = await statusOf(home);
  writeFileSync(
    file,
    yaml
      .replace("[ours.example]", "[ours.example, new.example]")
      .replace("  - { kind: xmpp-server-tls, address: 127.0.0.1, port: 0 }\n", "")
      .concat("limits: { closeMs: 4000 }\n"),
  );
  const reloaded = await comity(["reload", "--json", "--home", home]);
  assert.deepEqual(JSON.parse(reloaded.out) as ReloadReport, {
    changes: [
      "domains new.example added",
      "listeners xmpp-server-tls 127.0.0.1 port 0 removed",
      "limits.closeMs changed",
    ],
    faults: [],
    warnings: [],
  });
  const after = await statusOf(home);
  assert.deepEqual(after.domains, ["ours.example", "new.example"]);
  assert.deepEqual(
    after.listeners,
    before.listeners.filter(({ kind }) => kind !== "xmpp-server-tls"),
    "those that stay keep their ports",
  );
  assert.equal((await comity(["user", "add", "a@new.example", "--password", "x", "--home", home])).code, 0);
  assert.ok(existsSync(join(home, "certs", "new.example.pem")));

  writeFileSync(file, `${yaml}limits: { closeMs: soon }\n`);
  const refused = await comity(["reload", "--home", home]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /Nothing was changed:\n.*comity\.yaml:\d+:\d+: limits\.closeMs cannot be soon/);
  assert.deepEqual((await statusOf(home)).domains, ["ours.example", "new.example"]);

  writeFileSync(file, yaml);
  node.signal("SIGHUP");
  while (!/domains new\.example removed/.test(node.out())) await setTimeout(20);
  assert.deepEqual((await statusOf(home)).domains, ["ours.example"]);
});

test("a reload that cannot open a listener leaves all as it was", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  t.after(() => void taken.close());
  const at = taken.address();
  const port = typeof at === "object" && at !== null ? at.port : 0;
  const home = temporaryHome(t, yaml);
  await startComity(t, home);
  const before = await statusOf(home);
  for (const kind of ["http", "xmpp-client"]) {
    // One more that could be opened, and must not stay open.
    const good = "  - { kind: http, address: 127.0.0.2, port: 0 }\n";
    const more = `${good}  - { kind: ${kind}, address: 127.0.0.1, port: ${port} }\n`;
    writeFileSync(join(home, "comity.yaml"), yaml.replace("tls:", `${more}tls:`).replace("ours.", "other."));
    const refused = await comity(["reload", "--home", home]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, new RegExp(`127\\.0\\.0\\.1.*${port}`));
    const after = await statusOf(home);
    assert.deepEqual([after.listeners, after.domains], [before.listeners, before.domains]);
  }
});

test("a port that is taken is named, and nothing stays behind", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  t.after(() => void taken.close());
  const at = taken.address();
  const port = typeof at === "object" && at !== null ? at.port : 0;
  for (const kind of ["xmpp-client", "http"]) {
    const home = temporaryHome(
      t,
      yaml.replace(`kind: ${kind}, address: 127.0.0.1, port: 0`, `kind: ${kind}, address: 127.0.0.1, port: ${port}`),
    );
    const ended = await comity(["serve", "--home", home]);
    assert.equal(ended.code, 1);
    assert.match(ended.err, new RegExp(`A port could not be opened\\. \\(127\\.0\\.0\\.1.*${port}`));
    assert.ok(!existsSync(join(home, "comity.pid")));
  }
});

test("without certificates and without leave to make them, it says which file is wanted", async (t) => {
  const home = temporaryHome(t, yaml.replace("development: true", "development: false"));
  const ended = await comity(["serve", "--home", home]);
  assert.equal(ended.code, 1);
  assert.match(ended.err, /ours\.example: .*certs\/ours\.example\.pem: there is no such file/);
});

test("start makes what is missing and says how to go on", async (t) => {
  const home = join(temporaryHome(t), "new");
  mkdirSync(home);
  writeFileSync(join(home, "comity.yaml"), yaml);
  const node = await startComity(t, home, "start");
  while (!/Ctrl-C stops/.test(node.out())) await setTimeout(20);
  assert.match(node.out(), /comity user add alice@ours\.example --home /);
  assert.match(node.out(), /certs\/ca\.pem/);
  node.signal("SIGINT");
  assert.equal((await node.ended).code, 0);
});

test("a data folder deeper than a socket's path may be", async (t) => {
  const home = join(temporaryHome(t), ...Array.from({ length: 12 }, () => "a-folder-in-it"));
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "comity.yaml"), yaml);
  const node = await startComity(t, home);
  assert.equal((await statusOf(home)).pid, node.pid);
  node.signal("SIGTERM");
  assert.equal((await node.ended).code, 0);
  assert.equal((await comity(["status", "--home", home])).code, 1);
});

test("a reload drops no connection; a second signal does not wait for those who say no goodbye", async (t) => {
  const patient = `${yaml}limits: { closeMs: 40000, drainMs: 40000, unauthenticatedMs: 600000 }\n`;
  const home = temporaryHome(t, patient);
  const node = await startComity(t, home);
  const port = (await statusOf(home)).listeners.find(({ kind }) => kind === "xmpp-client")?.port ?? 0;
  const { socket, heard } = await silentClient(t, port);
  let closed = false;
  socket.on("close", () => (closed = true));

  writeFileSync(join(home, "comity.yaml"), patient.replace("closeMs: 40000", "closeMs: 30000"));
  node.signal("SIGHUP");
  while (!/limits\.closeMs changed/.test(node.out())) await setTimeout(20);
  assert.equal(closed, false);
  assert.doesNotMatch(heard(), /<\/stream:stream>/);

  node.signal("SIGTERM");
  while (!heard().includes("</stream:stream>")) await setTimeout(20);
  assert.match(heard(), /system-shutdown/);
  const late = await Promise.race([node.ended, setTimeout(1_000, "still there")]);
  assert.equal(late, "still there", "it waits for the other side's goodbye");
  node.signal("SIGTERM");
  assert.equal((await node.ended).code, 1);
});
