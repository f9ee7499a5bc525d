import { test } from "node:test";
import { limitsWith } from "../src/base/limits.ts";
import {
  external,
  features,
  greeting,
  header,
  link,
  message,
  ours,
  plain,
  proved,
  result,
  streamError,
  theirs,
  took,
  untilTls,
  valid,
} from "./s2s-in-lines.ts";
import { transcript } from "./s2s-transcript.ts";

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
