/** What DNS says of a partner's addresses, beside those it is expected at. */
export type PartnerAddresses = {
  readonly domain: string;
  /** What the administrator wrote, and firewalls were told; where they wrote nothing, what was found first. */
  readonly expected: readonly string[];
  readonly found: readonly string[];
  /** Found and not expected: a firewall may not let them through. */
  readonly added: readonly string[];
  /** Expected and not found any more. */
  readonly gone: readonly string[];
  /** When DNS was last asked, milliseconds since 1970. */
  readonly checkedAt: number;
  /** What asking failed with; "" when it did not. What was found before stands. */
  readonly failed: string;
};

/** Whether what was found is what was expected. */
export function asExpected({ added, gone }: Pick<PartnerAddresses, "added" | "gone">): boolean {
  return added.length === 0 && gone.length === 0;
}

/** Compares; both in any order. */
export function compareAddresses(
  expected: readonly string[],
  found: readonly string[],
): Pick<PartnerAddresses, "expected" | "found" | "added" | "gone"> {
  return {
    expected: [...expected].sort(),
    found: [...found].sort(),
    added: found.filter((each) => !expected.includes(each)).sort(),
    gone: expected.filter((each) => !found.includes(each)).sort(),
  };
}
