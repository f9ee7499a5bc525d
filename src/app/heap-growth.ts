import { setFlagsFromString } from "node:v8";

/**
 * By how many per cent what has survived may grow before the whole heap is looked through. Left to itself, V8 allows 8 MiB where
 * little survives, and counts what came from the network and went to it into them: a server of some hundred people who talk a lot
 * then went through all it holds four times a second, which was an eighth of its work. Memory that is only held grows no larger.
 */
const heapGrowthPercent = 100;

/** Has V8 wait for that; from its next look through the heap on. */
export function setHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${heapGrowthPercent}`);
}
