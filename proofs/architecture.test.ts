import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "../src/base/fault.ts";
import { limitTable } from "../src/base/limits.ts";
import { metricTable } from "../src/base/metrics.ts";
import { stages } from "../src/base/stage.ts";
import { dependenciesThatDisagree, disagreement, filesNamedIn, firstNamesIn, specsThatDisagree } from "./doc-laws.ts";
import { generatedPages, renewed } from "./doc-pages.ts";
import {
  codeOf,
  filesThatAreTooLong,
  filesThatExplainNothing,
  filesThatReachThemselves,
  filesThatSeeBothProtocols,
  filesThatTouchTheWorld,
  filesWhoseNameSaysNothing,
  importsThatDoNotGoDown,
  roomsThatReachUp,
} from "./laws.ts";
import { dependencies, page, projectFiles } from "./project-files.ts";

const files = projectFiles();

const holds = (law: string, complaints: () => readonly string[]) => test(law, () => assert.deepEqual(complaints(), []));

holds("the table of rooms goes down", () => roomsThatReachUp());
holds("every import goes down the table", () => importsThatDoNotGoDown(files));
holds("no file reaches itself through its imports", () => filesThatReachThemselves(files));
holds("XMPP and SIP meet only in translate/ and server/switchboard.ts", () => filesThatSeeBothProtocols(files));
holds("only world/ and app/ touch the world", () => filesThatTouchTheWorld(files));
holds("no file is longer than 400 lines", () => filesThatAreTooLong(files));
holds("every file's name says what is in it", () => filesWhoseNameSaysNothing(files));
holds("every file explains itself", () => filesThatExplainNothing(files));

holds("ARCHITECTURE.md names every file, and no other", () =>
  disagreement(
    "ARCHITECTURE.md",
    filesNamedIn(page("ARCHITECTURE.md")),
    codeOf(files).map(({ path }) => path),
  ),
);
holds("FAULTS.md names every fault, and no other", () =>
  disagreement("FAULTS.md", firstNamesIn(page("FAULTS.md")), Object.keys(faults)),
);
holds("FLOW.md names every stage, and no other", () =>
  disagreement("FLOW.md", firstNamesIn(page("FLOW.md")), Object.keys(stages)),
);
holds("OPERATE.md names every limit and metric, and no other", () =>
  disagreement("OPERATE.md", firstNamesIn(page("OPERATE.md")), [
    ...Object.keys(limitTable),
    ...Object.keys(metricTable),
  ]),
);
holds("SPECS.md and the citations agree", () => specsThatDisagree(page("SPECS.md"), files));
holds("DEPENDENCIES.md has a reason for every dependency, and names no other", () =>
  dependenciesThatDisagree(page("DEPENDENCIES.md"), dependencies()),
);

for (const each of generatedPages) {
  test(`the generated parts of ${each.name} are current (npm run docs)`, () => {
    assert.equal(page(each.name), renewed(each, page(each.name), files));
  });
}
