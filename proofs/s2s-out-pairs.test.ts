import { test } from "node:test";
import { errors, external, greeting, header, link, plain, proved, result, untilTls, valid } from "./s2s-out-lines.ts";
import { transcript } from "./s2s-transcript.ts";

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
