import type { SipPlayer } from "./sip-player.ts";

/** The file a call manager publishes for a line (MAP-11). */
const line = (user: string, offHook: boolean) => `<?xml version="1.0"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
 xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:${user}@ours.example">
 <tuple id="t"><status><basic>${offHook ? "closed" : "open"}</basic></status></tuple>
 ${offHook ? '<dm:person id="p"><rpid:activities><rpid:on-the-phone/></rpid:activities></dm:person>' : ""}
</presence>`;

/** What a call manager says of somebody's line; answers the status. */
export async function publishes(manager: SipPlayer, user: string, offHook: boolean, from = 1001): Promise<number> {
  const answer = await manager.asks("PUBLISH", {
    uri: `sip:${user}@ours.example`,
    from: `From: <sip:${from}@127.0.0.1>;tag=cm`,
    headers: ["Event: presence", "Expires: 600", "Content-Type: application/pidf+xml"],
    body: line(user, offHook),
    contact: false,
  });
  return answer.status;
}
