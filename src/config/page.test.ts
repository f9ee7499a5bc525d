import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { configPage } from "./page.ts";

test("docs/CONFIG.md is what the schema says; `bin/comity config page > docs/CONFIG.md` makes it so", () => {
  assert.equal(readFileSync(new URL("../../docs/CONFIG.md", import.meta.url), "utf8"), configPage());
});
