"""A slixmpp client that is driven by lines of JSON: commands come in on stdin, what happens goes out on stdout."""
import asyncio
import json
import logging
import ssl
import sys

import slixmpp


def tell(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


def error_of(stanza):
    if stanza["type"] != "error":
        return None
    error = stanza["error"]
    return {"condition": error["condition"], "type": error["type"], "text": error["text"]}


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password, ca):
        super().__init__(jid, password)
        self.ca_certs = ca
        self.check = ca is not None
        self.auto_authorize = None
        self.auto_subscribe = False
        self.register_plugin("xep_0203")
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_auth", lambda _: tell("failed", what="authentication"))
        self.add_event_handler("connection_failed", lambda why: tell("failed", what=f"connection: {why}"))
        self.add_event_handler("stream_error", lambda error: tell("stream-error", condition=error["condition"]))
        self.add_event_handler("disconnected", lambda _: tell("offline"))
        self.add_event_handler("roster_update", self.rostered)
        self.register_handler(slixmpp.xmlstream.handler.Callback(
            "any message", slixmpp.xmlstream.matcher.MatchXPath("{jabber:client}message"), self.messaged))
        self.register_handler(slixmpp.xmlstream.handler.Callback(
            "any presence", slixmpp.xmlstream.matcher.MatchXPath("{jabber:client}presence"), self.presenced))
        self.register_handler(slixmpp.xmlstream.handler.Callback(
            "any answer", slixmpp.xmlstream.matcher.MatchXPath("{jabber:client}iq"), self.answered))

    def get_ssl_context(self):
        context = super().get_ssl_context()
        if not self.check:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    async def started(self, _):
        await self.get_roster()
        tell("online", jid=str(self.boundjid))

    def messaged(self, message):
        delayed = message.xml.find("{urn:xmpp:delay}delay") is not None
        kind = message["type"]
        tell("message", **{"from": str(message["from"])}, type=kind, id=message["id"], body=message["body"],
             delayed=delayed, error=error_of(message))

    def presenced(self, presence):
        xml = presence.xml
        text = lambda name: xml.findtext("{jabber:client}" + name) or ""
        tell("presence", **{"from": str(presence["from"])}, type=xml.get("type", "available"), show=text("show"),
             status=text("status"), error=error_of(presence))

    def answered(self, iq):
        if iq["type"] in ("result", "error"):
            tell("answer", **{"from": str(iq["from"])}, type=iq["type"], id=iq["id"], error=error_of(iq))

    def rostered(self, iq):
        for item in iq.xml.iter("{jabber:iq:roster}item"):
            tell("roster", jid=item.get("jid"), subscription=item.get("subscription"), ask=item.get("ask") or "")

    def obey(self, command):
        do = command["do"]
        if do == "message":
            message = self.make_message(mto=command["to"], mbody=command["body"], mtype="chat")
            message["id"] = command["id"]
            message.send()
        elif do == "presence":
            self.send_presence(pto=command.get("to"), ptype=command.get("type"), pshow=command.get("show"),
                               pstatus=command.get("status"))
        elif do == "raw":
            self.send_raw(command["xml"])
        elif do == "close":
            self.disconnect(wait=2.0)
        else:
            tell("failed", what=f"no such command: {do}")


async def main():
    how = json.loads(sys.argv[1])
    client = Client(how["jid"], how["password"], how.get("ca"))
    client.use_ipv6 = False
    plain, direct = how["plain"], how["direct"]
    client.connect((how["address"], how["port"]), disable_starttls=plain or direct, force_starttls=False, use_ssl=direct)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        client.obey(json.loads(line))
    client.abort()


logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
asyncio.run(main())
