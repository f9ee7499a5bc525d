// An @xmpp/client that is driven by lines of JSON, as slixmpp-client.py is: commands on stdin, what happens on stdout.
import { createInterface } from "node:readline";
import { client, jid, xml } from "@xmpp/client";

const how = JSON.parse(process.argv[2]);
const tell = (event, more) => console.log(JSON.stringify({ event, ...more }));
const address = jid(how.jid);

const entity = client({
  // With TLS from the first byte it checks the certificate for the host it was given.
  service: how.direct ? `xmpps://${address.domain}:${how.port}` : `xmpp://${how.address}:${how.port}`,
  domain: address.domain,
  username: address.local,
  password: how.password,
  resource: address.resource || undefined,
});
entity.reconnect.stop();
for (const way of ["element", "send"]) entity.on(way, (one) => console.error(`${way}: ${one}`));
entity.on("error", (error) => tell("failed", { what: String(error) }));
entity.on("offline", () => tell("offline", {}));
entity.on("online", (full) => tell("online", { jid: full.toString() }));
entity.on("stanza", (stanza) => {
  const { from = "", type, id = "" } = stanza.attrs;
  if (stanza.is("message")) {
    const body = stanza.getChildText("body") ?? "";
    const delayed = stanza.getChild("delay", "urn:xmpp:delay") !== undefined;
    tell("message", { from, type: type ?? "normal", id, body, delayed, error: errorOf(stanza) });
  } else if (stanza.is("presence")) {
    const show = stanza.getChildText("show") ?? "";
    const status = stanza.getChildText("status") ?? "";
    tell("presence", { from, type: type ?? "available", show, status, error: errorOf(stanza) });
  } else if (type === "result" || type === "error") {
    tell("answer", { from, type, id, error: errorOf(stanza) });
  } else if (stanza.getChild("query", "jabber:iq:roster") !== undefined) {
    for (const item of stanza.getChild("query").getChildren("item")) {
      tell("roster", { jid: item.attrs.jid, subscription: item.attrs.subscription, ask: item.attrs.ask ?? "" });
    }
  }
});

function errorOf(stanza) {
  const error = stanza.attrs.type === "error" ? stanza.getChild("error") : undefined;
  if (error === undefined) return null;
  const conditions = error.children.filter((child) => typeof child === "object" && child.name !== "text");
  return { condition: conditions[0]?.name, type: error.attrs.type, text: error.getChildText("text") ?? "" };
}

const obey = {
  message: ({ to, body, id }) => entity.send(xml("message", { to, id, type: "chat" }, xml("body", {}, body))),
  presence: ({ to, type, show, status }) => {
    const parts = [show && xml("show", {}, show), status && xml("status", {}, status)].filter(Boolean);
    return entity.send(xml("presence", { to, type }, ...parts));
  },
  raw: ({ xml: text }) => entity.write(text),
  close: () => entity.stop(),
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const command = JSON.parse(line);
  try {
    await obey[command.do](command);
  } catch (error) {
    tell("failed", { what: String(error) });
  }
});

try {
  await entity.start();
  await entity.iqCaller.get(xml("query", "jabber:iq:roster"));
} catch (error) {
  tell("failed", { what: String(error) });
}
