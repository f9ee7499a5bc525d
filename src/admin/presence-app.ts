import { type Context, Hono } from "hono";
import { z } from "zod";
import { fault } from "../base/fault.ts";
import type { Result } from "../base/result.ts";
import { calendarStates } from "../server/calendar-desk.ts";
import { actorOf } from "./actor.ts";
import { jsonOf, refuse } from "./answers.ts";
import type { Desk } from "./desk.ts";
import type { Node } from "./node.ts";

const names = z.array(z.string()).optional();
const privacyChange = z.strictObject({
  default: z.enum(["ask", "allow", "block"]).optional(),
  allow: names,
  hide: names,
  block: names,
  clear: names,
});
const calendarWord = z.strictObject({
  state: z.enum(calendarStates),
  until: z.number().int().positive().max(8.64e15).optional(),
  note: z.string().optional(),
});

/** The part of the admin API about people's presence: why it is as it is, who may see it, calendars, telephones. */
export function presenceApp(desk: Desk): Hono {
  const app = new Hono();
  const { presence } = desk;

  app.get("/presence/rules", (context) => context.json({ rules: desk.rules() }));
  app.get("/presence/:address", (context) =>
    asked(context, desk, (node, address) => presence.explain(node, address, context.req.query("as"))),
  );
  app.get("/presence/:address/watchers", (context) =>
    asked(context, desk, async (node, address) => {
      const watchers = await presence.watchers(node, address);
      return watchers.ok ? { ok: true, value: { watchers: watchers.value } } : watchers;
    }),
  );
  app.put("/presence/:address/calendar", async (context) => {
    const body = calendarWord.safeParse(await jsonOf(context));
    if (!body.success) {
      const words = `a state is wanted: ${calendarStates.join(", ")}; \`until\` is in milliseconds since 1970`;
      return refuse(context, fault("bad-request", words));
    }
    const { state, until, note = "" } = body.data;
    return asked(context, desk, async (node, address) => {
      const told = await presence.setCalendar(actorOf(context), node, address, { state, until, note });
      return told.ok ? { ok: true, value: { address: told.value } } : told;
    });
  });

  app.get("/users/:address/privacy", (context) => asked(context, desk, (node, who) => presence.privacy(node, who)));
  app.patch("/users/:address/privacy", async (context) => {
    const body = privacyChange.safeParse(await jsonOf(context));
    if (!body.success) {
      return refuse(
        context,
        fault("bad-request", "default is ask, allow or block; allow, hide, block and clear are lists"),
      );
    }
    const { default: otherwise, ...lists } = body.data;
    return asked(context, desk, (node, who) =>
      presence.setPrivacy(actorOf(context), node, who, { otherwise, ...lists }),
    );
  });

  app.get("/phone/lines", (context) =>
    asked(context, desk, async (node) => ({ ok: true, value: { lines: node.phoneLines() } })),
  );
  return app;
}

/** Asks the running node about the person the path names; without one there is nothing to ask. */
async function asked(
  context: Context,
  { node }: Desk,
  ask: (node: Node, address: string) => Promise<Result<object>>,
): Promise<Response> {
  if (node === undefined) return refuse(context, fault("not-running"));
  const answer = await ask(node, context.req.param("address") ?? "");
  return answer.ok ? context.json(answer.value) : refuse(context, answer.fault);
}
