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
