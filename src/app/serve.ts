import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { Accounts } from "../admin/accounts.ts";
import { adminApp } from "../admin/admin-app.ts";
import { DenyList } from "../admin/deny-list.ts";
import { Emails } from "../admin/emails.ts";
import { Partners } from "../admin/partners.ts";
import { PresenceAdmin } from "../admin/presence-admin.ts";
import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { faultLine } from "../config/read.ts";
import type { Config } from "../config/schema.ts";
import { rulesWith } from "../presence/rules.ts";
import { openSqlite } from "../world/sqlite.ts";
import { type Closable, serveSocket } from "./admin-socket.ts";
import { certificateReports } from "./certificates.ts";
import { loadConfig } from "./config-file.ts";
import { setHeapGrowth } from "./heap-growth.ts";
import { databaseFile, type Home } from "./home.ts";
import { Live } from "./live.ts";
import { askNode } from "./node-counter.ts";
import { type RealWorld, realWorld } from "./real-world.ts";
import { emailNames, isXmppPartner } from "./settings.ts";
import { signalled } from "./signals.ts";
import { type ExitCode, exitCodes, failWith } from "./terminal.ts";

/**
 * Runs a node until SIGTERM or SIGINT; then drains it. SIGHUP reloads. Answers the exit code.
 * @param announce called once when every listener is up
 */
export async function serve(home: Home, announce: (live: Live) => void = () => {}): Promise<ExitCode> {
  setHeapGrowth();
  const loaded = loadConfig(home);
  if (!loaded.ok) {
    if (loaded.faults.length === 0) return failWith(loaded.fault);
    process.stderr.write(`comity: the configuration has mistakes; nothing was started.\n`);
    for (const one of loaded.faults) process.stderr.write(`${faultLine(one)}\n`);
    return exitCodes.failed;
  }
  const { config } = loaded;
  const claimed = await claim(home, config);
  if (!claimed.ok) return failWith(claimed.fault);
  const real = realWorld(config, claimed.value);
  const { store } = real.world;
  const started = await startAll(home, real, config);
  if (!started.ok) {
    await store.close();
    return failWith(started.fault);
  }
  const { live, socket } = started.value;
  writeFileSync(home.pidFile, `${process.pid}\n`);
  tellReady(real, live);
  announce(live);

  const how = await signalled({
    reload: () => void live.reload(),
    stopping: (name) =>
      real.log.write("info", "app", "stopping: no new connections, open ones end in order", { signal: name }),
    drain: () => live.drain(),
    failed: (error) =>
      real.log.write("error", "app", "a mistake in Comity itself", { why: error.stack ?? error.message }),
  });
  if (how === "drained") await socket.close();
  rmSync(home.pidFile, { force: true });
  rmSync(home.socket, { force: true });
  await store.close();
  real.log.write("info", "app", how === "drained" ? "stopped" : "stopped at once");
  return how === "drained" ? exitCodes.ok : exitCodes.failed;
}

/** Makes the folder and takes the database, which only one process can have. */
async function claim(home: Home, config: Config): Promise<ReturnType<typeof openSqlite>> {
  try {
    mkdirSync(home.folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    return no(fault("store-unavailable", (error as Error).message));
  }
  const other = await askNode<{ pid: number }>(home, "GET", "/status");
  if (other?.ok) return no(fault("store-locked", `process ${other.value.pid} on ${home.folder}`));
  return openSqlite(databaseFile(home, config));
}

type Started = { readonly live: Live; readonly socket: Closable };

async function startAll(home: Home, real: RealWorld, config: Config): Promise<Result<Started>> {
  const live = await Live.start(home, real, config);
  if (!live.ok) return live;
  const node = live.value;
  const accounts = new Accounts(real.world, {
    isLocal: (domain) => node.config.domains.some(({ name }) => name === domain),
    iterations: () => node.config.accounts.iterations,
    digests: () => node.config.accounts.digest,
  });
  const partnerRules = {
    isLocal: (domain: string) => node.config.domains.some(({ name }) => name === domain),
    isXmpp: (domain: string) => isXmppPartner(node.config, domain),
    emailNames: () => emailNames(node.config),
  };
  const app = adminApp(
    {
      accounts,
      audit: real.world.store.audit,
      domains: () => node.config.domains.map(({ name }) => name),
      certificates: () => certificateReports(home, node.config, real.world.clock.now()),
      partners: new Partners(real.world, partnerRules),
      emails: new Emails(real.world, partnerRules),
      denials: new DenyList(real.world),
      presence: new PresenceAdmin(real.world),
      rules: () => rulesWith(node.config.presence.outOfOffice),
      node,
    },
    (error) => real.log.write("error", "admin", "a request failed", { why: error.message }),
  );
  const socket = await serveSocket(app, home.socket);
  if (socket.ok) return ok({ live: node, socket: socket.value });
  await node.drain();
  return no(socket.fault satisfies Fault);
}

/** The line that programs wait for; it is written whatever the log levels are. */
function tellReady(real: RealWorld, live: Live): void {
  const { listeners, pid } = live.status();
  const listening = listeners.map(({ kind, address, port }) => `${kind} ${address} port ${port}`).join(", ");
  if (real.log.enabled("info", "app")) real.log.write("info", "app", "ready", { pid, listening });
  else process.stdout.write(`ready pid=${pid} listening="${listening}"\n`);
}
