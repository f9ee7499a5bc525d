import { createHmac } from "node:crypto";

/** Where the stand-in's edge and the pool behind it are called, and the key it signs with. */
export type RouteMaker = {
  readonly secret: Uint8Array;
  readonly host: string;
  readonly port: number;
  readonly domain: string;
  readonly strict: boolean;
};

/**
 * The route set of one dialog, the edge first: two URIs whose every byte counts (R3). The signature is over the dialog, so
 * that the route of another one does not pass; capitals, dashes and parameters nobody knows are in it on purpose.
 */
export function signedRoutes(maker: RouteMaker, callId: string, tag: string): readonly string[] {
  const { host, port, domain, strict } = maker;
  const signature = sign(maker.secret, `${callId}\n${tag}`);
  const lr = strict ? "" : ";lr";
  return [
    `<sip:${host}:${port};transport=tls${lr};ms-key-info=jAAAA${sign(maker.secret, "key").slice(0, 24)};ms-route-sig=${signature}>`,
    `<sip:pool01.${domain}:5061;transport=tls;ms-fe=FE1.${domain};opaque=state:F:Ci.R5f00;lr;ms-route-sig=${sign(maker.secret, signature)}>`,
  ];
}

function sign(secret: Uint8Array, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}
