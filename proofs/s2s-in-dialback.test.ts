import { test } from "node:test";
import { limitsWith } from "../src/base/limits.ts";
import {
  external,
  failed,
  features,
  greeting,
  header,
  link,
  message,
  ours,
  plain,
  proved,
  required,
  rest,
  result,
  starttls,
  streamError,
  theirs,
  took,
  untilTls,
  valid,
} from "./s2s-in-lines.ts";
import { transcript } from "./s2s-transcript.ts";

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

test("dialback without names cannot be answered", () =>
  transcript(
    link({ tls: "optional" }),
    `${plain}
    recv <x:result to='montague.example'>key</x:result>
    ${streamError("improper-addressing", "The message lacks its sender or its receiver. (db:result)")}
    close improper-addressing`,
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
