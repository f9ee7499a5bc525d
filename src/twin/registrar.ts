import type { Random } from "../base/random.ts";
import { personIn, readAddress } from "./address-text.ts";
import { readAuthLine } from "./auth-line.ts";
import type { ClientLink } from "./client-link.ts";
import { challengeMessage, judgeAuthenticate } from "./ntlm.ts";
import type { Persona } from "./persona.ts";
import { type HeaderLine, lineOf, type WireMessage } from "./wire-message.ts";

/** What a REGISTER of a real client at the front end led to: what is answered, and for how long it is registered. */
export type Registered = {
  readonly status: 200 | 401 | 404;
  readonly headers: readonly HeaderLine[];
  /** Of a 200: registered for so many seconds; 0: no longer. */
  readonly expires: number;
};

/** What the registrar knows of the stand-in. */
export type RegistrarParts = {
  readonly random: Random;
  readonly domain: string;
  readonly host: string;
  readonly server: string;
  readonly password: string;
  readonly personas: ReadonlyMap<string, Persona>;
};

const realm = "SIP Communications Service";
const expiresMost = 7_200;

/** The events a client may subscribe to at itself (MS-SIP, MS-PRES). */
const events = [
  "vnd-microsoft-provisioning-v2",
  "vnd-microsoft-roaming-contacts",
  "vnd-microsoft-roaming-self",
  "presence",
  "registration-notify",
];

/** Signs a client in: NTLM in three steps (MS-SIPAE), then a GRUU (MS-CONMGMT). */
export function register(link: ClientLink, request: WireMessage, parts: RegistrarParts): Registered {
  const person = personIn(readAddress(lineOf(request, "to")).uri);
  const persona = parts.personas.get(person);
  if (persona === undefined || personIn(readAddress(lineOf(request, "from")).uri) !== person) {
    return { status: 404, headers: [], expires: 0 };
  }
  const said = readAuthLine(lineOf(request, "authorization"), "NTLM");
  const data = said?.get("gssapi-data");
  if (said === undefined) {
    // A client that begins anew has forgotten its keys.
    link.association = undefined;
    return challenged(parts, "");
  }
  if (data !== undefined) {
    const token = Buffer.from(data, "base64");
    if (token.length === 0) return challenge(link, parts);
    const { challenge: asked } = link;
    link.challenge = undefined;
    if (asked === undefined || said.get("opaque") !== asked.opaque) return challenge(link, parts);
    const proved = judgeAuthenticate(token, asked.bytes, parts.password);
    const name = proved?.user.toLowerCase().split("@")[0];
    if (proved === undefined || name !== persona.name) return challenged(parts, "");
    link.association = { opaque: asked.opaque, realm, target: parts.host, keys: proved.keys };
  }
  if (!link.isSigned(request)) return challenged(parts, "");
  return accepted(link, request, persona, parts);
}

function challenged({ host, server }: RegistrarParts, more: string): Registered {
  const line = `NTLM realm="${realm}", targetname="${host}", version=4${more}`;
  const headers = [["WWW-Authenticate", line] as const, ["Server", server] as const];
  return { status: 401, headers, expires: 0 };
}

function challenge(link: ClientLink, parts: RegistrarParts): Registered {
  const bytes = parts.random.bytes(8);
  const opaque = Buffer.from(parts.random.bytes(4)).toString("hex").toUpperCase();
  link.challenge = { opaque, bytes };
  const data = challengeMessage(bytes, parts.domain, parts.host).toString("base64");
  return challenged(parts, `, opaque="${opaque}", gssapi-data="${data}"`);
}

function accepted(link: ClientLink, request: WireMessage, persona: Persona, parts: RegistrarParts): Registered {
  const contact = lineOf(request, "contact");
  const written = lineOf(request, "expires");
  const expires = /^\d{1,9}$/.test(written) ? Math.min(Number(written), expiresMost) : expiresMost;
  const epid = readAddress(lineOf(request, "from")).parameters.get("epid") ?? "";
  const instance = /;\+sip\.instance="<urn:uuid:([0-9a-f-]{36})>"/i.exec(contact)?.[1] ?? epid;
  const id = Buffer.from(instance.replaceAll("-", ""), "hex").toString("base64url");
  link.persona = persona;
  link.epid = epid;
  link.userAgent = lineOf(request, "user-agent");
  link.gruu = `${persona.uri};opaque=user:epid:${id}AA;gruu`;
  const { uri } = readAddress(contact);
  const bound = `<${uri};ms-received-cid=${link.cid}>;expires=${expires};+sip.instance="<urn:uuid:${instance}>";gruu="${link.gruu}"`;
  const headers: HeaderLine[] = [
    ...(expires > 0 ? [["Contact", bound] as const] : []),
    ["Expires", String(expires)],
    ["presence-state", `register-action="${expires > 0 ? "added" : "deleted"}"`],
    ["Allow-Events", events.join(",")],
    ["Supported", "adhoclist"],
    ["Supported", "msrtc-event-categories"],
    ["ms-keep-alive", "UAS; tcp=no; hop-hop=yes; end-end=no; timeout=300"],
    ["Server", parts.server],
  ];
  return { status: 200, headers, expires };
}
