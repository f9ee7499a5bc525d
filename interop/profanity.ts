import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "./clients.ts";
import type { Network } from "./network.ts";
import { Terminal } from "./terminal.ts";

/** Starts Profanity in a terminal, signed in to the account; it checks the server's certificate. */
export async function startProfanity(network: Network, account: Account): Promise<Terminal> {
  const folder = join(network.folder, `profanity-${account.jid}`);
  const config = join(folder, ".config/profanity");
  const data = join(folder, ".local/share/profanity");
  for (const path of [config, data]) mkdirSync(path, { recursive: true });
  writeFileSync(join(config, "profrc"), "[ui]\nsplash=false\n[notifications]\nmessage=off\nsub=false\n");
  writeFileSync(
    join(data, "accounts"),
    `[${account.jid}]
enabled=true
jid=${account.jid}
password=${account.password}
server=${account.address}
port=${account.port ?? 5222}
resource=terminal
tls.policy=force
presence.last=online
presence.login=online
`,
  );
  const terminal = await Terminal.start(network, folder, ["profanity", "-a", account.jid], {
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, ".config"),
    XDG_DATA_HOME: join(folder, ".local/share"),
    SSL_CERT_FILE: account.ca ?? "",
  });
  await terminal.shows(/logged in successfully/);
  return terminal;
}
