import { Hono } from "hono";
import { z } from "zod";
import { type Fault, fault, rowOf, wordsFor } from "../base/fault.ts";
import type { SipPartner } from "../federation/sip-partner.ts";
import { partnerView } from "../federation/sip-partner-record.ts";
import { actorOf } from "./actor.ts";
import { jsonOf, refuse } from "./answers.ts";
import type { Desk } from "./desk.ts";

const mappingChanges = z.strictObject({
  changes: z.array(z.string().max(200)).max(100).default([]),
  reset: z.boolean().default(false),
});

/** The part of the admin API about SIP partners: who they are, and whether they can be reached. */
export function partnerApp(desk: Desk): Hono {
  const app = new Hono();
  const { partners } = desk;
  const doubted = async (partner: SipPartner) => (await partners.doubts(partner)).map(warningOf);
  app.get("/partners", async (context) => context.json({ partners: (await partners.list()).map(partnerView) }));
  app.get("/partners/:domain", async (context) => {
    const wanted = context.req.param("domain").toLowerCase();
    const found = (await partners.list()).find(({ domain }) => domain === wanted);
    if (found === undefined) return refuse(context, fault("partner-unknown", wanted));
    const warnings = await doubted(found);
    return context.json({ ...partnerView(found), warnings, state: desk.node?.partnerState(found.domain) });
  });
  app.put("/partners/:domain", async (context) => {
    const given = await jsonOf(context);
    const whole = typeof given === "object" ? { ...given, domain: context.req.param("domain") } : given;
    const put = await partners.put(actorOf(context), whole);
    if (!put.ok) return refuse(context, put.fault);
    return context.json({ ...partnerView(put.value), warnings: await doubted(put.value) });
  });
  app.put("/partners/:domain/mapping", async (context) => {
    const body = mappingChanges.safeParse(await jsonOf(context));
    if (!body.success) return refuse(context, fault("bad-request", "changes: a list of texts; reset: true or false"));
    const { changes, reset } = body.data;
    const mapped = await partners.map(actorOf(context), context.req.param("domain"), changes, reset);
    return mapped.ok ? context.json(partnerView(mapped.value)) : refuse(context, mapped.fault);
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

/** What will not work with a partner, and what to do about it. */
export type PartnerWarning = { readonly code: string; readonly words: string; readonly advice: string };

function warningOf(failure: Fault): PartnerWarning {
  return { code: failure.code, words: wordsFor(failure), advice: rowOf(failure.code).advice };
}
