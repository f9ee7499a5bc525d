import { healthApp } from "../admin/health-app.ts";
import type { Node, PartnerTest, ReloadReport, Status } from "../admin/node.ts";
import { xcapApp } from "../admin/xcap-app.ts";
import { fault, rowOf, wordsFor } from "../base/fault.ts";
import { ok, type Result } from "../base/result.ts";
import { faultLine } from "../config/read.ts";
import { changesBetween, changeWords } from "../config/reload.ts";
import type { Config } from "../config/schema.ts";
import type { LinkState } from "../federation/link-state.ts";
import { credentialsFor } from "../server/link-security.ts";
import { type Node as RunningNode, startNode } from "../server/node.ts";
import type { SessionView } from "../server/session-view.ts";
import { secureContextOf } from "../world/tls.ts";
import { loadConfig } from "./config-file.ts";
import { type Home, version } from "./home.ts";
import { HttpListeners } from "./http-listeners.ts";
import { renewed } from "./identities.ts";
import { type Loaded, loadFiles } from "./loaded.ts";
import type { RealWorld } from "./real-world.ts";

/** The node of this process with its configuration: started, looked at, reloaded, drained. */
export class Live implements Node {
  readonly #home: Home;
  readonly #real: RealWorld;
  readonly #node: RunningNode;
  readonly #startedAt: number;
  readonly #http: HttpListeners;
  #loaded: Loaded;
  #ready = false;
  #reloading: Promise<unknown> = Promise.resolve();

  private constructor(home: Home, real: RealWorld, node: RunningNode, loaded: Loaded) {
    this.#home = home;
    this.#real = real;
    this.#node = node;
    this.#loaded = loaded;
    this.#startedAt = real.world.clock.now();
    this.#http = new HttpListeners(
      {
        http: healthApp({ metrics: () => this.#figures(), ready: () => this.#ready }),
        xcap: xcapApp(
          () => node.xcap,
          () => this.config.domains.map(({ name }) => name),
          () => this.#loaded.settings.limits.xcapDocumentBytesMax,
          (error) => real.log.write("error", "app", "XCAP failed", { why: error.message }),
        ),
      },
      (kind) => node.httpDoor(kind),
      (servername) =>
        secureContextOf(credentialsFor(this.#loaded.settings)(servername), this.#loaded.settings.versionMin),
    );
  }

  /** Resolves when every listener is up. Fails with cert-unreadable or listen-failed; then nothing is left open. */
  static async start(home: Home, real: RealWorld, config: Config): Promise<Result<Live>> {
    const loaded = await loadFiles(home, config, real.world);
    if (!loaded.ok) return loaded;
    const node = await startNode(real.world, loaded.value.settings);
    if (!node.ok) return node;
    const live = new Live(home, real, node.value, loaded.value);
    live.#warn();
    const listening = await live.#http.open(config.listeners);
    if (listening.ok) {
      live.#ready = true;
      return ok(live);
    }
    await node.value.drain();
    return listening;
  }

  get config(): Config {
    return this.#loaded.config;
  }

  status(): Status {
    const links = this.#node.links();
    const { xmppDevices, phoneLines, sip } = this.#node.counts;
    return {
      version: version(),
      node: this.#real.world.bus.node,
      pid: process.pid,
      startedAt: this.#startedAt,
      ready: this.#ready,
      domains: this.config.domains.map(({ name }) => name),
      listeners: [...this.#node.listeners, ...this.#http.listeners],
      sessions: xmppDevices + sip.bindings,
      devices: { xmpp: xmppDevices, sip: sip.bindings },
      links: {
        in: links.filter(({ direction }) => direction === "in").length,
        out: links.filter(({ direction }) => direction === "out").length,
      },
      sip,
      surprisingPartners: this.#node.surprisingPartners,
      phoneLines,
      memoryBytes: process.memoryUsage.rss(),
    };
  }

  sessions(): readonly SessionView[] {
    return this.#node.sessions();
  }

  links(): readonly LinkState[] {
    return this.#node.links();
  }

  phoneLines(): ReturnType<Node["phoneLines"]> {
    return this.#node.phoneLines();
  }

  get presence(): Node["presence"] {
    return this.#node.presence;
  }

  get privacy(): Node["privacy"] {
    return this.#node.privacy;
  }

  get calendars(): Node["calendars"] {
    return this.#node.calendars;
  }

  get tracer(): Node["tracer"] {
    return this.#node.tracer;
  }

  get discovered(): Node["discovered"] {
    return this.#node.discovered;
  }

  forgetDiscovered(domain: string): boolean {
    return this.#node.forgetDiscovered(domain);
  }

  discover(domain: Parameters<Node["discover"]>[0]): ReturnType<Node["discover"]> {
    return this.#node.discover(domain);
  }

  partnerState(domain: string): ReturnType<Node["partnerState"]> {
    return this.#node.partnerState(domain);
  }

  testPartner(domain: string): Promise<PartnerTest> {
    return this.#node.testPartner(domain);
  }

  /** One after the other, whoever asks. */
  reload(): Promise<ReloadReport> {
    const going = this.#reloading.then(() => this.#reload());
    this.#reloading = going.catch(() => {});
    return going;
  }

  /** Takes no more, ends every stream in order. */
  async drain(): Promise<void> {
    this.#ready = false;
    await this.#reloading;
    await this.#node.drain();
    await this.#http.closeOthers([]);
  }

  async #reload(): Promise<ReloadReport> {
    const { log, metrics, world } = this.#real;
    const refused = (faults: readonly string[]): ReloadReport => {
      metrics.series("comity_reloads_total", "refused").add(1);
      for (const why of faults) log.write("error", "app", "not reloaded: all stays as it was", { why });
      return { changes: [], faults, warnings: [] };
    };
    const read = loadConfig(this.#home);
    if (!read.ok) return refused(read.faults.length > 0 ? read.faults.map(faultLine) : [wordsFor(read.fault)]);
    const loaded = await loadFiles(this.#home, read.config, world);
    if (!loaded.ok) return refused([wordsFor(loaded.fault)]);
    // New doors open before old ones close, and before anything else changes: what can fail comes first.
    const opened = await this.#http.open(read.config.listeners);
    if (!opened.ok) return refused([wordsFor(opened.fault)]);
    const applied = await this.#node.apply(loaded.value.settings);
    if (!applied.ok) {
      await this.#http.closeOthers(this.config.listeners);
      return refused([wordsFor(applied.fault)]);
    }
    await this.#http.closeOthers(read.config.listeners);
    const before = this.#loaded;
    this.#loaded = loaded.value;
    this.#real.adopt(read.config);
    const changes = [
      ...changesBetween(before.config, read.config).map(changeWords),
      ...renewed(before.identities, loaded.value.identities).map((domain) => `certificate of ${domain} changed`),
    ];
    this.#warn();
    metrics.series("comity_reloads_total", "done").add(1);
    log.write("info", "app", "reloaded", { changes: changes.length === 0 ? "none" : changes.join("; ") });
    return {
      changes,
      faults: [],
      warnings: this.#warnings,
    };
  }

  /** What will not work as it is configured now, with what to do (EML-10). */
  get #warnings(): readonly string[] {
    return this.#node.doubtedPartners.map(({ domain, host }) => {
      const why = fault("email-through-microsoft", `${domain} through ${host}`);
      return `${wordsFor(why)} ${rowOf(why.code).advice}`;
    });
  }

  #warn(): void {
    for (const failure of this.#loaded.warnings) {
      this.#real.log.write("warn", "app", wordsFor(failure), { code: failure.code });
    }
  }

  async #figures(): Promise<{ readonly text: string; readonly contentType: string }> {
    const { metrics, world } = this.#real;
    for (const [domain, { notAfter }] of this.#loaded.identities) {
      const seconds = Math.round((notAfter - world.clock.now()) / 1000);
      metrics.series("comity_cert_expiry_seconds", domain).set(seconds);
    }
    return { text: await metrics.text(), contentType: metrics.contentType };
  }
}
