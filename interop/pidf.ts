import { complaints } from "../proofs/xmllint.ts";

/** Every presence document in what a program wrote of its traffic, whatever stands around it. */
export function pidfsIn(text: string): readonly string[] {
  return [...new Set(text.match(/<\?xml[^>]*\?>\s*<presence[\s\S]*?<\/presence>/g) ?? [])];
}

/** What is wrong with them by the schemas of RFC 3863, 4479, 4480 and 4482, each with its document; none when all is right. */
export function pidfComplaints(documents: readonly string[]): readonly string[] {
  return complaints("presence", documents).flatMap((what, at) => (what === "" ? [] : [`${what}\n${documents[at]}`]));
}
