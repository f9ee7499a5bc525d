import { test } from "node:test";
import { limitsWith } from "../src/base/limits.ts";
import { openPolicy, type Policy } from "../src/federation/partner.ts";
import { dialbackKeyer } from "../src/xmpp/dialback-key.ts";
import type { Setup } from "../src/xmpp/s2s-in.ts";
import { Actor, domain } from "./s2s-actor.ts";
import { transcript } from "./s2s-transcript.ts";

/** We are montague.example and chat.montague.example; capulet.example connects. The secret is XEP-0220's second. */
function link(policy: Partial<Policy> = {}, setup: Partial<Setup> = {}): Actor {
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

const theirs = `recv <?xml version='1.0'?><stream:stream xmlns='jabber:server'
  + xmlns:stream='http://etherx.jabber.org/streams' xmlns:x='jabber:server:dialback'`;
const header = `${theirs} from='capulet.example' to='montague.example' version='1.0'>`;
const ours = `send <?xml version='1.0'?><stream:stream xml:lang='en' xmlns:stream='http://etherx.jabber.org/streams'
  + xmlns='jabber:server' xmlns:db='jabber:server:dialback' from='montague.example'`;
const greeting = (id: string): string => `${ours} to='capulet.example' id='${id}' version='1.0'>`;

const starttls = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`;
const required = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>`;
const external = `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>`;
const dialback = `<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>`;
const rest = `<sm xmlns='urn:xmpp:sm:3'/><limits xmlns='urn:xmpp:stream-limits:0'>
  +<max-bytes>262144</max-bytes><idle-seconds>840</idle-seconds></limits>`;
const features = (first: string): string => `send <stream:features>${first}${dialback}${rest}</stream:features>`;

const untilTls = (policy = required): string => `
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
const plain = `
  ${header}
  ${greeting("id-1")}
  ${features(starttls)}`;

const result = (from = "capulet.example", to = "montague.example"): string =>
  `recv <x:result from='${from}' to='${to}'>key</x:result>`;
const valid = (from = "capulet.example", to = "montague.example"): string =>
  `send <db:result from='${to}' to='${from}' type='valid'/>`;
const failed = (condition: string, type: string, from = "capulet.example", to = "montague.example"): string =>
  `send <db:result from='${to}' to='${from}' type='error'><error type='${type}'>
    +<${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:result>`;
const proved = (method: string, from = "capulet.example", to = "montague.example"): string =>
  `proved ${to} ${from} by ${method}`;
const message = (from: string, to: string): string => `recv <message from='${from}' to='${to}'/>`;
const took = "took message juliet@capulet.example to romeo@montague.example";
const streamError = (condition: string, words: string): string =>
  `send <stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>
    +<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>${words}</text></stream:error></stream:stream>`;

test("TLS and EXTERNAL, with stream management", () =>
  transcript(
    link(),
    `${untilTls()}
    ! proof capulet.example good
    ${features(external)}
    recv <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>Y2FwdWxldC5leGFtcGxl</auth>
    send <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
    restart
    ${proved("external")}
    ${header}
    ${greeting("id-3")}
    ${features("")}
    recv <enable xmlns='urn:xmpp:sm:3' resume='true'/>
    send <enabled xmlns='urn:xmpp:sm:3'/>
    acks
    ${message("juliet@capulet.example/balcony", "romeo@montague.example")}
    took message juliet@capulet.example/balcony to romeo@montague.example
    recv <r xmlns='urn:xmpp:sm:3'/>
    ack-asked
    recv <enable xmlns='urn:xmpp:sm:3'/>
    send <failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>
    recv </stream:stream>
    send </stream:stream>
    close in order`,
  ));

test("EXTERNAL with no initial response, and with '='", () => {
  const offered = `${untilTls()}\n! proof capulet.example good\n${features(external)}`;
  const success = `send <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>\nrestart\n${proved("external")}`;
  transcript(
    link(),
    `${offered}
    recv <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'/>
    send <challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
    recv <response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
    ${success}`,
  );
  transcript(
    link(),
    `${offered}
    recv <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>
    ${success}`,
  );
});

test("a certificate that proves nothing: EXTERNAL is not offered, not taken, and dialback does", () =>
  transcript(
    link(),
    `${untilTls()}
    ! proof capulet.example cert-self-signed
    ${features("")}
    recv <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>
    send <failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><invalid-mechanism/></failure>
    dropped sasl-invalid-mechanism
    ${result()}
    verify montague.example capulet.example id-2 key
    ! verified montague.example capulet.example id-2 valid
    ${proved("dialback")}
    ${valid()}
    ${message("juliet@capulet.example", "romeo@montague.example")}
    ${took}`,
  ));

test("another identity than the stream's is refused; too many tries end it", () => {
  const auth = `recv <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>dmVyb25hLmV4YW1wbGU=</auth>`;
  const failure = `send <failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><invalid-authzid/></failure>
    dropped sasl-invalid-authzid`;
  transcript(
    link({}, { limits: limitsWith({ saslTriesMax: 2 }) }),
    `${untilTls()}
    ! proof capulet.example good
    ${features(external)}
    ${auth}
    ${failure}
    ${auth}
    ${failure}
    ${streamError("policy-violation", "Too many failed sign-ins.")}
    close sasl-too-many-tries`,
  );
});

test("a restarted stream cannot become somebody else's", () =>
  transcript(
    link(),
    `${untilTls()}
    ! proof capulet.example good
    ${features(external)}
    recv <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>
    send <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
    restart
    ${proved("external")}
    ${theirs} from='verona.example' to='montague.example' version='1.0'>
    ${ours} to='verona.example' id='id-3' version='1.0'>
    ${streamError(
      "invalid-from",
      "The sender&apos;s address was not proved on this connection. (the restarted stream names another pair than was authenticated)",
    )}
    close invalid-from`,
  ));

test("a stream that fails between its restart and the peer's header gets our header first", () =>
  transcript(
    link(),
    `${untilTls()}
    ! proof capulet.example good
    ${features(external)}
    recv <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>
    send <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
    restart
    ${proved("external")}
    ! end system-shutdown
    ${ours} id='id-2' version='1.0'>
      +${streamError("system-shutdown", "The server is going down; please connect again shortly.").slice(5)}
    close system-shutdown`,
  ));

test("what the certificate proves is not asked for again (XEP-0344), unless dialback is always wanted", () => {
  transcript(
    link(),
    `${untilTls()}
    ! proof capulet.example good
    ${features(external)}
    ${result()}
    ${proved("certificate")}
    ${valid()}
    ${result("rooms.capulet.example")}
    judge rooms.capulet.example
    ! proof rooms.capulet.example cert-wrong-name
    verify montague.example rooms.capulet.example id-2 key`,
  );
  transcript(
    link({ dialback: "always" }),
    `${untilTls()}
    ! proof capulet.example good
    ${features("")}
    ${result()}
    verify montague.example capulet.example id-2 key`,
  );
});

test("strict: a certificate that is shown must prove the domain; one that is missing leaves dialback", () => {
  transcript(
    link({ certificate: "strict" }),
    `${untilTls()}
    ! proof capulet.example cert-expired
    ${features("")}
    ${result()}
    ${failed("not-authorized", "auth")}
    refused montague.example capulet.example remote-untrusted`,
  );
  transcript(
    link({ certificate: "strict" }),
    `${untilTls()}
    ! proof capulet.example cert-missing
    ${features("")}
    ${result()}
    verify montague.example capulet.example id-2 key`,
  );
});

test("in the clear and dialback, piggybacked pairs, and only proved pairs", () =>
  transcript(
    link({ tls: "optional" }),
    `${plain}
    ${result()}
    verify montague.example capulet.example id-1 key
    ! verified montague.example capulet.example id-1 valid
    ${proved("dialback")}
    ${valid()}
    ${result("rooms.capulet.example")}
    verify montague.example rooms.capulet.example id-1 key
    ${result("capulet.example", "chat.montague.example")}
    verify chat.montague.example capulet.example id-1 key
    ! verified chat.montague.example capulet.example id-1 valid
    ${proved("dialback", "capulet.example", "chat.montague.example")}
    ${valid("capulet.example", "chat.montague.example")}
    ! verified montague.example rooms.capulet.example id-1 remote-connection-failed
    ${failed("remote-connection-failed", "cancel", "rooms.capulet.example")}
    refused montague.example rooms.capulet.example dialback-unanswered
    ${message("juliet@capulet.example", "romeo@montague.example")}
    ${took}
    ${message("room@rooms.capulet.example", "romeo@montague.example")}
    ${streamError(
      "invalid-from",
      "The sender&apos;s address was not proved on this connection. (rooms.capulet.example to montague.example)",
    )}
    close invalid-from`,
  ));

test("legacy: no version, no to, no from; no features, and the header says no version either", () =>
  transcript(
    link({ tls: "optional" }),
    `${theirs}>
    ${ours} id='id-1'>
    ${result()}
    verify montague.example capulet.example id-1 key
    ! verified montague.example capulet.example id-1 valid
    ${proved("dialback")}
    ${valid()}
    ${message("juliet@capulet.example", "romeo@montague.example")}
    ${took}`,
  ));

test("policies: TLS first, partner denied, dialback never, unknown domain, too many pairs; the stream lives on each time", () => {
  const limits = limitsWith({ domainsPerLinkMax: 1 });
  transcript(
    link(),
    `${header}\n${greeting("id-1")}\n${features(required)}
    ${result()}
    ${failed("policy-violation", "cancel")}
    refused montague.example capulet.example tls-required`,
  );
  transcript(
    link({ tls: "optional", allowIn: false }, { limits }),
    `${plain}
    ${result()}
    ${failed("policy-violation", "cancel")}
    refused montague.example capulet.example partner-denied`,
  );
  transcript(
    link({ tls: "optional", dialback: "never" }),
    `${header}\n${greeting("id-1")}\nsend <stream:features>${starttls}${rest}</stream:features>
    ${result()}
    ${failed("not-authorized", "auth")}
    refused montague.example capulet.example remote-untrusted`,
  );
  transcript(
    link({ tls: "optional" }, { limits }),
    `${plain}
    ${result("capulet.example", "verona.example")}
    ${failed("item-not-found", "cancel", "capulet.example", "verona.example")}
    refused verona.example capulet.example host-unknown
    ${result()}
    verify montague.example capulet.example id-1 key
    ${result("rooms.capulet.example")}
    ${failed("resource-constraint", "wait", "rooms.capulet.example")}
    refused montague.example rooms.capulet.example stream-resource-constraint`,
  );
});

test("a partner denied both ways is refused by its header; so is a stream to a domain that is not ours", () => {
  transcript(
    link({ allowIn: false, allowOut: false }),
    `${header}
    ${greeting("id-1")}
    ${streamError("policy-violation", "Messages to and from that organisation are not allowed. (capulet.example)")}
    close partner-denied`,
  );
  transcript(
    link(),
    `${header.replace("to='montague.example'", "to='verona.example'")}
    ${greeting("id-1")}
    ${streamError("host-unknown", "This server does not serve that domain. (verona.example)")}
    close host-unknown`,
  );
});

test("invalid ends the stream only when nothing else lives on it", () => {
  const invalid = `! verified montague.example capulet.example id-1 invalid
    send <db:result from='montague.example' to='capulet.example' type='invalid'/>
    refused montague.example capulet.example dialback-invalid`;
  transcript(
    link({ tls: "optional" }),
    `${plain}
    ${result()}
    verify montague.example capulet.example id-1 key
    ${invalid}
    send </stream:stream>
    close dialback-invalid`,
  );
  transcript(
    link({ tls: "optional" }),
    `${plain}
    ${result("rooms.capulet.example")}
    verify montague.example rooms.capulet.example id-1 key
    ! verified montague.example rooms.capulet.example id-1 valid
    ${proved("dialback", "rooms.capulet.example")}
    ${valid("rooms.capulet.example")}
    ${result()}
    verify montague.example capulet.example id-1 key
    ${invalid}
    ${message("room@rooms.capulet.example", "romeo@montague.example")}
    took message room@rooms.capulet.example to romeo@montague.example`,
  );
});

test("verdicts nobody waits for are dropped: unsolicited, of another stream, twice, too late, from the peer itself", () =>
  transcript(
    link({ tls: "optional" }),
    `${plain}
    ! verified montague.example capulet.example id-1 valid
    dropped dialback-unsolicited
    recv <x:verify from='capulet.example' to='montague.example' id='id-1' type='valid'/>
    dropped dialback-unsolicited
    recv <x:result from='capulet.example' to='montague.example' type='valid'/>
    dropped dialback-unsolicited
    ${result()}
    verify montague.example capulet.example id-1 key
    ${result()}
    dropped dialback-unsolicited
    recv <x:verify from='capulet.example' to='montague.example' id='id-1' type='valid'/>
    dropped dialback-unsolicited
    ! verified montague.example capulet.example id-0 valid
    dropped dialback-unsolicited
    ! ring
    ${failed("remote-server-timeout", "wait")}
    refused montague.example capulet.example dialback-unanswered
    ! verified montague.example capulet.example id-1 valid
    dropped dialback-unsolicited`,
  ));

test("as the authority we answer on any stream, for our own domains, by our own secret", () =>
  transcript(
    link(),
    `${header}\n${greeting("id-1")}\n${features(required)}
    recv <x:verify from='capulet.example' to='montague.example' id='417GAF25'>
      +225cc5aa6a071133249d25fef42ae516fc7a86c523aa1c6980a7f73e784c972d</x:verify>
    send <db:verify from='montague.example' to='capulet.example' id='417GAF25' type='valid'/>
    recv <x:verify from='capulet.example' to='montague.example' id='417GAF26'>
      +225cc5aa6a071133249d25fef42ae516fc7a86c523aa1c6980a7f73e784c972d</x:verify>
    send <db:verify from='montague.example' to='capulet.example' id='417GAF26' type='invalid'/>
    recv <x:verify from='capulet.example' to='verona.example' id='417GAF25'>key</x:verify>
    send <db:verify from='verona.example' to='capulet.example' id='417GAF25' type='error'><error type='cancel'>
      +<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:verify>`,
  ));

test("stanzas before any proof, without addresses, in a false name", () => {
  const notYet = streamError("not-authorized", "Sign in before sending.");
  const stranger = message("juliet@capulet.example", "romeo@montague.example");
  transcript(link({ tls: "optional" }), `${plain}\n${stranger}\n${notYet}\nclose stream-not-authorized`);
  const ready = `${plain}
    ${result()}
    verify montague.example capulet.example id-1 key
    ! verified montague.example capulet.example id-1 valid
    ${proved("dialback")}
    ${valid()}`;
  transcript(
    link({ tls: "optional" }),
    `${ready}
    recv <message from='juliet@capulet.example'/>
    ${streamError("improper-addressing", "The message lacks its sender or its receiver.")}
    close improper-addressing`,
  );
  transcript(
    link({ tls: "optional" }),
    `${ready}
    ${message("prince@verona.example", "romeo@montague.example")}
    ${streamError(
      "invalid-from",
      "The sender&apos;s address was not proved on this connection. (verona.example to montague.example)",
    )}
    close invalid-from`,
  );
});

test("dialback without names cannot be answered", () =>
  transcript(
    link({ tls: "optional" }),
    `${plain}
    recv <x:result to='montague.example'>key</x:result>
    ${streamError("improper-addressing", "The message lacks its sender or its receiver. (db:result)")}
    close improper-addressing`,
  ));

test("STARTTLS where it was not offered fails, and the stream with it", () =>
  transcript(
    link({ tls: "none" }),
    `${header}\n${greeting("id-1")}\n${features("")}
    recv <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>
    send <failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>
    close tls-failed`,
  ));

test("what is no stream gets our header, the error, and the end", () =>
  transcript(
    link(),
    `recv <stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>
    ${ours} id='id-1' version='1.0'>
      +${streamError("invalid-namespace", "The other side spoke in a namespace this kind of connection does not use. (jabber:client)").slice(5)}
    close invalid-namespace`,
  ));

test("direct TLS: the handshake comes before the first header (XEP-0368)", () =>
  transcript(
    link(),
    `! secured
    ${header}
    ${greeting("id-1")}
    judge capulet.example
    ! proof capulet.example good
    ${features(external)}`,
  ));

test("a peer that does not wait for features is served in order, and judged once", () =>
  transcript(
    link(),
    `${untilTls()}
    ${result()}
    ! proof verona.example good
    ! proof capulet.example cert-missing
    ${features("")}
    verify montague.example capulet.example id-2 key
    ! verified montague.example capulet.example id-2 valid
    ${proved("dialback")}
    ${valid()}
    ${result()}
    ${valid()}`,
  ));

test("a verdict on a key of the stream before the restart is dropped", () =>
  transcript(
    link(),
    `${untilTls()}
    ! proof capulet.example good
    ${features(external)}
    ${result("rooms.capulet.example")}
    judge rooms.capulet.example
    ! proof rooms.capulet.example cert-wrong-name
    verify montague.example rooms.capulet.example id-2 key
    recv <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>
    send <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
    restart
    ${proved("external")}
    ! verified montague.example rooms.capulet.example id-2 valid
    dropped dialback-unsolicited`,
  ));

test("acknowledgements before stream management is on, and before anything is proved", () =>
  transcript(
    link({ tls: "optional" }),
    `${plain}
    recv <r xmlns='urn:xmpp:sm:3'/>
    dropped stream-bad-format
    recv <enable xmlns='urn:xmpp:sm:3'/>
    send <failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>
    recv <resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>
    send <failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
  ));
