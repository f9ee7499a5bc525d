import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Partners } from "../src/admin/partners.ts";
import type { World } from "../src/base/world.ts";
import { SimLog } from "../src/sim/log.ts";
import type { TwinOptions } from "../src/twin/options.ts";
import { Twin } from "../src/twin/twin.ts";
import { authorityPem, identityOf, type Stage } from "./play-stage.ts";

/** A stand-in, of contoso.example when nothing else is said, with two people, that the stage knows nothing of yet. */
export function twinFor(
  t: TestContext,
  stage: Stage,
  profile: TwinOptions["profile"],
  more: Partial<TwinOptions> = {},
): Promise<Twin> {
  return standIn(t, stage.world, stage.port("sip-tls"), profile, more);
}

/** The same for whoever is ours.example at `port`. */
export async function standIn(
  t: TestContext,
  { clock, random, network }: Pick<World, "clock" | "random" | "network">,
  port: number,
  profile: TwinOptions["profile"],
  more: Partial<TwinOptions> = {},
): Promise<Twin> {
  const identity = await identityOf(more.domain ?? "contoso.example");
  const twin = new Twin(
    { clock, random, network, log: new SimLog(clock) },
    {
      profile,
      domain: "contoso.example",
      peerDomains: ["ours.example"],
      address: "127.0.0.1",
      port: 0,
      peer: { address: "127.0.0.1", port, host: "ours.example" },
      transport: "tls",
      identity: { certificate: identity.cert, key: identity.key },
      trusted: await authorityPem(),
      users: ["m1", "m2"],
      ...more,
    },
  );
  const started = await twin.start();
  assert.ok(started.ok, started.ok ? "" : started.fault.detail);
  t.after(() => twin.close());
  return twin;
}

/** Makes a partner of the stage, as an administrator would. */
export async function addPartner(stage: Stage, given: object): Promise<void> {
  const partners = new Partners(stage.world, { isLocal: (domain) => domain === "ours.example", isXmpp: () => false });
  const put = await partners.put("cli:0", given);
  assert.ok(put.ok, put.ok ? "" : put.fault.detail);
  await sleep(50);
}

/** A stand-in for contoso.example that is a partner of the stage, with two people. */
export async function partnerOf(
  t: TestContext,
  stage: Stage,
  profile: TwinOptions["profile"],
  more: Partial<TwinOptions> = {},
  record: Readonly<Record<string, unknown>> = {},
): Promise<Twin> {
  const twin = await twinFor(t, stage, profile, more);
  await addPartner(stage, {
    domain: "contoso.example",
    type: profile,
    routes: [{ host: "127.0.0.1", port: twin.at.port, transport: more.transport ?? "tls" }],
    ...record,
  });
  return twin;
}

/** Looks, for so many seconds at most, until it is so. */
export async function until(what: string | (() => string), is: () => boolean, twin: Twin, seconds = 5): Promise<void> {
  for (let count = 0; count < seconds * 50 && !is(); count++) await sleep(20);
  assert.ok(
    is(),
    `${typeof what === "string" ? what : what()}: ${JSON.stringify([twin.state.users, twin.violations], null, 1)}`,
  );
}

export const person = (twin: Twin, name: string) => {
  const found = twin.person(name);
  assert.ok(found);
  return found;
};
