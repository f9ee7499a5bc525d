import { sip, type TortureMessage } from "./sip-torture.ts";

const sdp = (lines: readonly string[]): string => `${lines.join("\n")}\n`;

/** RFC 5118 §4: messages with IPv6 addresses. The lengths of their bodies, which the RFC's text has wrong, are right here. */
export const ipv6: readonly TortureMessage[] = [
  // addresses in brackets in the Request-URI, a Via and a Contact
  [
    "ipv6-good",
    "4.1",
    "taken",
    "goes on",
    sip`
REGISTER sip:[2001:db8::10] SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Max-Forwards: 70
Contact: "Caller" <sip:caller@[2001:db8::1]>
CSeq: 98176 REGISTER
Content-Length: 0

`,
  ],
  // no brackets
  [
    "ipv6-bad",
    "4.2",
    "sip-malformed",
    "goes on",
    sip`
REGISTER sip:2001:db8::10 SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Max-Forwards: 70
Contact: "Caller" <sip:caller@[2001:db8::1]>
CSeq: 98176 REGISTER
Content-Length: 0

`,
  ],
  // what was meant as a port is a part of the address
  [
    "port-ambiguous",
    "4.3",
    "taken",
    "goes on",
    sip`
REGISTER sip:[2001:db8::10:5070] SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Contact: "Caller" <sip:caller@[2001:db8::1]>
Max-Forwards: 70
CSeq: 98176 REGISTER
Content-Length: 0

`,
  ],
  // the port behind the brackets
  [
    "port-unambiguous",
    "4.4",
    "taken",
    "goes on",
    sip`
REGISTER sip:[2001:db8::10]:5070 SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Contact: "Caller" <sip:caller@[2001:db8::1]>
Max-Forwards: 70
CSeq: 98176 REGISTER
Content-Length: 0

`,
  ],
  // "received" with brackets, which the grammar does not allow and everybody should read
  [
    "via-received-param-with-delim",
    "4.5",
    "taken",
    "goes on",
    sip`
BYE sip:[2001:db8::10] SIP/2.0
To: sip:user@example.com;tag=bd76ya
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Max-Forwards: 70
CSeq: 321 BYE
Content-Length: 0

`,
  ],
  // "received" without
  [
    "via-received-param-no-delim",
    "4.5",
    "taken",
    "goes on",
    sip`
OPTIONS sip:[2001:db8::10] SIP/2.0
To: sip:user@example.com
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3
Call-ID: SSG95523997077@hlau_4100
Max-Forwards: 70
Contact: "Caller" <sip:caller@[2001:db8::9:1]>
CSeq: 921 OPTIONS
Content-Length: 0

`,
  ],
  // addresses in the body too
  [
    "ipv6-in-sdp",
    "4.6",
    "taken",
    "goes on",
    sip`
INVITE sip:user@[2001:db8::10] SIP/2.0
To: sip:user@[2001:db8::10]
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::20];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Contact: "Caller" <sip:caller@[2001:db8::20]>
CSeq: 8612 INVITE
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: 251

${sdp([
  "v=0",
  "o=assistant 971731711378798081 0 IN IP6 2001:db8::20",
  "s=Live video feed for today's meeting",
  "c=IN IP6 2001:db8::20",
  "t=3338481189 3370017201",
  "m=audio 6000 RTP/AVP 2",
  "a=rtpmap:2 G726-32/8000",
  "m=video 6024 RTP/AVP 107",
  "a=rtpmap:107 H263-1998/90000",
])}`,
  ],
  // both families on the way
  [
    "mult-ip-in-header",
    "4.7",
    "taken",
    "goes on",
    sip`
BYE sip:user@host.example.net SIP/2.0
Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144
Via: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200
Call-ID: 997077@lau_4100
Max-Forwards: 70
CSeq: 89187 BYE
To: sip:user@example.net;tag=9817--94
From: sip:user@example.com;tag=81x2
Content-Length: 0

`,
  ],
  // both families in the body
  [
    "mult-ip-in-sdp",
    "4.8",
    "taken",
    "goes on",
    sip`
INVITE sip:user@[2001:db8::10] SIP/2.0
To: sip:user@[2001:db8::10]
From: sip:user@example.com;tag=81x2
Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Contact: "Caller" <sip:caller@[2001:db8::9:1]>
Max-Forwards: 70
CSeq: 8912 INVITE
Content-Type: application/sdp
Content-Length: 189

${sdp([
  "v=0",
  "o=bob 280744730 28977631 IN IP4 host.example.com",
  "s=",
  "t=0 0",
  "m=audio 22334 RTP/AVP 0",
  "c=IN IP4 192.0.2.1",
  "m=video 6024 RTP/AVP 107",
  "c=IN IP6 2001:db8::1",
  "a=rtpmap:107 H263-1998/90000",
])}`,
  ],
  // IPv4 mapped into IPv6
  [
    "ipv4-mapped-ipv6",
    "4.9",
    "taken",
    "goes on",
    sip`
INVITE sip:user@example.com SIP/2.0
To: sip:user@example.com
From: sip:user@east.example.com;tag=81x2
Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19
Via: SIP/2.0/UDP [::ffff:192.0.2.2];branch=z9hG4bKas3-111
Call-ID: SSG9559905523997077@hlau_4100
Contact: "T. desk phone" <sip:ted@[::ffff:192.0.2.2]>
CSeq: 612 INVITE
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: 245

${sdp([
  "v=0",
  "o=assistant 971731711378798081 0 IN IP6 ::ffff:192.0.2.2",
  "s=Call me soon, please!",
  "c=IN IP6 ::ffff:192.0.2.2",
  "t=3338481189 3370017201",
  "m=audio 6000 RTP/AVP 2",
  "a=rtpmap:2 G726-32/8000",
  "m=video 6024 RTP/AVP 107",
  "a=rtpmap:107 H263-1998/90000",
])}`,
  ],
  // one colon too many, which the grammar of RFC 3261 made some write
  [
    "ipv6-bug-abnf-3-colons",
    "4.10",
    "taken",
    "goes on",
    sip`
OPTIONS sip:user@[2001:db8:::192.0.2.1] SIP/2.0
To: sip:user@[2001:db8:::192.0.2.1]
From: sip:user@example.com;tag=810x2
Via: SIP/2.0/UDP lab1.east.example.com;branch=z9hG4bKas3-111
Call-ID: G9559905523997077@hlau_4100
CSeq: 689 OPTIONS
Max-Forwards: 70
Content-Length: 0

`,
  ],
  // as it should be
  [
    "ipv6-correct-abnf-2-colons",
    "4.10",
    "taken",
    "goes on",
    sip`
OPTIONS sip:user@[2001:db8::192.0.2.1] SIP/2.0
To: sip:user@[2001:db8::192.0.2.1]
From: sip:user@example.com;tag=810x2
Via: SIP/2.0/UDP lab1.east.example.com;branch=z9hG4bKas3-111
Call-ID: G9559905523997077@hlau_4100
CSeq: 689 OPTIONS
Max-Forwards: 70
Content-Length: 0

`,
  ],
];
