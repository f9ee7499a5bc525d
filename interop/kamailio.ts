import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Identity } from "./authority.ts";
import type { Process } from "./process.ts";
import type { Setting } from "./setting.ts";
import { password, type SipHome } from "./sip-setting.ts";
import { withSystemNames } from "./system-names.ts";

const folders = ["/usr/lib/x86_64-linux-gnu/kamailio/modules", "/usr/lib/aarch64-linux-gnu/kamailio/modules"];
const modules = [
  ...["tm", "tmx", "sl", "pv", "rr", "maxfwd", "siputils", "textops", "usrloc", "registrar", "auth", "tls", "xlog"],
  ...["db_text", "msilo", "presence", "presence_xml"],
];
/** Empty tables, as Debian has them. */
const tables = "/usr/share/kamailio/dbtext/kamailio";

export type KamailioOptions = {
  /** The last byte of its address. */
  readonly host: number;
  readonly domain: string;
  readonly identity: Identity;
  /** Who has an account; all have the same password. */
  readonly users: readonly string[];
  /** Who of them has a mailbox: what comes while they are away is kept, and answered 202. */
  readonly mailboxes?: readonly string[];
  /** The domain it exchanges requests with. */
  readonly partner: string;
  /** How it goes there; over "tls" it shows its certificate, asks for the other side's, and takes nothing without. */
  readonly transport: "tls" | "tcp";
};

/** Debian's Kamailio as registrar, proxy and presence server of one domain, which its own SIP clients register with. */
export class Kamailio implements SipHome {
  readonly setting: Setting;
  readonly domain: string;
  readonly address: string;
  process: Process;
  readonly #again: () => Promise<Process>;
  readonly #hosts: { next: number };

  private constructor(setting: Setting, options: KamailioOptions, process: Process, again: () => Promise<Process>) {
    this.setting = setting;
    this.domain = options.domain;
    this.address = setting.network.address(options.host);
    this.process = process;
    this.#again = again;
    this.#hosts = { next: options.host + 1 };
  }

  /** Addresses up to nine above its own are for its clients. */
  static async start(setting: Setting, options: KamailioOptions): Promise<Kamailio> {
    const folder = join(setting.network.folder, `kamailio-${options.host}`);
    mkdirSync(join(folder, "tables"), { recursive: true });
    writeFileSync(join(folder, "tls.cfg"), tlsConfiguration(setting, options));
    writeFileSync(join(folder, "kamailio.cfg"), configuration(setting, options, folder));
    const start = async () => {
      for (const name of ["version", "presentity", "active_watchers", "watchers", "xcap", "silo"]) {
        // Some are never given what they say they must have.
        const table = readFileSync(join(tables, name), "utf8").replace(/\((string|int)\)/g, "($1,null)");
        writeFileSync(join(folder, "tables", name), table);
      }
      const args = `-m 64 -DD -E -f ${folder}/kamailio.cfg -w ${folder} -Y ${folder} -P ${folder}/pid`.split(" ");
      const command = withSystemNames(setting.dns, folder, ["/usr/sbin/kamailio", ...args]);
      const program = setting.keep(setting.network.start(`kamailio ${options.domain}`, command, { cwd: folder }));
      await program.line(/is up/, 20_000);
      return program;
    };
    return new Kamailio(setting, options, await start(), start);
  }

  ownAddress(): string {
    return this.setting.network.address(this.#hosts.next++);
  }

  /** Ends it, with all it knew, and starts it again. */
  async restart(): Promise<void> {
    await this.process.stop();
    this.process = await this.#again();
  }
}

function tlsConfiguration({ authority }: Setting, { identity }: KamailioOptions): string {
  const domain = (kind: string) => `[${kind}:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
private_key = ${identity.key}
certificate = ${identity.certificate}
ca_list = ${authority.path}
`;
  return `${domain("server")}\n${domain("client")}`;
}

function configuration({ network }: Setting, options: KamailioOptions, folder: string): string {
  const { host, domain, users, mailboxes = [], partner, transport } = options;
  const address = network.address(host);
  const [scheme, port] = transport === "tls" ? ["tls", 5061] : ["tcp", 5060];
  const database = `text://${folder}/tables`;
  const oneOf = (names: readonly string[]) => `"^(${names.join("|")})$"`;
  return `
debug=2
log_stderror=yes
children=2
tcp_children=4
listen=udp:${address}:5060
listen=tcp:${address}:5060
listen=tls:${address}:5061
alias="${domain}"
auto_aliases=no
use_dns_cache=off
dns_try_naptr=no
enable_tls=yes
tcp_connection_lifetime=3600
tcp_source_ipv4=${address}

mpath="${folders.find((each) => existsSync(each))}/"
${modules.map((name) => `loadmodule "${name}.so"\n`).join("")}
modparam("tls", "config", "${folder}/tls.cfg")
modparam("tm", "fr_timer", 5000)
modparam("usrloc", "db_mode", 0)
modparam("rr", "enable_double_rr", 1)
modparam("msilo", "db_url", "${database}")
modparam("msilo", "outbound_proxy", "sip:${address}:5060")
modparam("msilo", "add_date", 0)
modparam("presence", "db_url", "${database}")
modparam("presence", "subs_db_mode", 0)
modparam("presence", "server_address", "sip:${address}:${port};transport=${scheme}")
modparam("presence_xml", "db_url", "${database}")
modparam("presence_xml", "force_active", 1)
modparam("presence_xml", "integrated_xcap_server", 1)
modparam("presence_xml", "disable_winfo", 1)

event_route[core:worker-one-init] {
  xlog("L_NOTICE", "${domain} is up\\n");
}

event_route[tm:local-request] {
  xlog("L_NOTICE", "sends $mb\\n");
}

request_route {
  xlog("L_NOTICE", "$rm $ru from $fu by $pr:$si\\n");
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (has_totag()) route(DIALOG);
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  if ($fd == "${partner}") route(PARTNER);
  else if ($fd != "${domain}") {
    sl_send_reply("403", "Nobody's");
    exit;
  }
  if (is_method("REGISTER")) route(REGISTER);
  if (!is_method("MESSAGE")) record_route();
  if ($rd == "${partner}") route(ABROAD);
  if ($rd != "${domain}" && $rd != "${address}") {
    sl_send_reply("404", "Not Here");
    exit;
  }
  if (is_method("OPTIONS") && $rU == $null) {
    sl_send_reply("200", "Keepalive");
    exit;
  }
  if (!($rU =~ ${oneOf(users)})) {
    sl_send_reply("404", "No Such User");
    exit;
  }
  if (is_method("PUBLISH") && !pv_proxy_authenticate("${domain}", "${password}", "0")) {
    proxy_challenge("${domain}", "1");
    exit;
  }
  if (is_method("PUBLISH|SUBSCRIBE")) route(PRESENCE);
  route(DEVICES);
}

# Somebody of the partner's: by its certificate, or over plain TCP.
route[PARTNER] {
  # What waited in a mailbox.
  if (src_ip == myself && is_method("MESSAGE")) return;
${transport === "tls" ? '  if (proto == TLS && $tls_peer_verified == "1") return;' : "  if (proto == TCP) return;"}
  sl_send_reply("403", "Not Proved");
  exit;
}

route[REGISTER] {
  if (!pv_www_authenticate("${domain}", "${password}", "0") || $au != $tU || !($au =~ ${oneOf(users)})) {
    www_challenge("${domain}", "1");
    exit;
  }
  save("location");
  m_dump();
  exit;
}

route[DIALOG] {
  if (loose_route()) {
    # What the presence server itself is asked for ends here.
    if (uri == myself && is_method("SUBSCRIBE")) route(PRESENCE);
    # A device by its GRUU (RFC 5627).
    if (uri == myself && !lookup("location")) {
      sl_send_reply("480", "Away");
      exit;
    }
    t_relay();
    exit;
  }
  if (is_method("SUBSCRIBE") && uri == myself) route(PRESENCE);
  if (is_method("ACK")) {
    t_relay();
    exit;
  }
  sl_send_reply("404", "Not Here");
  exit;
}

route[PRESENCE] {
  if (!t_newtran()) {
    sl_reply_error();
    exit;
  }
  if (is_method("PUBLISH")) handle_publish();
  else handle_subscribe();
  exit;
}

route[ABROAD] {
  $du = "sip:${partner};transport=${scheme}";
  if (!t_relay()) sl_reply_error();
  exit;
}

route[DEVICES] {
  if (!lookup("location")) {
${mailboxes.length === 0 ? "" : mailbox(oneOf(mailboxes))}
    sl_send_reply("480", "Away");
    exit;
  }
  if (!t_relay()) sl_reply_error();
  exit;
}
`;
}

function mailbox(names: string): string {
  return `    if (is_method("MESSAGE") && $rU =~ ${names} && m_store("$ru")) {
      sl_send_reply("202", "Accepted");
      exit;
    }`;
}
