import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { password } from "./job.ts";
import { answers, cores, onCore, type Peer } from "./peer.ts";

export const kamailioProgram = "/usr/sbin/kamailio";
export const kamailioFolders = [
  "/usr/lib/x86_64-linux-gnu/kamailio/modules",
  "/usr/lib/aarch64-linux-gnu/kamailio/modules",
];
const modules = ["tm", "sl", "pv", "usrloc", "registrar", "auth", "tls", "db_text", "presence", "presence_xml"];
/** Empty tables, as Debian has them. */
const tables = "/usr/share/kamailio/dbtext/kamailio";

/** Why Kamailio cannot be measured here, in words; undefined when it can. */
export function lackingKamailio(): string | undefined {
  const folder = kamailioFolders.find((each) => existsSync(each));
  if (
    existsSync(kamailioProgram) &&
    folder !== undefined &&
    modules.every((name) => existsSync(join(folder, `${name}.so`)))
  )
    return undefined;
  return "needs the Debian packages kamailio, kamailio-presence-modules, kamailio-tls-modules";
}

/**
 * Debian's Kamailio in its fastest setting: the fast memory manager (-x fm), one worker for each kind of socket,
 * registrations, transactions and presence in memory alone, REGISTER authenticated and nothing else, no XCAP, no winfo.
 */
export const kamailio = withWorkers("kamailio", 1);

/** The same with the number of workers it has when nobody says otherwise: on one core they get in each other's way. */
export const kamailio8 = withWorkers("kamailio-8", 8);

function withWorkers(name: string, workers: number): Peer {
  return {
    name,
    speaks: ["sip"],
    async start(setting, { host, domain, certificate, key, folder }) {
      const { network } = setting;
      // The presence modules do not start without a database: they get empty tables, and keep nothing there.
      const database = join(folder, "tables");
      mkdirSync(database, { recursive: true });
      for (const table of ["version", "presentity", "active_watchers", "watchers", "xcap"]) {
        copyFileSync(join(tables, table), join(database, table));
      }
      const file = join(folder, "kamailio.cfg");
      writeFileSync(file, configuration(workers, network.address(host), domain, certificate, key, database));
      const options = `-x fm -m 1024 -DD -E -f ${file} -w ${folder} -Y ${folder} -P ${folder}/pid`.split(" ");
      const command = onCore(cores.server, [kamailioProgram, ...options]);
      const server = setting.keep(network.start(`${name} ${host}`, command, { cwd: folder }));
      await answers(setting, host, 5061, 20_000);
      return server;
    },
    /** Anybody with the password may register. */
    async addUsers() {},
  };
}

function configuration(
  workers: number,
  address: string,
  domain: string,
  certificate: string,
  key: string,
  database: string,
): string {
  return `
debug=0
log_stderror=yes
children=${workers}
tcp_children=${workers}
listen=udp:${address}:5060
listen=tcp:${address}:5060
listen=tls:${address}:5061
alias="${domain}"
auto_aliases=no
dns=no
rev_dns=no
server_signature=no
enable_tls=yes
tcp_max_connections=20000
tls_max_connections=20000
tcp_connection_lifetime=3600

mpath="${kamailioFolders.find((each) => existsSync(each))}/"
${modules.map((name) => `loadmodule "${name}.so"\n`).join("")}
modparam("tls", "certificate", "${certificate}")
modparam("tls", "private_key", "${key}")
modparam("tls", "tls_method", "TLSv1.2+")
modparam("usrloc", "db_mode", 0)
# Finished transactions stay for a second instead of five: less memory to go through, and it does not run out.
modparam("tm", "wt_timer", 1000)
modparam("presence", "db_url", "text://${database}")
modparam("presence", "subs_db_mode", 0)
modparam("presence", "publ_cache", 2)
modparam("presence_xml", "db_url", "text://${database}")
modparam("presence_xml", "force_active", 1)
modparam("presence_xml", "integrated_xcap_server", 1)
modparam("presence_xml", "disable_winfo", 1)
modparam("presence_xml", "disable_bla", 1)

request_route {
  if (method == "MESSAGE") {
    if (!lookup("location")) {
      sl_send_reply("404", "Not Found");
      exit;
    }
    if (!t_relay()) sl_reply_error();
    exit;
  }
  if (method == "REGISTER") {
    if (!pv_www_authenticate("${domain}", "${password}", "0")) {
      www_challenge("${domain}", "1");
      exit;
    }
    save("location");
    exit;
  }
  if (method == "PUBLISH") {
    handle_publish();
    exit;
  }
  if (method == "SUBSCRIBE") {
    handle_subscribe();
    exit;
  }
  sl_send_reply("405", "Method Not Allowed");
}
`;
}
