import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedPages, renewed } from "./doc-pages.ts";
import { home, page, projectFiles } from "./project-files.ts";

// Writes the generated parts of docs/ anew. Run by `npm run docs`; architecture.test.ts checks that nothing would change.
const files = projectFiles();
mkdirSync(join(home, "docs"), { recursive: true });
for (const each of generatedPages) {
  const before = page(each.name);
  const after = renewed(each, before, files);
  if (after === before) continue;
  writeFileSync(join(home, "docs", each.name), after);
  process.stdout.write(`docs/${each.name}\n`);
}
