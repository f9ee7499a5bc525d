import { Hono } from "hono";

/** What the health page needs to know. */
export type Health = {
  /** All figures in the Prometheus text format. */
  metrics(): Promise<{ readonly text: string; readonly contentType: string }>;
  /** Every listener is up and the node is not draining. */
  ready(): boolean;
};

/**
 * The app of the `http` listener: /metrics (Prometheus), /healthz (the process runs and answers), /readyz (send traffic
 * here). Nothing in it changes anything or names a person.
 */
export function healthApp(health: Health): Hono {
  const app = new Hono();
  app.get("/metrics", async (context) => {
    const { text, contentType } = await health.metrics();
    return context.body(text, 200, { "content-type": contentType });
  });
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => (health.ready() ? context.text("ready\n") : context.text("not ready\n", 503)));
  app.notFound((context) => context.text("/metrics, /healthz and /readyz are here\n", 404));
  return app;
}
