import { closeSync, openSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the system takes as a socket's path (sun_path of sockaddr_un), without the final zero. */
const pathBytesMax = 107;

/** A folder too deep for that is reached by an open descriptor of it (Linux). */
export function reachable<T>(path: string, use: (path: string) => T): { value: T; release: () => void } {
  if (Buffer.byteLength(path) <= pathBytesMax) return { value: use(path), release: () => {} };
  const folder = openSync(dirname(path), "r");
  const short = join(`/proc/self/fd/${folder}`, path.slice(dirname(path).length + 1));
  return { value: use(short), release: () => closeSync(folder) };
}
