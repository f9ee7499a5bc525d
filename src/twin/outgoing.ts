import type { Dialog } from "./dialog.ts";
import type { Profile } from "./profile.ts";
import type { Quirks } from "./quirk.ts";
import { type HeaderLine, lineOf, linesOf, writeWire } from "./wire-message.ts";

/** A request to be sent in a dialog, or to open it. */
export type Outgoing = {
  readonly method: string;
  readonly dialog: Dialog;
  /** Of an ACK or CANCEL: that of its INVITE; otherwise the next one is taken. */
  readonly cseq?: number;
  /** Goes in place of the dialog's target. */
  readonly uri?: string;
  readonly contact?: string | undefined;
  readonly headers?: readonly HeaderLine[];
  readonly contentType?: string | undefined;
  readonly body?: string | Uint8Array;
};

export type Written = {
  readonly bytes: Buffer;
  readonly headers: readonly HeaderLine[];
  readonly cseq: number;
  readonly uri: string;
};

/** What a request is written with. */
export type Pen = {
  readonly profile: Profile;
  readonly quirks: Quirks;
  readonly host: string;
  readonly port: number;
  readonly transport: string;
  /** A new id, for the branch. */
  readonly id: string;
};

const routed = new Set(["INVITE", "SUBSCRIBE", "NOTIFY", "BENOTIFY"]);

/** Writes a request the way the profile's edge would let it out (sip-wire 1.4). Moves the dialog's CSeq on. */
export function writeRequest(out: Outgoing, pen: Pen): Written {
  const { method, dialog } = out;
  const { profile, quirks } = pen;
  const { persona } = dialog;
  if (out.cseq === undefined) dialog.cseq++;
  const cseq = out.cseq ?? dialog.cseq;
  const { uri, routes } = way(out);
  const epid = profile.microsoft ? `;epid=${persona.epid}` : "";
  const remoteTag = dialog.remoteTag === "" ? "" : `;tag=${dialog.remoteTag}`;
  const remoteEpid = dialog.remoteEpid === "" || !profile.microsoft ? "" : `;epid=${dialog.remoteEpid}`;
  const from = `"${persona.display}" <${persona.uri}>;tag=${dialog.localTag}${epid}`;
  const vias = viasOf(pen).map((via) => ["Via", via] as const);
  const parties: HeaderLine[] = [
    ["From", quirks["folded-lines"] === 0 ? from : from.replace(" <", "\r\n\t<")],
    ["To", `<${dialog.remoteUri}>${remoteTag}${remoteEpid}`],
  ];
  const asserted = `"${persona.display}"<${persona.uri.replace("sip:", "SIP:")}>,<tel:+15550100>`;
  const headers: HeaderLine[] = [
    ...(quirks["odd-order"] === 0 ? [...vias, ...parties] : [...parties, ...vias]),
    ...(routed.has(method) ? dialog.ownRoutes : []).map((route) => ["RECORD-ROUTE", route] as const),
    ...routes.map((route) => ["Route", route] as const),
    ["Max-Forwards", profile.microsoft ? "67" : "70"],
    ["Call-ID", dialog.callId],
    ["CSeq", `${cseq} ${method === "BENOTIFY" ? "BENOTIFY" : method}`],
    ...(out.contact === undefined ? [] : [["Contact", out.contact] as const]),
    ...(profile.microsoft ? [["P-Asserted-Identity", asserted] as const] : []),
    ["User-Agent", profile.userAgent],
    ...(out.headers ?? []),
    ...(profile.microsoft ? [["ms-asserted-verification-level", "ms-source-verified-user=verified"] as const] : []),
  ];
  if (out.contentType !== undefined) headers.push(["Content-Type", out.contentType]);
  const body = typeof out.body === "string" ? Buffer.from(out.body) : (out.body ?? Buffer.alloc(0));
  // What is compared with the answer is the unfolded line.
  const unfolded = headers.map(([name, value]) => [name, value.replace(/\r\n\t/g, " ")] as const);
  return { bytes: writeWire(`${method} ${uri} SIP/2.0`, headers, body), headers: unfolded, cseq, uri };
}

/** The ACK of a failed INVITE: its Request-URI, its first Via, its Routes, the To of the answer (RFC 3261 §17.1.1.3). */
export function writeFailureAck(invite: Pick<Written, "headers" | "uri">, to: string): Buffer {
  const sent = {
    method: "INVITE",
    uri: invite.uri,
    status: 0,
    reason: "",
    headers: invite.headers,
    body: Buffer.alloc(0),
  };
  const copied = (name: string): HeaderLine => [name, lineOf(sent, name.toLowerCase())];
  const routes = linesOf(sent, "route").map((route) => ["Route", route] as const);
  const cseq = copied("CSeq")[1].replace("INVITE", "ACK");
  const lines: HeaderLine[] = [copied("Via"), ...routes, ["Max-Forwards", "70"], copied("From"), ["To", to]];
  return writeWire(`ACK ${invite.uri} SIP/2.0`, [...lines, copied("Call-ID"), ["CSeq", cseq]], Buffer.alloc(0));
}

/** Request-URI and Routes: loose, or strict where the first Route says nothing of lr (RFC 3261 §12.2.1.1, R4). */
function way({ dialog, uri }: Outgoing): { readonly uri: string; readonly routes: readonly string[] } {
  const target = uri ?? dialog.target;
  const [first, ...others] = dialog.peerRoutes;
  if (first === undefined || /;lr[;>=]/.test(first)) return { uri: target, routes: dialog.peerRoutes };
  return { uri: first.replace(/^.*<|>.*$/g, ""), routes: [...others, `<${target}>`] };
}

/** The Via of a client nobody has seen. */
const scriptedClient = "SIP/2.0/TLS 192.0.2.44:1620;ms-received-port=1620;ms-received-cid=1DCEE00";

/** The edge's Via on top, then those of the servers and the client behind it. */
export function viasOf(
  { profile, quirks, host, port, transport, id }: Pen,
  client = scriptedClient,
): readonly string[] {
  const protocol = `SIP/2.0/${transport.toUpperCase()}`;
  const branch = quirks["via-without-branch"] === 0 ? `;branch=z9hG4bK${id}.0` : "";
  if (!profile.microsoft) return [`${protocol} ${host}:${port}${branch}`];
  return [
    `${protocol} ${host}:${port}${branch};branched=FALSE;ms-internal-info="dk,m${id.slice(0, 6)}=\\"; ,<z>"`,
    `SIP/2.0/TLS 10.1.1.5:50123;branch=z9hG4bK${id}.8;ms-received-port=50123;ms-received-cid=5F00`,
    client,
  ];
}
