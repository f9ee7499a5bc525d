import { Hono } from "hono";
import { z } from "zod";
import { parseAddress } from "../base/address.ts";
import { parseDomainName } from "../base/domain-name.ts";
import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";
import { actorOf } from "./actor.ts";
import { jsonOf, refuse } from "./answers.ts";
import type { Desk } from "./desk.ts";

const wanted = z.strictObject({ about: z.string(), seconds: z.number().int().min(1).max(86_400) });

/** The part of the admin API that shows messages on their way: a trace is begun, looked at again and again, and ended. */
export function traceApp({ node }: Desk): Hono {
  const app = new Hono();
  const unknown = fault("bad-request", "no such trace");
  app.post("/traces", async (context) => {
    if (node === undefined) return refuse(context, fault("not-running"));
    const body = wanted.safeParse(await jsonOf(context));
    if (!body.success) return refuse(context, fault("bad-request", "about: an address or a domain; seconds"));
    const about = subjectOf(body.data.about);
    if (!about.ok) return refuse(context, about.fault);
    const begun = node.tracer.begin(about.value, body.data.seconds, actorOf(context));
    return begun.ok ? context.json({ trace: begun.value, about: about.value }, 201) : refuse(context, begun.fault);
  });
  app.get("/traces/:name", (context) => {
    const after = Number(context.req.query("after") ?? 0);
    const news = node?.tracer.read(context.req.param("name"), Number.isSafeInteger(after) ? after : 0);
    return news === undefined ? refuse(context, unknown) : context.json(news);
  });
  app.delete("/traces/:name", (context) => {
    const ended = node?.tracer.end(context.req.param("name")) === true;
    return ended ? context.json({}) : refuse(context, unknown);
  });
  return app;
}

/** Whom a trace is about, canonical. */
function subjectOf(text: string): Result<string> {
  const address = text.includes("@") ? parseAddress(text) : undefined;
  if (address !== undefined) return address.ok ? ok(address.value.text) : address;
  const domain = parseDomainName(text);
  return domain.ok ? ok(domain.value) : no(domain.fault);
}
