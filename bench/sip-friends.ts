import { Client, inParallel } from "./client.ts";
import type { Target } from "./job.ts";
import { befriend, contacts } from "./presence.ts";

/** In groups of 21, lets all others watch the first, by XMPP: the roster is one for both sides. */
export async function befriended(target: Target, users: number, atOnce: number): Promise<void> {
  const clients = await inParallel(users, atOnce, async (number) => {
    const client = await Client.signIn(target, number, "SCRAM-SHA-1", "friends");
    await client.available();
    return client;
  });
  for (let first = 0; first < users; first += contacts + 1) {
    const watchers = clients.slice(first + 1, first + 1 + contacts);
    await befriend(target, clients[first] as Client, first, watchers);
  }
  await Promise.all(clients.map((client) => client.close()));
}
