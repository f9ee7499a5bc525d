// Run by `npm start` before anything else, on whatever Node the machine has: brings the dependencies when they are missing
// or older than the lock file. Plain JavaScript without dependencies, for that reason.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (Number(process.versions.node.split(".")[0]) < 18) {
  fail(
    `This is Node ${process.versions.node}; to install Comity, Node 18 or newer is needed (Debian: apt install nodejs npm).`,
  );
}
if (stale()) install();

/** npm writes this file last, so it is there and new only after an installation that went through. */
function stale() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return true;
  if (!existsSync(join(root, "node_modules", "node", "bin", "node"))) return true;
  return statSync(join(root, "package-lock.json")).mtimeMs > statSync(installed).mtimeMs;
}

function install() {
  process.stderr.write("Bringing Comity's dependencies and its Node (once, about a minute) ... ");
  const started = process.hrtime.bigint();
  const npm = process.env.npm_execpath;
  const asked = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  // The npm that runs this, or the one of the machine.
  const [command, args] = npm?.endsWith(".js") ? [process.execPath, [npm, ...asked]] : ["npm", asked];
  const done = spawnSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  if (done.status !== 0) {
    process.stderr.write("failed.\n");
    fail(
      `${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}\n\`npm ci\` did not go through; see above.`,
    );
  }
  process.stderr.write(`done in ${Number((process.hrtime.bigint() - started) / 1_000_000_000n)} s.\n`);
}

function fail(words) {
  process.stderr.write(`${words}\n`);
  process.exit(1);
}
