import { Hono } from "hono";
import { parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { actorOf } from "./actor.ts";
import { jsonOf, refuse } from "./answers.ts";
import type { Desk } from "./desk.ts";

/** The part of the admin API about all other domains: the deny list, and which protocol unknown ones speak. */
export function federationApp(desk: Desk): Hono {
  const app = new Hono();
  const { denials } = desk;
  app.get("/denied", async (context) => context.json({ denied: await denials.list() }));
  app.put("/denied/:domain", async (context) => {
    const given = await jsonOf(context);
    const whole = typeof given === "object" ? { ...given, domain: context.req.param("domain") } : given;
    const put = await denials.deny(actorOf(context), whole);
    return put.ok ? context.json(put.value) : refuse(context, put.fault);
  });
  app.delete("/denied/:domain", async (context) => {
    const removed = await denials.allow(actorOf(context), context.req.param("domain"));
    return removed.ok ? context.json({ domain: removed.value }) : refuse(context, removed.fault);
  });
  app.get("/discovered", async (context) =>
    context.json({ discovered: desk.node?.discovered ?? (await desk.partners.met()) }),
  );
  app.delete("/discovered/:domain", async (context) => {
    const domain = parseDomainName(context.req.param("domain"));
    if (!domain.ok) return refuse(context, domain.fault);
    const gone = desk.node?.forgetDiscovered(domain.value) ?? (await desk.partners.forgetMet(domain.value));
    if (!gone) return refuse(context, fault("partner-unknown", domain.value));
    await denials.forgotten(actorOf(context), domain.value);
    return context.json({ domain: domain.value });
  });
  app.post("/discovered/:domain", async (context) => {
    if (desk.node === undefined) return refuse(context, fault("not-running"));
    const domain = parseDomainName(context.req.param("domain"));
    if (!domain.ok) return refuse(context, domain.fault);
    const found = await desk.node.discover(domain.value);
    return context.json({ domain: domain.value, ...found });
  });
  return app;
}
