import assert from "node:assert/strict";
import { test } from "node:test";
import { zoneRecords, zoneText } from "./zone-records.ts";

test("what a domain with one host publishes", () => {
  const records = zoneRecords(
    "example.org",
    [
      {
        name: "xmpp.example.org",
        addresses: ["192.0.2.1", "2001:db8::1"],
        clientPort: 5222,
        serverPort: 5269,
        serverTlsPort: 5270,
      },
    ],
    600,
  );
  assert.equal(
    zoneText(records),
    [
      "_xmpp-client._tcp.example.org.  600 IN SRV  0 0 5222 xmpp.example.org. ; people's clients, STARTTLS",
      "_xmpp-server._tcp.example.org.  600 IN SRV  0 0 5269 xmpp.example.org. ; other organisations' servers, STARTTLS",
      "_xmpps-server._tcp.example.org. 600 IN SRV  0 0 5270 xmpp.example.org. ; other organisations' servers, direct TLS",
      "xmpp.example.org.               600 IN A    192.0.2.1                  ; where it is",
      "xmpp.example.org.               600 IN AAAA 2001:db8::1                ; where it is",
      "",
    ].join("\n"),
  );
});

test("a service nobody offers is refused in words DNS has", () => {
  const records = zoneRecords("example.org", [{ name: "h.example.org", addresses: [], clientPort: 5222 }]);
  assert.deepEqual(
    records.map((record) => `${record.name} ${record.data}`),
    ["_xmpp-client._tcp.example.org 0 0 5222 h.example.org.", "_xmpp-server._tcp.example.org 0 0 0 ."],
  );
});

test("what a domain with SIP publishes beside it", () => {
  const host = { name: "sip.example.org", addresses: ["192.0.2.5"], sipUdpPort: 5060, sipTlsPort: 5061 };
  const records = zoneRecords("example.org", [{ ...host, sipFederationPort: 5061 }], 600);
  assert.equal(
    zoneText(records.filter(({ name }) => !name.startsWith("_xmpp"))),
    [
      "_sips._tcp.example.org.             600 IN SRV   0 0 5061 sip.example.org.                       ; SIP over TLS",
      "_sip._udp.example.org.              600 IN SRV   0 0 5060 sip.example.org.                       ; SIP over UDP",
      "_sipfederationtls._tcp.example.org. 600 IN SRV   0 0 5061 sip.example.org.                       ; other organisations' SIP servers, as Microsoft's look for them",
      'example.org.                        600 IN NAPTR 10 50 "s" "SIPS+D2T" "" _sips._tcp.example.org. ; which transports SIP has here',
      'example.org.                        600 IN NAPTR 30 50 "s" "SIP+D2U" "" _sip._udp.example.org.   ; which transports SIP has here',
      "sip.example.org.                    600 IN A     192.0.2.5                                       ; where it is",
      "",
    ].join("\n"),
  );
});

test("a domain without SIP says nothing of it: another server may serve it", () => {
  const records = zoneRecords("example.org", [{ name: "h.example.org", addresses: [], clientPort: 5222 }]);
  assert.deepEqual(
    records.filter(({ name }) => name.includes("_sip")),
    [],
  );
});
