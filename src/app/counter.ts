import { userInfo } from "node:os";
import { Accounts } from "../admin/accounts.ts";
import { actorHeader, adminApp } from "../admin/admin-app.ts";
import type { FaultAnswer } from "../admin/answers.ts";
import { type Fault, fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { localBus } from "../world/bus.ts";
import { systemClock } from "../world/clock.ts";
import { threadPoolDerive } from "../world/derive.ts";
import { systemRandom } from "../world/random.ts";
import { openSqlite } from "../world/sqlite.ts";
import { askSocket } from "./admin-socket.ts";
import { certificateReports } from "./certificates.ts";
import type { CommonOptions } from "./command.ts";
import { databaseFile, type Home, homeFrom, loadConfig } from "./home.ts";
import { type ExitCode, failWith } from "./terminal.ts";

/** What a request at the counter comes to: the answer's body, or why there is none. */
export type Served<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: FaultAnswer | Fault };

/** Where commands hand in their requests: the running node, or, when none runs, its store. */
export interface Counter {
  readonly running: boolean;
  /** @param method GET, POST, PUT, DELETE of the admin API */
  ask<T>(method: string, target: string, body?: unknown): Promise<Served<T>>;
  close(): Promise<void>;
}

/** Asks the running node; without one opens the store, so that users can be made before the first start. */
export async function openCounter(home: Home): Promise<Result<Counter>> {
  const probe = await askNode(home, "GET", "/domains");
  if (probe !== undefined) return ok(overSocket(home));
  return overStore(home);
}

/** One request to a running node; undefined when none runs. */
export async function askNode<T>(
  home: Home,
  method: string,
  target: string,
  body?: unknown,
): Promise<Served<T> | undefined> {
  const headers = { [actorHeader]: actor(), "content-type": "application/json" };
  try {
    const asked = await askSocket(home.socket, method, target, headers, body);
    return asked === undefined ? undefined : served<T>(asked.status, asked.body);
  } catch (error) {
    return { ok: false, fault: fault("not-running", `${home.socket}: ${(error as Error).message}`) };
  }
}

/** Who asks, for the audit. */
function actor(): string {
  return `cli:${userInfo().uid}`;
}

function served<T>(status: number, body: unknown): Served<T> {
  if (status >= 200 && status < 300) return { ok: true, value: body as T };
  return { ok: false, fault: body as FaultAnswer };
}

function overSocket(home: Home): Counter {
  return {
    running: true,
    async ask<T>(method: string, target: string, body?: unknown) {
      return (await askNode<T>(home, method, target, body)) ?? { ok: false, fault: fault("not-running", home.folder) };
    },
    close: async () => {},
  };
}

function overStore(home: Home): Result<Counter> {
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
    { isLocal: (domain) => names.has(domain), iterations: () => config.accounts.iterations },
  );
  const app = adminApp({
    accounts,
    audit: store.value.audit,
    domains: () => [...names],
    certificates: () => certificateReports(home, config, clock.now()),
    node: undefined,
  });
  return ok({
    running: false,
    async ask<T>(method: string, target: string, body?: unknown) {
      const headers = { [actorHeader]: actor(), "content-type": "application/json" };
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      const response = await app.request(target, init);
      return served<T>(response.status, await response.json());
    },
    close: () => store.value.close(),
  });
}

/** Opens the counter for one command and closes it after. */
export async function withCounter(
  options: CommonOptions,
  then: (counter: Counter) => Promise<ExitCode>,
): Promise<ExitCode> {
  const counter = await openCounter(homeFrom(options));
  if (!counter.ok) return failWith(counter.fault, options);
  try {
    return await then(counter.value);
  } finally {
    await counter.value.close();
  }
}
