// A process that owns a store for store.test.ts: it does what it is told by messages, and is killed without warning.
import { openSqlite } from "../src/world/sqlite.ts";

const opened = openSqlite(process.argv[2] ?? "");
if (!opened.ok) process.send?.({ refused: opened.fault.code });
else {
  const store = opened.value;
  process.send?.({ open: true });
  process.on("message", async (message: { count: number }) => {
    const pushes = Array.from({ length: message.count }, (_, n) =>
      store.offline.push("alice@ours.example", Buffer.from(`message ${n}`), n, 1_000_000),
    );
    await Promise.all(pushes);
    process.send?.({ written: message.count });
  });
}
