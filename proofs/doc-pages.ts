import {
  faultTable,
  fileList,
  limitsTable,
  metricsTable,
  roomTable,
  specTable,
  stageTable,
  withSection,
} from "./doc-sections.ts";
import type { SourceFile } from "./laws.ts";

/** A page with parts that are written by `npm run docs`. */
export type GeneratedPage = {
  readonly name: string;
  /** How the page begins when there is none yet. */
  readonly heading: string;
  readonly sections: Readonly<Record<string, (page: string, files: readonly SourceFile[]) => string>>;
};

export const generatedPages: readonly GeneratedPage[] = [
  {
    name: "ARCHITECTURE.md",
    heading: "# Architecture",
    sections: { rooms: () => roomTable(), files: (_, files) => fileList(files) },
  },
  { name: "FAULTS.md", heading: "# Faults", sections: { faults: () => faultTable() } },
  { name: "FLOW.md", heading: "# One message's way", sections: { stages: () => stageTable() } },
  {
    name: "OPERATE.md",
    heading: "# Operating Comity",
    sections: { limits: () => limitsTable(), metrics: () => metricsTable() },
  },
  { name: "SPECS.md", heading: "# Specifications", sections: { specs: (page, files) => specTable(page, files) } },
];

/** The page as it should be, from the page as it is. */
export function renewed({ heading, sections }: GeneratedPage, page: string, files: readonly SourceFile[]): string {
  const begun = page === "" ? `${heading}\n` : page;
  return Object.entries(sections).reduce((text, [name, body]) => withSection(text, name, body(text, files)), begun);
}
