import assert from "node:assert/strict";
import { test } from "node:test";
import { fault } from "../base/fault.ts";
import { el } from "../xml/element.ts";
import { ns } from "./ns.ts";
import { isStreamError, readStreamError, remoteStreamError, streamErrorText } from "./stream-error.ts";

test("a fault becomes its condition and words", () => {
  assert.equal(
    streamErrorText(fault("host-unknown", "a<b")),
    "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>" +
      "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>" +
      "This server does not serve that domain. (a&lt;b)</text></stream:error>",
  );
  assert.match(streamErrorText(fault("account-unknown")), /<undefined-condition xmlns/);
});

test("a peer's error is read, whatever it has in it", () => {
  const error = (...children: Parameters<typeof el>[3][]) => el("error", ns.stream, {}, ...children);
  const conflict = error(el("conflict", ns.streams), el("text", ns.streams, {}, "Replaced"));
  assert.ok(isStreamError(conflict));
  assert.deepEqual(readStreamError(conflict), { condition: "conflict", text: "Replaced", otherHost: "" });
  assert.deepEqual(remoteStreamError(conflict), fault("remote-stream-error", "conflict: Replaced"));
  assert.deepEqual(remoteStreamError(error(el("reset", ns.streams))), fault("remote-stream-error", "reset"));
  assert.deepEqual(readStreamError(error("Go away")), {
    condition: "undefined-condition",
    text: "Go away",
    otherHost: "",
  });
  assert.equal(
    readStreamError(error(el("see-other-host", ns.streams, {}, "b.example:5222"))).otherHost,
    "b.example:5222",
  );
  assert.equal(isStreamError(el("error", ns.client)), false);
});
