import { Hono } from "hono";
import { z } from "zod";
import { fault } from "../base/fault.ts";
import { actorOf } from "./actor.ts";
import { jsonOf, refuse } from "./answers.ts";
import type { Desk } from "./desk.ts";

const newEmail = z.strictObject({ email: z.string().max(1_023) });

/** The part of the admin API about people's email addresses, and the domains these are in. */
export function emailApp({ emails }: Desk): Hono {
  const app = new Hono();
  app.get("/emails", async (context) => context.json({ emails: await emails.list() }));
  app.get("/users/:address/email", async (context) => {
    const found = await emails.get(context.req.param("address"));
    return found.ok ? context.json(found.value) : refuse(context, found.fault);
  });
  app.put("/users/:address/email", async (context) => {
    const body = newEmail.safeParse(await jsonOf(context));
    if (!body.success) return refuse(context, fault("bad-request", "an email address is wanted, or an empty text"));
    const set = await emails.set(actorOf(context), context.req.param("address"), body.data.email);
    return set.ok ? context.json(set.value) : refuse(context, set.fault);
  });
  app.put("/domains/:domain", async (context) => {
    const added = await emails.addDomain(actorOf(context), context.req.param("domain"));
    return added.ok ? context.json({ domain: added.value }) : refuse(context, added.fault);
  });
  app.delete("/domains/:domain", async (context) => {
    const removed = await emails.removeDomain(actorOf(context), context.req.param("domain"));
    return removed.ok ? context.json({ domain: removed.value }) : refuse(context, removed.fault);
  });
  return app;
}
