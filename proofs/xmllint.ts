import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether xmllint (Debian: libxml2-utils) can be had. In CI it must be: there a test without it fails. */
export function hasXmllint(): boolean {
  return process.env.CI !== undefined || spawnSync("xmllint", ["--version"]).error === undefined;
}

/**
 * Checks documents against a schema of `proofs/schemas`, all in one run of xmllint, without the network. Answers for each
 * what is wrong with it, "" when nothing is.
 */
export function complaints(schema: string, documents: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "comity-schema-"));
  try {
    const paths = documents.map((document, n) => {
      const path = join(folder, `${n}.xml`);
      writeFileSync(path, document);
      return path;
    });
    const file = new URL(`schemas/${schema}.xsd`, import.meta.url).pathname;
    const run = spawnSync("xmllint", ["--nonet", "--noout", "--schema", file, ...paths], { encoding: "utf8" });
    if (run.error !== undefined) throw run.error;
    const lines = run.stderr.split("\n");
    return paths.map((path) => {
      const own = lines.filter((line) => line.startsWith(path));
      return own.length === 1 && own[0] === `${path} validates` ? "" : own.join("\n") || run.stderr;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
