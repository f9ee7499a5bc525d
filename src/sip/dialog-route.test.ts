import assert from "node:assert/strict";
import { test } from "node:test";
import { limitsWith } from "../base/limits.ts";
import { isLoose, wayFrom, wayTo } from "./dialog-route.ts";
import { parseMessage } from "./message.ts";

test("§12.2.1.1: without routes the target is the Request-URI", () => {
  assert.deepEqual(wayTo("sip:bob@192.0.2.4", []), { uri: "sip:bob@192.0.2.4", routes: [] });
});

test("§12.2.1.1: over loose routers the target is the Request-URI and the routes stay (R3)", () => {
  const routes = [
    "<sip:sipfed.contoso.example:5061;transport=tls;lr;ms-key-info=jAAA+/=;ms-route-sig=gA==>",
    "<sip:pool01.contoso.example:5061;transport=tls;ms-fe=fe1.contoso.example;opaque=state:F:Ci.R5f00;lr>;x=y",
  ];
  assert.deepEqual(wayTo("sip:alice@contoso.example;gruu", routes), { uri: "sip:alice@contoso.example;gruu", routes });
});

test("§16.12.1.2: a strict router takes the place of the Request-URI, and the target goes last (R4)", () => {
  assert.deepEqual(wayTo("sip:callee@u2.domain.example", ["<sip:p1.example.com>", "<sip:p2.example.com;lr>"]), {
    uri: "sip:p1.example.com",
    routes: ["<sip:p2.example.com;lr>", "<sip:callee@u2.domain.example>"],
  });
  assert.deepEqual(wayTo("sip:a@b.example", ["Edge <SIP:Old.Edge;Transport=TCP>"]), {
    uri: "SIP:Old.Edge;Transport=TCP",
    routes: ["<sip:a@b.example>"],
  });
});

test("§19.1.1: what a Request-URI may not have is taken off a strict router's URI, nothing else", () => {
  const uri = (route: string) => wayTo("sip:t@t.example", [`<${route}>`]).uri;
  assert.equal(uri("sip:p.example;Method=INVITE;maddr=192.0.2.1?Subject=x&a=b"), "sip:p.example;maddr=192.0.2.1");
  assert.equal(uri("sip:u;method=x?y@p.example;a;method"), "sip:u;method=x?y@p.example;a");
  assert.equal(uri("sip:p.example:5061;ms-route-sig=%3B%41;x"), "sip:p.example:5061;ms-route-sig=%3B%41;x");
});

test("§19.1.1: which URIs have lr", () => {
  for (const uri of ["sip:p;lr", "sip:p;LR", "sip:p;lr=on", "sip:p:5060;transport=tcp;lr;x=y", "sip:u@p;lr?a=b"]) {
    assert.ok(isLoose(uri), uri);
  }
  for (const uri of ["sip:p", "sip:p;lra", "sip:p;xlr=1", "sip:p;x=lr", "sip:u;lr@p", "sip:p?lr", "sip:p?;lr"]) {
    assert.ok(!isLoose(uri), uri);
  }
});

function request(uri: string, routes: string) {
  const message = parseMessage(Buffer.from(`BYE ${uri} SIP/2.0\r\n${routes}\r\n`), limitsWith());
  assert.ok(message.ok);
  return message.value;
}

const isOurs = (uri: string) => uri.startsWith("sip:ours.example");

/** Request-URI and Route of what came, and of where it still has to go. */
const arrivals: readonly (readonly [string, string, string, readonly string[]])[] = [
  ["sip:bob@h.example", "", "sip:bob@h.example", []],
  ["sip:bob@h.example", "Route: <sip:ours.example;lr>\r\n", "sip:bob@h.example", []],
  [
    "sip:bob@h.example",
    "Route: <sip:ours.example;lr>, <sip:p2.example;lr>\r\n",
    "sip:bob@h.example",
    ["<sip:p2.example;lr>"],
  ],
  // RFC 5658: twice, once for each transport
  [
    "sip:bob@h.example",
    "Route: <sip:ours.example;transport=tcp;lr>\r\nRoute: <sip:ours.example;lr>\r\nRoute: <sip:p2.example;lr>\r\n",
    "sip:bob@h.example",
    ["<sip:p2.example;lr>"],
  ],
  [
    "sip:bob@h.example",
    "Route: <sip:p1.example;lr>, <sip:ours.example;lr>\r\n",
    "sip:bob@h.example",
    ["<sip:p1.example;lr>", "<sip:ours.example;lr>"],
  ],
  // a strict router stands before us
  ["sip:ours.example", "Route: <sip:bob@h.example;x>\r\n", "sip:bob@h.example;x", []],
  [
    "sip:ours.example",
    "Route: <sip:p2.example;lr>, <sip:bob@h.example>\r\n",
    "sip:bob@h.example",
    ["<sip:p2.example;lr>"],
  ],
  ["sip:ours.example", "Route: nonsense\r\n", "sip:ours.example", []],
  ["sip:ours.example", "", "sip:ours.example", []],
];

test("§16.4: what is ours of the way is taken off when a request is here", () => {
  for (const [uri, routes, nextUri, left] of arrivals) {
    assert.deepEqual(wayFrom(request(uri, routes), isOurs), { uri: nextUri, routes: left }, `${uri} ${routes}`);
  }
});
