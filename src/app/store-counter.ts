import { Accounts } from "../admin/accounts.ts";
import { actorHeader } from "../admin/actor.ts";
import { adminApp } from "../admin/admin-app.ts";
import { DenyList } from "../admin/deny-list.ts";
import { Emails } from "../admin/emails.ts";
import { Partners } from "../admin/partners.ts";
import { PresenceAdmin } from "../admin/presence-admin.ts";
import { no, ok, type Result } from "../base/result.ts";
import { rulesWith } from "../presence/rules.ts";
import { localBus } from "../world/bus.ts";
import { systemClock } from "../world/clock.ts";
import { threadPoolDerive } from "../world/derive.ts";
import { systemRandom } from "../world/random.ts";
import { openSqlite } from "../world/sqlite.ts";
import { certificateReports } from "./certificates.ts";
import { loadConfig } from "./config-file.ts";
import { type Counter, served } from "./counter.ts";
import { databaseFile, type Home } from "./home.ts";
import { emailNames, isXmppPartner } from "./settings.ts";

/**
 * The counter over the store of a stopped node. Fails with what is wrong with the configuration or the store.
 * @param actor who asks, for the audit
 */
export function storeCounter(home: Home, actor: string): Result<Counter> {
  const loaded = loadConfig(home);
  if (!loaded.ok) return no(loaded.fault);
  const { config } = loaded;
  const store = openSqlite(databaseFile(home, config));
  if (!store.ok) return store;
  const clock = systemClock();
  const names: ReadonlySet<string> = new Set(config.domains.map(({ name }) => name));
  const accounts = new Accounts(
    {
      bus: localBus("command"),
      clock,
      derive: threadPoolDerive(config.limits.hashingAtOnceMax),
      random: systemRandom(),
      store: store.value,
    },
    {
      isLocal: (domain) => names.has(domain),
      iterations: () => config.accounts.iterations,
      digests: () => config.accounts.digest,
    },
  );
  const doors = { bus: localBus("command"), clock, store: store.value };
  const partnerRules = {
    isLocal: (domain: string) => names.has(domain),
    isXmpp: (domain: string) => isXmppPartner(config, domain),
    emailNames: () => emailNames(config),
  };
  const app = adminApp({
    accounts,
    audit: store.value.audit,
    domains: () => [...names],
    certificates: () => certificateReports(home, config, clock.now()),
    partners: new Partners(doors, partnerRules),
    denials: new DenyList(doors),
    emails: new Emails(doors, partnerRules),
    presence: new PresenceAdmin({ clock, store: store.value }),
    rules: () => rulesWith(config.presence.outOfOffice),
    node: undefined,
  });
  return ok({
    running: false,
    async ask<T>(method: string, target: string, body?: unknown) {
      const headers = { [actorHeader]: actor, "content-type": "application/json" };
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      const response = await app.request(target, init);
      return served<T>(response.status, await response.json());
    },
    close: () => store.value.close(),
  });
}
