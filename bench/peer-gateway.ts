import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers, cores, onCore, type Peer } from "./peer.ts";
import { kamailioFolders, kamailioProgram } from "./peer-kamailio.ts";
import { prosody } from "./peer-prosody.ts";

const modules = ["tm", "sl", "pv", "tls"];
const secret = "between-the-two";

/** Why Kamailio's gateway cannot be measured here, in words; undefined when it can. */
export function lackingGateway(): string | undefined {
  const folder = kamailioFolders.find((each) => existsSync(each));
  const all = folder !== undefined && [...modules, "xmpp"].every((name) => existsSync(join(folder, `${name}.so`)));
  if (existsSync(kamailioProgram) && all && existsSync("/usr/bin/prosody")) return undefined;
  return "needs the Debian packages prosody, kamailio, kamailio-tls-modules, kamailio-xmpp-modules";
}

/**
 * Debian's Kamailio with its xmpp module as a component of Prosody (XEP-0114): what is written to `user*domain@gateway` goes to
 * the other side. The module as it is ends in the handshake with any server: it goes with one mistake mended. SIP over TLS with the partner's certificate asked for, one worker, the fast memory manager.
 */
export const gateway: Peer = {
  name: "kamailio-prosody",
  speaks: [],
  async start(setting, place) {
    return prosody.start(setting, place);
  },
  addUsers: (setting, place) => prosody.addUsers(setting, place),
  mangled: ({ domain }) => `sip.${domain}`,
  async startGateway(setting, place, partner) {
    const { network } = setting;
    const { host, domain, certificate, key, folder } = place;
    const component = `sip.${domain}`;
    const extra = `
component_ports = { 5347 }
component_interfaces = { "${network.address(host)}" }
Component "${component}"
  component_secret = "${secret}"
`;
    const xmpp = await prosody.start(setting, { ...place, more: extra });
    await answers(setting, host, 5347, 20_000);
    const file = join(folder, "kamailio.cfg");
    const address = network.address(host);
    writeFileSync(
      file,
      `
debug=0
log_stderror=yes
children=1
tcp_children=1
listen=tls:${address}:5061
alias="${component}"
auto_aliases=no
dns=no
rev_dns=no
server_signature=no
enable_tls=yes
tcp_connection_lifetime=3600
mpath="${kamailioFolders.find((each) => existsSync(each))}/"
${modules.map((name) => `loadmodule "${name}.so"\n`).join("")}loadmodule "${mended(folder)}"
modparam("tls", "certificate", "${certificate}")
modparam("tls", "private_key", "${key}")
modparam("tls", "ca_list", "${setting.authority.path}")
modparam("tls", "require_certificate", 1)
modparam("tls", "verify_certificate", 1)
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tm", "wt_timer", 1000)
modparam("xmpp", "backend", "component")
modparam("xmpp", "domain_separator", "*")
modparam("xmpp", "gateway_domain", "${component}")
modparam("xmpp", "xmpp_domain", "${component}")
modparam("xmpp", "xmpp_host", "${address}")
modparam("xmpp", "xmpp_port", 5347)
modparam("xmpp", "xmpp_password", "${secret}")
modparam("xmpp", "outbound_proxy", "sip:${partner.address}:${partner.port};transport=tls")

request_route {
  if (method == "MESSAGE" && uri == myself) {
    if (xmpp_send_message()) sl_send_reply("200", "OK");
    else sl_send_reply("404", "Not Found");
    exit;
  }
  sl_send_reply("405", "Method Not Allowed");
}
`,
    );
    const options = `-x fm -m 1024 -DD -E -f ${file} -w ${folder} -Y ${folder} -P ${folder}/pid`.split(" ");
    const command = onCore(cores.server, [kamailioProgram, ...options]);
    const sip = setting.keep(network.start(`kamailio gateway ${host}`, command, { cwd: folder }));
    await answers(setting, host, 5061, 20_000);
    // The component's handshake is over a moment after its listener is up.
    await xmpp.line(/successfully authenticated/, 20_000);
    return [sip, xmpp];
  },
};

/** What reads a list of attributes that ends with NULL (mov (%rbx,%rcx,8),%rsi), and takes its end for a text. */
const reads = Buffer.from("488b34cb803e00", "hex");
/** cmpb $0,(%rsi): whether the text is empty; and test %rsi,%rsi: whether there is one. */
const [isEmpty, isThere] = [Buffer.from("803e00", "hex"), Buffer.from("4885f6", "hex")];
/** Both places where it does so lie close together. */
const nearBytes = 220;

/**
 * A copy of the xmpp module that does not read address 0 after the last attribute of an element (kamailio#4154), where that is
 * Debian 12's for amd64; anywhere else the module as it is.
 */
function mended(folder: string): string {
  const own = join(kamailioFolders.find((each) => existsSync(each)) ?? "", "xmpp.so");
  const bytes = readFileSync(own);
  const at = bytes.indexOf(reads);
  if (at === -1) return own;
  for (let next = bytes.indexOf(isEmpty, at - nearBytes); next !== -1 && next <= at + 4; ) {
    isThere.copy(bytes, next);
    next = bytes.indexOf(isEmpty, next);
  }
  const copy = join(folder, "xmpp.so");
  writeFileSync(copy, bytes);
  return copy;
}
