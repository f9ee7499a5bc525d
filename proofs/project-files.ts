import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "./laws.ts";

/** The project's root folder. */
export const home = fileURLToPath(new URL("..", import.meta.url));

/** Every TypeScript file of the project's own folders, in the order of their paths. */
export function projectFiles(): readonly SourceFile[] {
  return ["src", "proofs", "interop", "bench"].flatMap((folder) =>
    readdirSync(join(home, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
      .sort()
      .map((path) => ({ path, text: readFileSync(join(home, path), "utf8") })),
  );
}

/** A page of `docs/`, empty when it is not there. */
export function page(name: string): string {
  const path = join(home, "docs", name);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** The dependencies package.json names, for running and for developing. */
export function dependencies(): readonly string[] {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  return [...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})].sort();
}
