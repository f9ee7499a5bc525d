import { test } from "node:test";
import {
  auth,
  errors,
  external,
  greeting,
  header,
  link,
  plain,
  proved,
  result,
  theirs,
  untilTls,
  valid,
} from "./s2s-out-lines.ts";
import { transcript } from "./s2s-transcript.ts";

test("K-10: TLS and EXTERNAL, with stream management and limits: a new stream after each", () =>
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
