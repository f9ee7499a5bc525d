/** The program itself, as bin/comity becomes it: reads the command line, does what it says, ends with its exit code. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { programFolder } from "./home.ts";

// Stripped and compiled sources are kept between runs: commands start in half the time. Where it cannot be written to,
// nothing is kept.
enableCompileCache(join(programFolder, "node_modules", ".cache", "comity"));
const { run } = await import("./program.ts");
// Standard output is written before this returns (files, terminals and pipes are synchronous here).
process.exit(await run(process.argv.slice(2)));
