import { Hono } from "hono";
import { fault } from "../base/fault.ts";
import { actorOf } from "./actor.ts";
import { jsonOf, refuse } from "./answers.ts";
import type { Desk } from "./desk.ts";

/** The part of the admin API about SIP partners: who they are, and whether they can be reached. */
export function partnerApp(desk: Desk): Hono {
  const app = new Hono();
  const { partners } = desk;
  app.get("/partners", async (context) => context.json({ partners: await partners.list() }));
  app.get("/partners/:domain", async (context) => {
    const wanted = context.req.param("domain").toLowerCase();
    const found = (await partners.list()).find(({ domain }) => domain === wanted);
    if (found === undefined) return refuse(context, fault("partner-unknown", wanted));
    return context.json({ ...found, state: desk.node?.partnerState(found.domain) });
  });
  app.put("/partners/:domain", async (context) => {
    const given = await jsonOf(context);
    const whole = typeof given === "object" ? { ...given, domain: context.req.param("domain") } : given;
    const put = await partners.put(actorOf(context), whole);
    return put.ok ? context.json(put.value) : refuse(context, put.fault);
  });
  app.delete("/partners/:domain", async (context) => {
    const removed = await partners.remove(actorOf(context), context.req.param("domain"));
    return removed.ok ? context.json({ domain: removed.value }) : refuse(context, removed.fault);
  });
  app.post("/partners/:domain/test", async (context) => {
    if (desk.node === undefined) return refuse(context, fault("not-running"));
    return context.json(await desk.node.testPartner(context.req.param("domain")));
  });
  return app;
}
