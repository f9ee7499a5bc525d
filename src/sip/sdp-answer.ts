/** The media a session description offers, and the one of them that we take. */
export type Offered = {
  /** All its m= lines, without that. */
  readonly media: readonly string[];
  readonly at: number;
};

/** Our media, and what else is offered refused in its place (RFC 3264 §6); ours alone where nothing was offered. */
export function answeredMedia(ours: string, { media, at }: Offered = { media: [""], at: 0 }): string {
  return media.map((line, number) => (number === at ? ours : `m=${refused(line)}\r\n`)).join("");
}

/** A media line as it is refused: port 0, the rest as offered. */
function refused(line: string): string {
  return line.replace(/^(\S+) +\S+/, "$1 0");
}
