import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Process } from "./process.ts";

const folders = ["/usr/lib/x86_64-linux-gnu/kamailio/modules", "/usr/lib/aarch64-linux-gnu/kamailio/modules"];

/** Debian's Kamailio as a relay of MSRP (RFC 4976) in front of somebody, on loopback: its own reader of every frame. */
export class KamailioMsrp {
  readonly port: number;
  readonly process: Process;
  readonly #folder: string;

  private constructor(port: number, process: Process, folder: string) {
    this.port = port;
    this.process = process;
    this.#folder = folder;
  }

  static async start(): Promise<KamailioMsrp> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "comity-msrp-"));
    writeFileSync(join(folder, "kamailio.cfg"), configuration(port));
    const args = `-m 32 -DD -E -f ${folder}/kamailio.cfg -w ${folder} -Y ${folder} -P ${folder}/pid`.split(" ");
    const process = new Process("kamailio", "/usr/sbin/kamailio", args, { cwd: folder });
    await process.line(/relay is up/, 20_000);
    return new KamailioMsrp(port, process, folder);
  }

  /** Frames of that method it has passed on. */
  relayed(method: string): number {
    return this.process.lines.filter((line) => line.includes(`relays ${method} `)).length;
  }

  async close(): Promise<void> {
    await this.process.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What is found on the way is remembered by who sent it: both ends connect to the relay, and it to nobody. */
function configuration(port: number): string {
  return `
debug=2
log_stderror=yes
children=1
tcp_children=2
listen=tcp:127.0.0.1:${port}
auto_aliases=no
tcp_accept_no_cl=yes
tcp_connection_lifetime=600
mpath="${folders.find((each) => existsSync(each))}/"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "htable.so"
loadmodule "sl.so"
loadmodule "msrp.so"
modparam("htable", "htable", "m=>size=8;")

event_route[core:worker-one-init] {
  xlog("L_NOTICE", "relay is up\\n");
}

request_route {
  sl_send_reply("403", "No SIP Here");
}

event_route[msrp:frame-in] {
  msrp_reply_flags("1");
  if (msrp_is_reply()) exit;
  $sht(m=>$msrp(firsthop)::addr) = $msrp(srcaddr);
  $sht(m=>$msrp(firsthop)::sock) = $msrp(srcsock);
  if ($msrp(method) != "SEND" && $msrp(method) != "REPORT") {
    msrp_reply("501", "Unknown Method");
    exit;
  }
  if ($sht(m=>$msrp(lasthop)::addr) == $null) {
    xlog("L_NOTICE", "nobody at $msrp(lasthop)\\n");
    if ($msrp(method) == "SEND") msrp_reply("481", "Nobody");
    exit;
  }
  if ($msrp(method) == "SEND") msrp_reply("200", "OK");
  xlog("L_NOTICE", "relays $msrp(method) of $msrp(firsthop) to $msrp(lasthop)\\n");
  msrp_relay_flags("1");
  msrp_set_dst("$sht(m=>$msrp(lasthop)::addr)", "$sht(m=>$msrp(lasthop)::sock)");
  msrp_relay();
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
