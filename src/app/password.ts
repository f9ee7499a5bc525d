import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

const inputBytesMax = 16_384;

/** The first line of standard input, without its line end. Undefined when there is nothing at all. */
export async function passwordFromInput(): Promise<string | undefined> {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) {
    text += part;
    if (text.includes("\n") || text.length > inputBytesMax) break;
  }
  const [line = ""] = text.split(/\r?\n/, 1);
  return line === "" ? undefined : line;
}

/** Asks twice on the terminal, showing nothing; undefined without a terminal or when the two differ three times. */
export async function askPassword(address: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  const ask = async (words: string): Promise<string> => {
    process.stderr.write(words);
    const typed = await terminal.question("");
    process.stderr.write("\n");
    return typed;
  };
  try {
    for (let round = 0; round < 3; round++) {
      const first = await ask(`Password for ${address}: `);
      if (first === "") continue;
      if (first === (await ask("The same again: "))) return first;
      process.stderr.write("They differ.\n");
    }
    return undefined;
  } finally {
    terminal.close();
  }
}
