/**
 * The address AOL's network knows a person by, from one as somebody may have typed it (bare, canonical otherwise): screen names
 * have no spaces (a space stands as "\20" in an address, XEP-0106), aim.com is aol.com (RT-04), and an ICQ number has no hyphens.
 * Addresses of domains AOL hosts are left as they are.
 */
export function aolAddress(bare: string): string {
  const at = bare.lastIndexOf("@");
  const domain = bare.slice(at + 1);
  const name = bare.slice(0, at).replaceAll("\\20", "");
  switch (domain) {
    case "aol.com":
    case "aim.com":
      return name === "" ? bare : `${name}@aol.com`;
    case "icq.com": {
      const number = name.replaceAll("-", "");
      return /^\d+$/.test(number) ? `${number}@icq.com` : bare;
    }
    default:
      return bare;
  }
}
