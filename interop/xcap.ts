import { domain, password, type SipSetting } from "./sip-setting.ts";

const port = 5281;

/** A person's contact list as SIP clients read it (RFC 4825, RFC 4826). */
export function contactList(sip: SipSetting, user: string): Promise<string> {
  return ask(sip, user, "");
}

/** Puts an entry on the list that is the person's roster, as SIP clients do. */
export async function addContact(sip: SipSetting, user: string, contact: string, name: string): Promise<void> {
  const uri = `sip:${contact}@${domain}`;
  const selector = `/~~/resource-lists/list[@name="contacts"]/entry[@uri="${uri}"]`;
  const namespace = 'xmlns="urn:ietf:params:xml:ns:resource-lists"';
  const entry = `<entry ${namespace} uri="${uri}"><display-name>${name}</display-name></entry>`;
  const type = "Content-Type: application/xcap-el+xml";
  await ask(sip, user, encodeURI(selector), ["--request", "PUT", "--header", type, "--data-binary", entry]);
}

/** Over TLS, with digest; curl asks. */
async function ask(sip: SipSetting, user: string, node: string, more: readonly string[] = []): Promise<string> {
  const { network, authority } = sip.setting;
  const url = `https://${domain}:${port}/xcap-root/resource-lists/users/sip:${user}@${domain}/index${node}`;
  const proof = ["--digest", "--user", `${user}:${password}`, "--cacert", authority.path];
  const where = ["--globoff", "--resolve", `${domain}:${port}:${sip.address}`, url];
  const quiet = ["--silent", "--show-error", "--fail-with-body"];
  const lines = await network.run(["curl", ...quiet, ...proof, ...more, ...where], 10_000);
  return lines.join("\n");
}
