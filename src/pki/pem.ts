import { fault } from "../base/fault.ts";
import { no, ok, type Result } from "../base/result.ts";

const block = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

/** The DER in every PEM block with this label (RFC 7468 §2), in the order of the file. What stands between is ignored. */
export function pemBlocks(text: string, label = "CERTIFICATE"): Result<readonly Uint8Array[]> {
  const blocks: Uint8Array[] = [];
  for (const [, kind, body = ""] of text.matchAll(block)) {
    if (kind !== label) continue;
    const base64 = body.replace(/\s+/g, "");
    if (base64 === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
      return no(fault("cert-unreadable", `${label} ${blocks.length + 1} of the file is not Base64`));
    }
    blocks.push(Buffer.from(base64, "base64"));
  }
  if (blocks.length > 0) return ok(blocks);
  const begun = text.includes(`-----BEGIN ${label}-----`);
  return no(fault("cert-unreadable", begun ? `the file is cut short inside ${label}` : `no ${label} in the file`));
}

/** DER as one PEM block, 64 characters a line (RFC 7468 §2). */
export function toPem(der: Uint8Array, label = "CERTIFICATE"): string {
  const base64 = Buffer.from(der).toString("base64");
  return `-----BEGIN ${label}-----\n${(base64.match(/.{1,64}/g) ?? []).join("\n")}\n-----END ${label}-----\n`;
}
