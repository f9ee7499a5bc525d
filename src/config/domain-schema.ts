import { z } from "zod";
import { type DomainName, parseDomainName } from "../base/domain-name.ts";

/** One form per domain (base/domain-name.ts); a text that is none comes back as it is. */
export function canonicalDomain(text: string): DomainName {
  const name = parseDomainName(text);
  return name.ok ? name.value : (text as DomainName);
}

/** Whether the text is a domain, in letters of any script and case. */
export function isDomainName(text: string): boolean {
  return parseDomainName(text).ok;
}

export const domainName = z
  .string()
  .refine(isDomainName, { error: "is not a domain name" })
  .meta({ description: "A domain name.", examples: ["ours.example"] });

const named = z
  .strictObject({
    name: domainName,
    certificate: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: "PEM file with the domain's certificate and the chain up to, not including, the root.",
        examples: ["certs/ours.example.pem"],
      }),
    key: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: "PEM file with the key of that certificate, without a passphrase, readable by Comity alone.",
        examples: ["certs/ours.example.key"],
      }),
  })
  .refine((domain) => (domain.certificate === undefined) === (domain.key === undefined), {
    error: "names a certificate without its key, or a key without its certificate",
    path: ["name"],
    params: { instead: "Write both, or neither." },
    when: ({ issues }) => issues.length === 0,
  });

export type DomainConfig = {
  readonly name: DomainName;
  /** Paths as written; undefined: looked for in tls.certificates. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
};

export const domains = z
  .array(z.union([domainName, named]))
  .min(1, { error: "is empty: a node serves at least one domain" })
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [at, item] of list.entries()) {
      const name = canonicalDomain(typeof item === "string" ? item : item.name);
      if (seen.has(name))
        context.addIssue({
          code: "custom",
          path: [at],
          message: `names ${name} a second time`,
          params: { instead: "Keep one." },
        });
      seen.add(name);
    }
  })
  .transform((list): readonly DomainConfig[] =>
    list.map((item) =>
      typeof item === "string"
        ? { name: canonicalDomain(item), certificate: undefined, key: undefined }
        : { name: canonicalDomain(item.name), certificate: item.certificate, key: item.key },
    ),
  )
  .meta({
    description:
      "The domains whose people this node serves. Each is a name, or { name, certificate, key }. Without certificate and key, the files <name>.pem and <name>.key of the folder tls.certificates are used.",
    examples: [["ours.example", { name: "branch.example", certificate: "branch.pem", key: "branch.key" }]],
  });
