import type { SrvData } from "../base/resolver.ts";

/**
 * The order in which SRV records are to be tried: by priority, and among equals by a weighted draw. `below` is chance
 * (`Random.below`): a whole number from 0 up to, not including, its argument. RFC 2782, "Usage rules".
 */
export function orderSrv<T extends Pick<SrvData, "priority" | "weight">>(
  records: readonly T[],
  below: (limit: number) => number,
): T[] {
  const priorities = [...new Set(records.map((record) => record.priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    draw(
      records.filter((record) => record.priority === priority),
      below,
    ),
  );
}

/** RFC 2782 "Weight": records of weight 0 stand first, so that they have a small chance beside weighted ones. */
function draw<T extends Pick<SrvData, "weight">>(equals: readonly T[], below: (limit: number) => number): T[] {
  const left = [...equals].sort((a, b) => Number(a.weight > 0) - Number(b.weight > 0));
  const drawn: T[] = [];
  while (left.length > 0) {
    const sum = left.reduce((total, record) => total + record.weight, 0);
    const mark = below(sum + 1);
    let running = 0;
    const at = left.findIndex((record) => {
      running += record.weight;
      return running >= mark;
    });
    drawn.push(...left.splice(at, 1));
  }
  return drawn;
}
