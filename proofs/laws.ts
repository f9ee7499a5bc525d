import { dirname, join, normalize } from "node:path/posix";

/** One file of the project: its path from the project's root, with "/" between folders. */
export type SourceFile = { readonly path: string; readonly text: string };

type Room = { readonly floor: number; readonly imports: readonly string[] };

const protocols = ["xml", "presence", "xmpp", "sip"];
const decisions = ["translate", "federation", "edge"];
const upToServer = ["base", "dns", "pki", ...protocols, ...decisions];
const upToAdmin = [...upToServer, "server", "cluster", "config", "advisor"];

/** The rooms of `src/`: the floor each stands on, and the rooms it may import. */
export const rooms: Readonly<Record<string, Room>> = {
  base: { floor: 0, imports: [] },
  xml: { floor: 1, imports: ["base"] },
  dns: { floor: 1, imports: ["base"] },
  presence: { floor: 1, imports: ["base"] },
  pki: { floor: 2, imports: ["base", "dns"] },
  xmpp: { floor: 2, imports: ["base", "xml", "presence"] },
  sip: { floor: 2, imports: ["base", "xml", "presence"] },
  translate: { floor: 3, imports: ["base", ...protocols] },
  federation: { floor: 3, imports: ["base", "dns", "pki", ...protocols] },
  edge: { floor: 3, imports: ["base", "dns", "pki", ...protocols] },
  server: { floor: 4, imports: upToServer },
  cluster: { floor: 4, imports: upToServer },
  config: { floor: 5, imports: ["base", "dns", "pki", "federation", "edge"] },
  advisor: { floor: 6, imports: [...upToServer, "config"] },
  admin: { floor: 7, imports: upToAdmin },
  world: { floor: 8, imports: ["base", "dns", "pki"] },
  sim: { floor: 8, imports: ["base", "dns", "pki"] },
  twin: { floor: 8, imports: upToServer },
  app: { floor: 9, imports: [...upToAdmin, "admin", "world", "sim", "twin"] },
};

/** The room of a file of `src/`, "" for others. */
export function roomOf(path: string): string {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? "";
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

/** The files of `src/` that run: everything but the tests beside them. */
export function codeOf(files: readonly SourceFile[]): readonly SourceFile[] {
  return files.filter(({ path }) => path.startsWith("src/") && path.endsWith(".ts") && !isTest(path));
}

const importing = /(?<!["'\w])(?:from|import)\s*\(?\s*"([\w@./:-]+)"/g;

/** What a file imports: paths from the root for files, names for modules. Types and dynamic imports count. */
export function importsOf({ path, text }: SourceFile): readonly string[] {
  const found = [...withoutComments(text).matchAll(importing)].map((match) => match[1] ?? "");
  return found.map((to) => (to.startsWith(".") ? normalize(join(dirname(path), to)) : to));
}

// Strings are matched so that what looks like a comment inside them is left alone.
const stringOrComment = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

export function withoutComments(text: string): string {
  return text.replace(stringOrComment, (match) => (match.startsWith("/") ? "" : match));
}

/** Law 1: imports go down the table of rooms, and stay inside `src/`. */
export function importsThatDoNotGoDown(files: readonly SourceFile[]): readonly string[] {
  return codeOf(files).flatMap((file) => {
    const room = roomOf(file.path);
    const known = rooms[room];
    if (known === undefined) return [`${file.path} stands in no room of the table`];
    return importsOf(file)
      .filter((to) => !/^(?:node:|@?[a-z])/.test(to) || /^(?:src|proofs|interop|bench|bin)\//.test(to))
      .filter((to) => roomOf(to) !== room && !known.imports.includes(roomOf(to)))
      .map((to) => `${file.path} imports ${to}`);
  });
}

/** The table itself goes down: a room imports only from lower floors. */
export function roomsThatReachUp(table: Readonly<Record<string, Room>> = rooms): readonly string[] {
  return Object.entries(table).flatMap(([name, { floor, imports }]) =>
    imports.filter((to) => (table[to]?.floor ?? Infinity) >= floor).map((to) => `${name} may import ${to}`),
  );
}

/** Law 1, second half: no file reaches itself through its imports. */
export function filesThatReachThemselves(files: readonly SourceFile[]): readonly string[] {
  const edges = new Map(codeOf(files).map((file) => [file.path, importsOf(file)]));
  const reaches = (from: string, goal: string, seen: Set<string>): boolean =>
    (edges.get(from) ?? []).some((to) => to === goal || (!seen.has(to) && reaches(to, goal, seen.add(to))));
  return [...edges.keys()].filter((path) => reaches(path, path, new Set()));
}

const maySeeBoth = /^src\/(?:translate\/|server\/switchboard\.ts$)/;

/** Law 2: XMPP and SIP meet only in `translate/` and in `server/switchboard.ts`. */
export function filesThatSeeBothProtocols(files: readonly SourceFile[]): readonly string[] {
  return codeOf(files)
    .filter((file) => {
      const seen = new Set([roomOf(file.path), ...importsOf(file).map(roomOf)]);
      return seen.has("xmpp") && seen.has("sip") && !maySeeBoth.test(file.path);
    })
    .map(({ path }) => path);
}

const worldModules =
  /^(?:node:(?:net|tls|dgram|dns|fs|http|https|http2|timers|sqlite|child_process|cluster|worker_threads|readline|os|process|inspector)\b.*|pino|prom-client|@hono\/node-server|pg|ws|@nats-io\/.*)$/;
const worldWords =
  /\b(?:setTimeout|setInterval|setImmediate|fetch\(|Math\.random|Date\.now|new Date\(\)|performance\.|process\.|random(?:Bytes|Fill|FillSync|Int|UUID)\b|getRandomValues|console\.)/;

/** Law 3: only `world/` and `app/` touch the world; nobody else reads a clock or a random number. */
export function filesThatTouchTheWorld(files: readonly SourceFile[]): readonly string[] {
  return codeOf(files)
    .filter(({ path }) => !["world", "app"].includes(roomOf(path)))
    .flatMap((file) => {
      const modules = importsOf(file).filter((to) => worldModules.test(to));
      // Simulated time waits for promises by way of nextTick, which is neither a clock nor a timer.
      const text = withoutComments(file.text).replaceAll(roomOf(file.path) === "sim" ? "process.nextTick" : "\0", "");
      const word = worldWords.exec(text)?.[0];
      return [...modules, ...(word === undefined ? [] : [word])].map((what) => `${file.path} uses ${what}`);
    });
}

const linesMax = 400;

/** Law 4: no file is longer than 400 lines. */
export function filesThatAreTooLong(files: readonly SourceFile[]): readonly string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.replace(/\n$/, "").split("\n").length }))
    .filter(({ lines }) => lines > linesMax)
    .map(({ path, lines }) => `${path} has ${lines} lines`);
}

const saysNothing = /(?:^|\/)(?:(?:[\w-]+-)?(?:utils?|helpers?|managers?)|common|types?|index|misc|shared)\.ts$/;

/** Law 4, second half: a file's name says what is in it. */
export function filesWhoseNameSaysNothing(files: readonly SourceFile[]): readonly string[] {
  return files.map(({ path }) => path).filter((path) => saysNothing.test(path));
}

/** What has no docstring is told to nobody: each file of `src/` explains itself at least once. */
export function filesThatExplainNothing(files: readonly SourceFile[]): readonly string[] {
  return codeOf(files)
    .filter(({ text }) => !/\/\*\*[\s\S]*?\*\//.test(text))
    .map(({ path }) => path);
}
