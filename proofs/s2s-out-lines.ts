import { limitsWith } from "../src/base/limits.ts";
import { openPolicy, type Policy } from "../src/federation/partner.ts";
import { dialbackKeyer } from "../src/xmpp/dialback-key.ts";
import { begin, type Setup } from "../src/xmpp/s2s-out.ts";
import { Actor, pairOf } from "./s2s-actor.ts";

export const own = pairOf("capulet.example", "montague.example");

/** We are capulet.example and connect to montague.example; the secret is that of XEP-0220's examples. */
export function link(policy: Partial<Policy> = {}, setup: Partial<Setup> = {}, wanted = [own]): Actor {
  return Actor.initiating(begin(wanted), {
    ...own,
    certificate: true,
    withoutTls: false,
    policyFor: () => ({ ...openPolicy, sm: false, ...policy }),
    keyer: dialbackKeyer("s3cr3tf0rd14lb4ck"),
    limits: limitsWith(),
    ...setup,
  });
}

export const greeting = `send <?xml version='1.0'?><stream:stream xml:lang='en' xmlns:stream='http://etherx.jabber.org/streams'
  + xmlns='jabber:server' xmlns:db='jabber:server:dialback' from='capulet.example' to='montague.example' version='1.0'>`;
export const theirs = `recv <?xml version='1.0'?><stream:stream xmlns='jabber:server'
  + xmlns:stream='http://etherx.jabber.org/streams' xmlns:x='jabber:server:dialback' from='montague.example'
  + to='capulet.example' id='D60000229F'`;
export const header = `${theirs} version='1.0'>`;

export const untilTls = `
  ! connected
  ${greeting}
  ${header}
  recv <stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>
  send <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>
  recv <proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>
  start-tls capulet.example
  restart
  ! secured
  judge montague.example`;

export const external = `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>`;
export const auth = `send <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>Y2FwdWxldC5leGFtcGxl</auth>`;
export const errors = `<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>`;
export const result = `send <db:result from='capulet.example' to='montague.example'>
  +b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3</db:result>`;
export const valid = `recv <x:result from='montague.example' to='capulet.example' type='valid'/>`;
export const proved = "proved capulet.example montague.example by dialback";
/** Up to the receiver's features, in the clear. */
export const plain = `
  ! connected
  ${greeting}
  ${header}
  recv <stream:features>${errors}</stream:features>
  ${result}`;
