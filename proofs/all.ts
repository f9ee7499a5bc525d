import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { home } from "./project-files.ts";

// Every test of src/ and proofs/ in one process: `node --test proofs/all.ts`, or plain `node proofs/all.ts`.
for (const folder of ["src", "proofs"]) {
  const paths = readdirSync(join(home, folder), { recursive: true, encoding: "utf8" });
  for (const path of paths.filter((each) => each.endsWith(".test.ts")).sort()) {
    await import(pathToFileURL(join(home, folder, path)).href);
  }
}
