import { limitsWith } from "../src/base/limits.ts";
import { openPolicy, type Policy } from "../src/federation/partner.ts";
import { dialbackKeyer } from "../src/xmpp/dialback-key.ts";
import type { Setup } from "../src/xmpp/s2s-in.ts";
import { Actor, domain } from "./s2s-actor.ts";

/** We are montague.example and chat.montague.example; capulet.example connects. The secret is XEP-0220's second. */
export function link(policy: Partial<Policy> = {}, setup: Partial<Setup> = {}): Actor {
  const ours = ["montague.example", "chat.montague.example"];
  return Actor.receiving({
    serves: (name) => ours.includes(name),
    fallback: domain("montague.example"),
    canSecure: () => true,
    policyFor: () => ({ ...openPolicy, ...policy }),
    keyer: dialbackKeyer("d14lb4ck43v3r"),
    limits: limitsWith(),
    ...setup,
  });
}

export const theirs = `recv <?xml version='1.0'?><stream:stream xmlns='jabber:server'
  + xmlns:stream='http://etherx.jabber.org/streams' xmlns:x='jabber:server:dialback'`;
export const header = `${theirs} from='capulet.example' to='montague.example' version='1.0'>`;
export const ours = `send <?xml version='1.0'?><stream:stream xml:lang='en' xmlns:stream='http://etherx.jabber.org/streams'
  + xmlns='jabber:server' xmlns:db='jabber:server:dialback' from='montague.example'`;
export const greeting = (id: string): string => `${ours} to='capulet.example' id='${id}' version='1.0'>`;

export const starttls = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`;
export const required = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>`;
export const external = `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>`;
export const dialback = `<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>`;
export const rest = `<sm xmlns='urn:xmpp:sm:3'/><limits xmlns='urn:xmpp:stream-limits:0'>
  +<max-bytes>262144</max-bytes><idle-seconds>840</idle-seconds></limits>`;
export const features = (first: string): string => `send <stream:features>${first}${dialback}${rest}</stream:features>`;

export const untilTls = (policy = required): string => `
  ${header}
  ${greeting("id-1")}
  ${features(policy)}
  recv <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>
  send <proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>
  start-tls montague.example
  restart
  ! secured
  ${header}
  ${greeting("id-2")}
  judge capulet.example`;

/** In the clear, features sent. */
export const plain = `
  ${header}
  ${greeting("id-1")}
  ${features(starttls)}`;

export const result = (from = "capulet.example", to = "montague.example"): string =>
  `recv <x:result from='${from}' to='${to}'>key</x:result>`;
export const valid = (from = "capulet.example", to = "montague.example"): string =>
  `send <db:result from='${to}' to='${from}' type='valid'/>`;
export const failed = (condition: string, type: string, from = "capulet.example", to = "montague.example"): string =>
  `send <db:result from='${to}' to='${from}' type='error'><error type='${type}'>
    +<${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>`;
export const proved = (method: string, from = "capulet.example", to = "montague.example"): string =>
  `proved ${to} ${from} by ${method}`;
export const message = (from: string, to: string): string => `recv <message from='${from}' to='${to}'/>`;
export const took = "took message juliet@capulet.example to romeo@montague.example";
export const streamError = (condition: string, words: string): string =>
  `send <stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>
    +<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>${words}</text></stream:error></stream:stream>`;
