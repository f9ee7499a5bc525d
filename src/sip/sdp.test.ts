import assert from "node:assert/strict";
import { test } from "node:test";
import { readMessageOffer, writeMessageSdp } from "./sdp.ts";

const offer = (...media: string[]) =>
  ["v=0", "o=- 0 0 IN IP4 192.0.2.1", "s=session", "c=IN IP4 192.0.2.1", "t=0 0", ...media, ""].join("\r\n");

test("sip-wire 3.1: texts inside the dialog are offered, by any port, to null or a URI, with what else there is", () => {
  for (const line of ["m=message 5060 sip null", "m=x-ms-message 5060 sip sip:a@b", "m=message 0 sip null"]) {
    const read = readMessageOffer(offer(line, "a=accept-types:text/plain text/html"));
    assert.ok(read.ok, line);
    assert.deepEqual(read.value, { acceptTypes: ["text/plain", "text/html"], media: [line.slice(2)], at: 0 });
  }
  const call = readMessageOffer(offer("m=audio 4000 RTP/AVP 0", "a=accept-types:none", "m=message 5060 sip null"));
  assert.deepEqual(call.ok && [call.value.at, call.value.media.length, call.value.acceptTypes], [1, 2, []]);
  for (const body of [offer("m=audio 4000 RTP/AVP 0"), offer("m=message 2855 TCP/TLS/MSRP *"), offer(), "hello"]) {
    assert.equal(readMessageOffer(body).ok, false, body);
  }
});

test("RFC 3264 §6: an answer has as many media as the offer, what is not taken with port 0, and the offer's own kind", () => {
  const answer = (...media: string[]) => {
    const read = readMessageOffer(offer(...media));
    assert.ok(read.ok);
    return writeMessageSdp("192.0.2.7", 5061, "sip:bob@ours.example", read.value).split("\r\n").slice(5);
  };
  assert.deepEqual(answer("m=audio 4000 RTP/AVP 0 8", "m=message 5060 sip null", "m=video 4002 RTP/AVP 31"), [
    "m=audio 0 RTP/AVP 0 8",
    "m=message 5061 sip sip:bob@ours.example",
    "a=accept-types:text/plain",
    "m=video 0 RTP/AVP 31",
    "",
  ]);
  assert.equal(answer("m=x-ms-message 5060 sip null")[0], "m=x-ms-message 5061 sip sip:bob@ours.example");
  const own = writeMessageSdp("2001:db8::7", 5061, "null");
  assert.match(own, /c=IN IP6 2001:db8::7\r\nt=0 0\r\nm=message 5061 sip null\r\na=accept-types:text\/plain\r\n$/);
});
