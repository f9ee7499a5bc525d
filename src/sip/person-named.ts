import type { Address } from "../base/address.ts";
import { Memo } from "../base/memo.ts";
import type { Result } from "../base/result.ts";
import { parseUri, personOf } from "./uri.ts";

/** URIs whose person is remembered: as many people as talk in a busy hour of a large organisation. */
const keptMax = 10_000;

const people = new Memo<Result<Address>>(keptMax, (text) => {
  const uri = parseUri(text);
  return uri.ok ? personOf(uri.value) : uri;
});

/**
 * The person a URI names, from its text; fails as `parseUri` and `personOf` do. The same few thousand people are named over and
 * over, in From, To and Request-URI, so what was read is remembered.
 */
export function personNamed(uri: string): Result<Address> {
  return people.get(uri);
}
