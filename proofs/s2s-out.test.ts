import { test } from "node:test";
import { limitsWith } from "../src/base/limits.ts";
import { openPolicy, type Policy } from "../src/federation/partner.ts";
import { dialbackKeyer } from "../src/xmpp/dialback-key.ts";
import { begin, type Setup } from "../src/xmpp/s2s-out.ts";
import { Actor, pairOf } from "./s2s-actor.ts";
import { transcript } from "./s2s-transcript.ts";

const own = pairOf("capulet.example", "montague.example");

/** We are capulet.example and connect to montague.example; the secret is that of XEP-0220's examples. */
function link(policy: Partial<Policy> = {}, setup: Partial<Setup> = {}, wanted = [own]): Actor {
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

const greeting = `send <?xml version='1.0'?><stream:stream xml:lang='en' xmlns:stream='http://etherx.jabber.org/streams'
  + xmlns='jabber:server' xmlns:db='jabber:server:dialback' from='capulet.example' to='montague.example' version='1.0'>`;
const theirs = `recv <?xml version='1.0'?><stream:stream xmlns='jabber:server'
  + xmlns:stream='http://etherx.jabber.org/streams' xmlns:x='jabber:server:dialback' from='montague.example'
  + to='capulet.example' id='D60000229F'`;
const header = `${theirs} version='1.0'>`;

const untilTls = `
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

const external = `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>`;
const auth = `send <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>Y2FwdWxldC5leGFtcGxl</auth>`;
const errors = `<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>`;
const result = `send <db:result from='capulet.example' to='montague.example'>
  +b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3</db:result>`;
const valid = `recv <x:result from='montague.example' to='capulet.example' type='valid'/>`;
const proved = "proved capulet.example montague.example by dialback";
/** Up to the receiver's features, in the clear. */
const plain = `
  ! connected
  ${greeting}
  ${header}
  recv <stream:features>${errors}</stream:features>
  ${result}`;

test("TLS and EXTERNAL, with stream management and limits", () =>
  transcript(
    link({ sm: true }),
    `${untilTls}
    ! proof montague.example good
    ${greeting}
    ${header}
    recv <stream:features>${external}${errors}</stream:features>
    ${auth}
    recv <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
    restart
    ${greeting}
    ${header}
    recv <stream:features><sm xmlns='urn:xmpp:sm:3'/><limits xmlns='urn:xmpp:stream-limits:0'>
      +<max-bytes>10000</max-bytes><idle-seconds>1800</idle-seconds></limits></stream:features>
    limits 10000 1800
    send <enable xmlns='urn:xmpp:sm:3'/>
    acks on
    proved capulet.example montague.example by external
    recv <enabled xmlns='urn:xmpp:sm:3'/>
    recv <a xmlns='urn:xmpp:sm:3' h='3'/>
    acked 3
    recv <r xmlns='urn:xmpp:sm:3'/>
    send <a xmlns='urn:xmpp:sm:3' h='0'/>
    recv <a xmlns='urn:xmpp:sm:3' h='4294967296'/>
    dropped stream-bad-format
    recv </stream:stream>
    send </stream:stream>
    close in order`,
  ));

test("TLS and dialback, when the certificate only encrypts", () =>
  transcript(
    link(),
    `${untilTls}
    ! proof montague.example cert-self-signed
    ${greeting}
    ${header}
    recv <stream:features>${external}${errors}</stream:features>
    ${result}
    ${valid}
    ${proved}`,
  ));

test("a strict partner whose certificate proves nothing gets not one byte more", () =>
  transcript(
    link({ certificate: "strict" }),
    `${untilTls}
    ! proof montague.example cert-expired
    refused capulet.example montague.example remote-untrusted later
    close remote-untrusted`,
  ));

test("in the clear and dialback; stream management is asked for after the proof and may be refused", () =>
  transcript(
    link({ tls: "optional", sm: true }),
    `! connected
    ${greeting}
    ${header}
    recv <stream:features>${errors}<sm xmlns='urn:xmpp:sm:3'/></stream:features>
    ${result}
    ${valid}
    send <enable xmlns='urn:xmpp:sm:3'/>
    acks on
    ${proved}
    recv <a xmlns='urn:xmpp:sm:3' h='0'/>
    dropped stream-bad-format
    ! want rooms.capulet.example montague.example
    send <db:result from='rooms.capulet.example' to='montague.example'>
      +8acfc019f4065de59e88f08d4532376c61c8becf61ce78a25156e42fdbd0b69c</db:result>
    recv <x:result from='montague.example' to='rooms.capulet.example' type='valid'/>
    proved rooms.capulet.example montague.example by dialback
    recv <failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>
    acks off`,
  ));

test("a stream without version has no features: dialback at once", () =>
  transcript(link({ tls: "none" }), `! connected\n${greeting}\n${theirs}>\n${result}\n${valid}\n${proved}`));

test("a stream without version cannot have TLS, so not when TLS is required", () =>
  transcript(
    link(),
    `! connected
    ${greeting}
    ${theirs}>
    refused capulet.example montague.example remote-tls-required later
    send </stream:stream>
    close remote-tls-required`,
  ));

test("EXTERNAL refused, then dialback on the same stream", () =>
  transcript(
    link(),
    `${untilTls}
    ! proof montague.example good
    ${greeting}
    ${header}
    recv <stream:features>${external}</stream:features>
    ${auth}
    recv <failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>
    dropped remote-refused-us
    ${result}
    ${valid}
    ${proved}`,
  ));

test("EXTERNAL refused, and dialback never", () =>
  transcript(
    link({ dialback: "never" }),
    `${untilTls}
    ! proof montague.example good
    ${greeting}
    ${header}
    recv <stream:features>${external}</stream:features>
    ${auth}
    recv <failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>
    refused capulet.example montague.example remote-refused-us later
    send </stream:stream>
    close remote-refused-us`,
  ));

test("no EXTERNAL on offer, and dialback never", () =>
  transcript(
    link({ dialback: "never" }),
    `${untilTls}
    ! proof montague.example good
    ${greeting}
    ${header}
    recv <stream:features>${errors}</stream:features>
    refused capulet.example montague.example remote-refused-us later
    send </stream:stream>
    close remote-refused-us`,
  ));

test("dialback always: EXTERNAL is not used though offered", () =>
  transcript(
    link({ dialback: "always" }),
    `${untilTls}
    ! proof montague.example good
    ${greeting}
    ${header}
    recv <stream:features>${external}</stream:features>
    ${result}`,
  ));

test("TLS optional: a failed handshake asks for a call without TLS; the next one passes STARTTLS over", () => {
  const offer = "recv <stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
  transcript(
    link({ tls: "optional" }),
    `${untilTls.split("! secured")[0]}
    ! tls-failed
    redial tls-failed
    close tls-failed`,
  );
  transcript(
    link({ tls: "optional" }, { withoutTls: true }),
    `! connected\n${greeting}\n${header}\n${offer}\n${result}`,
  );
  transcript(
    link({ tls: "required" }, { withoutTls: true }),
    `! connected\n${greeting}\n${header}\n${offer}\nsend <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`,
  );
});

test("further pairs: another local domain on the same stream; another foreign one as dialback errors are known", () =>
  transcript(
    link({ tls: "optional" }),
    `${plain}
    ${valid}
    ${proved}
    ! want rooms.capulet.example montague.example
    send <db:result from='rooms.capulet.example' to='montague.example'>
      +8acfc019f4065de59e88f08d4532376c61c8becf61ce78a25156e42fdbd0b69c</db:result>
    ! want capulet.example chat.montague.example
    send <db:result from='capulet.example' to='chat.montague.example'>
      +74d66f15f64fb4d23e2e914a6db561f1f73e2d3e9af6021726b8585756bf98a3</db:result>
    recv <db:result xmlns:db='jabber:server:dialback' from='montague.example' to='rooms.capulet.example' type='valid'/>
    proved rooms.capulet.example montague.example by dialback
    recv <x:result from='chat.montague.example' to='capulet.example' type='error'><error type='cancel'>
      +<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></x:result>
    refused capulet.example chat.montague.example remote-server-not-found later`,
  ));

test("another foreign domain goes elsewhere when the receiver does not know dialback errors", () =>
  transcript(
    link({ tls: "optional" }),
    `! connected
    ${greeting}
    ${header}
    recv <stream:features/>
    ${result}
    ! want capulet.example chat.montague.example
    refused capulet.example chat.montague.example remote-refused-us elsewhere`,
  ));

test("another foreign domain that must be proved is judged by its own name first", () =>
  transcript(
    link({ certificate: "strict" }),
    `${untilTls}
    ! proof montague.example good
    ${greeting}
    ${header}
    recv <stream:features>${errors}</stream:features>
    ${result}
    ! want capulet.example chat.montague.example
    judge chat.montague.example
    ! proof chat.montague.example cert-wrong-name
    refused capulet.example chat.montague.example remote-untrusted elsewhere`,
  ));

test("a receiver that passes over a further pair keeps the link; a late answer is dropped", () =>
  transcript(
    link({ tls: "optional" }),
    `${plain}
    ${valid}
    ${proved}
    ! want rooms.capulet.example montague.example
    send <db:result from='rooms.capulet.example' to='montague.example'>
      +8acfc019f4065de59e88f08d4532376c61c8becf61ce78a25156e42fdbd0b69c</db:result>
    ! ring
    ! ring
    refused rooms.capulet.example montague.example remote-server-timeout elsewhere
    recv <x:result from='montague.example' to='rooms.capulet.example' type='valid'/>
    dropped dialback-unsolicited`,
  ));

test("a receiver that never answers the first pair loses the link", () =>
  transcript(
    link({ tls: "optional" }),
    `${plain}
    ! ring
    refused capulet.example montague.example remote-server-timeout later
    send </stream:stream>
    close remote-server-timeout`,
  ));

test("a dialback error refuses the pair and leaves the stream; invalid ends it", () => {
  transcript(
    link({ tls: "optional" }),
    `${plain}
    recv <x:result from='montague.example' to='capulet.example' type='error'><error type='cancel'>
      +<remote-connection-failed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></x:result>
    refused capulet.example montague.example dialback-unreachable later
    ! want capulet.example montague.example
    ${result}`,
  );
  transcript(
    link({ tls: "optional" }),
    `${plain}
    recv <x:result from='montague.example' to='capulet.example' type='invalid'/>
    refused capulet.example montague.example remote-refused-us later
    send </stream:stream>
    close remote-refused-us`,
  );
});

test("nothing counts that was not asked for on this stream", () =>
  transcript(
    link({ tls: "optional" }),
    `${plain}
    recv <x:result from='verona.example' to='capulet.example' type='valid'/>
    dropped dialback-unsolicited
    recv <x:result from='montague.example' to='other.example' type='valid'/>
    dropped dialback-unsolicited
    recv <x:verify from='montague.example' to='capulet.example' id='D60000229F' type='valid'/>
    dropped dialback-unsolicited
    recv <x:result from='montague.example' to='capulet.example'>key</x:result>
    dropped dialback-unsolicited
    recv <message from='romeo@montague.example' to='juliet@capulet.example'/>
    dropped stream-bad-format
    ${valid}
    ${proved}
    ${valid}
    dropped dialback-unsolicited`,
  ));

test("questions only: TLS, no EXTERNAL, and the answer by names and id", () =>
  transcript(
    link({}, {}, []),
    `! ask capulet.example montague.example 417GAF25 abc
    ${untilTls}
    ! proof montague.example good
    ${greeting}
    ${header}
    recv <stream:features>${external}</stream:features>
    send <db:verify from='capulet.example' to='montague.example' id='417GAF25'>abc</db:verify>
    recv <x:verify from='montague.example' to='capulet.example' id='OTHER' type='valid'/>
    dropped dialback-unsolicited
    recv <x:verify from='montague.example' to='capulet.example' id='417GAF25' type='valid'/>
    answer capulet.example montague.example 417GAF25 valid
    ! ask capulet.example montague.example second abc
    send <db:verify from='capulet.example' to='montague.example' id='second'>abc</db:verify>
    ! ring
    ! ring
    answer capulet.example montague.example second remote-server-timeout`,
  ));

test("a link that breaks refuses what was wanted and answers what was asked", () => {
  transcript(
    link({ tls: "optional" }),
    `! ask capulet.example montague.example 1 abc
    ! connected
    ${greeting}
    ! lost remote-connection-refused
    refused capulet.example montague.example remote-connection-refused later
    answer capulet.example montague.example 1 remote-connection-failed`,
  );
  transcript(
    link({ tls: "optional" }),
    `${plain}
    recv <stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>
    refused capulet.example montague.example remote-stream-error later
    send </stream:stream>
    close remote-stream-error`,
  );
});

test("a receiver that requires TLS does not get a link in the clear", () =>
  transcript(
    link({ tls: "none" }),
    `! connected
    ${greeting}
    ${header}
    recv <stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>
    refused capulet.example montague.example remote-tls-required later
    send </stream:stream>
    close remote-tls-required`,
  ));

test("a header we cannot use is answered with the stream error it deserves", () => {
  const noId = header.replace(" id='D60000229F'", "");
  transcript(
    link({ tls: "none" }),
    `! connected
    ${greeting}
    ${noId}
    refused capulet.example montague.example stream-bad-format later
    send <stream:error><bad-format xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>
      +<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>
      +The other side sent XML that cannot be processed here. (a stream without id)</text></stream:error></stream:stream>
    close stream-bad-format`,
  );
});

test("what is under way is not asked for twice, and a verdict on another domain is not the one awaited", () =>
  transcript(
    link({ certificate: "strict" }),
    `${untilTls}
    ! proof chat.montague.example good
    ! proof montague.example good
    ${greeting}
    ${header}
    recv <stream:features>${errors}</stream:features>
    ${result}
    ! want capulet.example montague.example
    ! want capulet.example verona.example
    judge verona.example
    ! want capulet.example verona.example
    ${valid}
    ${proved}
    ! want capulet.example montague.example
    ${proved}`,
  ));
