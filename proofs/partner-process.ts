import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { TwinOptions } from "../src/twin/options.ts";
import type { ProfileName } from "../src/twin/profile.ts";
import type { Twin } from "../src/twin/twin.ts";
import { systemClock } from "../src/world/clock.ts";
import { systemNetwork } from "../src/world/network.ts";
import { systemRandom } from "../src/world/random.ts";
import { comity, type Running, startComity, temporaryHome } from "./comity-process.ts";
import { standIn } from "./partner-stage.ts";
import { authorityPem, identityOf } from "./play-stage.ts";
import { Player } from "./player.ts";
import { XmppPerson } from "./xmpp-person.ts";

/** Ports that stay the node's over its restarts, as ports in a configuration do; all different, for all are open at once. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.filter(({ listening }) => !listening).map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A node as its operator has it, a process of its own, with Alice, and a stand-in for the server of contoso.example. */
export class PartnerProcess {
  readonly twin: Twin;
  readonly #t: TestContext;
  readonly #home: string;
  readonly #xmppPort: number;
  #node: Running | undefined;

  private constructor(t: TestContext, twin: Twin, home: string, xmppPort: number) {
    this.#t = t;
    this.twin = twin;
    this.#home = home;
    this.#xmppPort = xmppPort;
  }

  /** `yaml`: more of its configuration. */
  static async begin(
    t: TestContext,
    profile: ProfileName,
    yaml = "",
    more: Partial<TwinOptions> = {},
  ): Promise<PartnerProcess> {
    const [sip = 0, xmpp = 0, msrp = 0] = await freePorts(3);
    const home = temporaryHome(
      t,
      `domains: [{ name: ours.example, certificate: ours.pem, key: ours.key }]
listeners:
  - { kind: sip-tls, address: 127.0.0.1, port: ${sip} }
  - { kind: msrp-tls, address: 127.0.0.1, port: ${msrp} }
  - { kind: xmpp-client, address: 127.0.0.1, port: ${xmpp} }
tls: { clients: optional, trust: { system: false, files: [authority.pem] } }
limits: { sipCatchUpMs: 500 }
${yaml}`,
    );
    const identity = await identityOf("ours.example");
    writeFileSync(join(home, "ours.pem"), identity.cert);
    writeFileSync(join(home, "ours.key"), identity.key, { mode: 0o600 });
    writeFileSync(join(home, "authority.pem"), await authorityPem());
    const clock = systemClock();
    const twin = await standIn(t, { clock, random: systemRandom(), network: systemNetwork(clock) }, sip, profile, more);
    const made = new PartnerProcess(t, twin, home, xmpp);
    await made.starts();
    await made.does("user", "add", "alice@ours.example", "--password", "secret");
    return made;
  }

  /** Runs a command that must go well; answers what it says. */
  async does(...args: readonly string[]): Promise<string> {
    const done = await comity([...args, "--home", this.#home]);
    assert.equal(done.code, 0, done.out + done.err);
    return done.out;
  }

  /** The stand-in's domain becomes a partner, or another kind of one. */
  adds(...args: readonly string[]): Promise<string> {
    return this.does("partner", "add", "contoso.example", ...args, "--route", `127.0.0.1:${this.twin.at.port}`);
  }

  /** Alice on an XMPP client. */
  async signIn(): Promise<XmppPerson> {
    const player = new Player({ name: "alice", port: this.#xmppPort, script: [] });
    this.#t.after(() => player.socket.destroy());
    await player.signsIn("alice", "desk");
    return XmppPerson.from(player);
  }

  /** kill -9: it has no time to put anything in order. */
  async dies(): Promise<void> {
    this.#node?.signal("SIGKILL");
    await this.#node?.ended;
  }

  async starts(): Promise<void> {
    this.#node = await startComity(this.#t, this.#home);
  }
}
