import type { DomainName } from "../src/base/domain-name.ts";
import type { Node } from "../src/server/node.ts";
import { httpProof } from "./http-proof.ts";

const realm = "ours.example" as DomainName;

/** One request of a person here by XCAP (RFC 4825), with digest; answers its status. */
export async function xcapAsks(node: Node, user: string, method: string, path: string, body = ""): Promise<number> {
  const target = `/xcap-root/${path}`;
  const ask = { method, target, realm, body: Buffer.from(body), address: "127.0.0.1" };
  const conditions = { contentType: "application/auth-policy+xml" };
  const first = await node.xcap.answer({ ...ask, authorization: [] }, realm, conditions);
  const authorization = httpProof(user, method, target, first.headers["WWW-Authenticate"] ?? "");
  return (await node.xcap.answer({ ...ask, authorization: [authorization] }, realm, conditions)).status;
}

/** Puts a person's rules (RFC 5025): these are let in, those blocked, everybody else is asked about. */
export function presenceRules(
  node: Node,
  user: string,
  allowed: readonly string[],
  blocked: readonly string[],
): Promise<number> {
  const rule = (id: string, handling: string, people: readonly string[]) =>
    people.length === 0
      ? ""
      : `<rule id="${id}"><conditions><identity>${people.map((who) => `<one id="sip:${who}"/>`).join("")}</identity></conditions>` +
        `<actions><pr:sub-handling>${handling}</pr:sub-handling></actions></rule>`;
  const document =
    `<ruleset xmlns="urn:ietf:params:xml:ns:common-policy" xmlns:pr="urn:ietf:params:xml:ns:pres-rules">` +
    `${rule("a", "allow", allowed)}${rule("b", "polite-block", blocked)}</ruleset>`;
  return xcapAsks(node, user, "PUT", `pres-rules/users/sip:${user}@${realm}/index`, document);
}
