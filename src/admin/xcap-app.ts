import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { DomainName } from "../base/domain-name.ts";
import type { SipXcap } from "../server/sip-xcap.ts";
import { xcapRoot } from "../server/sip-xcap.ts";

/** What Node's HTTP server hands over beside the request: the request line as it came, and from where. */
type Bindings = {
  readonly incoming: {
    readonly url?: string;
    readonly headersDistinct: Readonly<Record<string, string[] | undefined>>;
    readonly socket: { readonly remoteAddress?: string | undefined };
  };
};

/**
 * XCAP over HTTP (RFC 4825 §7), below /xcap-root. `domains` are those served, the first for clients that name none of them
 * in Host; `bytesMax` is the most a document may have.
 */
export function xcapApp(
  xcap: () => SipXcap,
  domains: () => readonly DomainName[],
  bytesMax: () => number,
  failed: (error: Error) => void = () => {},
): Hono {
  const app = new Hono<{ Bindings: Bindings }>();
  app.onError((error, context) => {
    failed(error);
    return context.body(null, 500);
  });
  app.use(async (context, next) =>
    bodyLimit({ maxSize: bytesMax(), onError: (over) => over.body(null, 413) })(context, next),
  );
  app.all(`${xcapRoot}/*`, (context) => answered(context, xcap(), domains()));
  return app as unknown as Hono;
}

async function answered(
  context: Context<{ Bindings: Bindings }>,
  xcap: SipXcap,
  domains: readonly DomainName[],
): Promise<Response> {
  const { incoming } = context.env;
  // Not the parsed URL: it has had its dots and escapes resolved, and what is judged must be what was asked.
  const target = incoming.url ?? "";
  const [first] = domains;
  if (first === undefined || !target.startsWith(`${xcapRoot}/`)) return context.body(null, 404);
  const host = context.req.header("host") ?? first;
  const body = new Uint8Array(await context.req.arrayBuffer());
  const [ifMatch, ifNoneMatch, contentType] = ["if-match", "if-none-match", "content-type"].map((name) =>
    context.req.header(name),
  );
  const answer = await xcap.answer(
    {
      method: context.req.method,
      target,
      authorization: incoming.headersDistinct.authorization ?? [],
      realm: realmOf(target, host, domains) ?? first,
      body,
      address: (incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
    },
    host,
    {
      ...(ifMatch === undefined ? {} : { ifMatch }),
      ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
      ...(contentType === undefined ? {} : { contentType }),
    },
  );
  return new Response(answer.body.length === 0 ? null : (answer.body as Uint8Array<ArrayBuffer>), {
    status: answer.status,
    headers: answer.headers,
  });
}

/** Whose people are meant: the domain in the path ("/users/sip:alice@ours.example/"), else that of the host. */
function realmOf(target: string, host: string, domains: readonly DomainName[]): DomainName | undefined {
  const lower = target.toLowerCase().replaceAll("%40", "@");
  const named = domains.find((domain) => lower.includes(`@${domain}/`));
  if (named !== undefined) return named;
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return domains.find((domain) => name === domain || name.endsWith(`.${domain}`));
}
