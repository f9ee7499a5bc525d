import { z } from "zod";

/** `tls:`: certificates, whom to trust, which versions. */
export const tls = z
  .strictObject({
    certificates: z
      .string()
      .min(1)
      .optional()
      .meta({
        description:
          "Folder with <domain>.pem and <domain>.key for every domain that names no files of its own. Without it: the folder certs of the data folder.",
        examples: ["certs"],
      }),
    development: z.boolean().default(false).meta({
      description:
        "true: for domains that have no certificate, make one, issued by a development CA (ca.pem in the same folder) that is made too and that this node trusts. For trying things out, not for a public server.",
    }),
    trust: z
      .strictObject({
        system: z
          .boolean()
          .default(true)
          .meta({ description: "Trust the certificate authorities this system trusts." }),
        files: z
          .array(z.string().min(1))
          .default([])
          .meta({
            description: "PEM files with more authorities to trust, each with one or more certificates.",
            examples: [["partner-ca.pem"]],
          }),
      })
      .prefault({})
      .meta({ description: "Whose signature proves a foreign server's certificate." }),
    versionMin: z.enum(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2").meta({
      description: "The oldest TLS version accepted and offered (RFC 9325).",
    }),
    clients: z.enum(["required", "optional"]).default("required").meta({
      description:
        "Whether a client must start TLS before it signs in. With optional, only mechanisms that show no password are offered in the clear. For servers see federation.policy.tls.",
    }),
  })
  .prefault({})
  .meta({ description: "Certificates and encryption. Certificates are read again on reload." });
