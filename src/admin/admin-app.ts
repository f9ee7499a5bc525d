import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { fault } from "../base/fault.ts";
import type { Result } from "../base/result.ts";
import { actorOf } from "./actor.ts";
import { faultAnswer, jsonOf, refuse, refuseThrown } from "./answers.ts";
import type { Desk } from "./desk.ts";
import { emailApp } from "./email-app.ts";
import { federationApp } from "./federation-app.ts";
import type { Node } from "./node.ts";
import { partnerApp } from "./partner-app.ts";
import { presenceApp } from "./presence-app.ts";
import { traceApp } from "./trace-app.ts";

const newUser = z.strictObject({ address: z.string(), password: z.string() });
const newPassword = z.strictObject({ password: z.string() });

const bodyBytesMax = 65_536;

/**
 * The admin API: request in, response out. Served on the local admin socket; a command that finds no running node calls it
 * in its own process, over the stopped node's store.
 * @param failed is told what was thrown, for the log
 */
export function adminApp(desk: Desk, failed: (error: Error) => void = () => {}): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    failed(error);
    return refuseThrown(context);
  });
  app.notFound((context) => context.json(faultAnswer(fault("bad-request", "no such resource")), 404));
  const tooLong = fault("bad-request", `more than ${bodyBytesMax} bytes`);
  app.use(bodyLimit({ maxSize: bodyBytesMax, onError: (context) => context.json(faultAnswer(tooLong), 413) }));

  app.get("/users", async (context) => {
    const list = await desk.accounts.list(context.req.query("domain"));
    return list.ok ? context.json({ users: list.value }) : refuse(context, list.fault);
  });
  app.post("/users", async (context) => {
    const body = newUser.safeParse(await jsonOf(context));
    if (!body.success) return refuse(context, fault("bad-request", "address and password are wanted"));
    return answer(context, await desk.accounts.add(actorOf(context), body.data.address, body.data.password), 201);
  });
  app.put("/users/:address/password", async (context) => {
    const body = newPassword.safeParse(await jsonOf(context));
    if (!body.success) return refuse(context, fault("bad-request", "a password is wanted"));
    const address = context.req.param("address");
    return answer(context, await desk.accounts.setPassword(actorOf(context), address, body.data.password), 200);
  });
  app.delete("/users/:address", async (context) =>
    answer(context, await desk.accounts.remove(actorOf(context), context.req.param("address")), 200),
  );

  app.get("/domains", async (context) => {
    const domains = await Promise.all(
      desk.domains().map(async (domain) => {
        const users = await desk.accounts.list(domain);
        return { domain, users: users.ok ? users.value.length : 0 };
      }),
    );
    return context.json({ domains, email: await desk.emails.domains() });
  });
  app.get("/certificates", async (context) => {
    const reports = await desk.certificates();
    return reports.ok ? context.json({ certificates: reports.value }) : refuse(context, reports.fault);
  });
  app.get("/audit", async (context) => {
    const limit = z.coerce
      .number()
      .int()
      .min(1)
      .max(10_000)
      .safeParse(context.req.query("limit") ?? "100");
    if (!limit.success) return refuse(context, fault("bad-request", "limit is a number from 1 to 10000"));
    return context.json({ audit: await desk.audit.list(limit.data) });
  });

  app.get("/status", (context) => running(context, desk, (node) => node.status()));
  app.get("/sessions", (context) => running(context, desk, (node) => ({ sessions: node.sessions() })));
  app.get("/links", (context) => running(context, desk, (node) => ({ links: node.links() })));
  app.post("/reload", (context) => running(context, desk, (node) => node.reload()));
  app.route("/", presenceApp(desk));
  app.route("/", partnerApp(desk));
  app.route("/", federationApp(desk));
  app.route("/", emailApp(desk));
  app.route("/", traceApp(desk));
  return app;
}

async function running(context: Context, desk: Desk, ask: (node: Node) => object | Promise<object>): Promise<Response> {
  return desk.node === undefined ? refuse(context, fault("not-running")) : context.json(await ask(desk.node));
}

function answer(context: Context, result: Result<string>, status: 200 | 201): Response {
  return result.ok ? context.json({ address: result.value }, status) : refuse(context, result.fault);
}
