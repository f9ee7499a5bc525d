import { z } from "zod";
import { digestAlgorithms } from "../base/digest-verifier.ts";
import { type LimitName, type Limits, limitTable } from "../base/limits.ts";
import { isAddress, parseHostPort } from "./endpoint.ts";

/** `dns:`, `store:`, `log:`, `limits:` and `accounts:`: how the node runs, whomever it serves. */
export const dns = z
  .strictObject({
    servers: z
      .array(
        z.string().refine((text) => isAddress(parseHostPort(text, 53)?.host ?? ""), {
          error: "is not address or address:port",
        }),
      )
      .default([])
      .transform((list) =>
        list.flatMap((text) => {
          const place = parseHostPort(text, 53);
          return place === undefined ? [] : [{ address: place.host, port: place.port }];
        }),
      )
      .meta({
        description:
          "DNS servers to ask, as address or address:port (53). Empty: those of the system (/etc/resolv.conf).",
        examples: [["127.0.0.1:5353"]],
      }),
  })
  .prefault({})
  .meta({ description: "How the servers of other domains are found." });

export const store = z
  .strictObject({
    kind: z.enum(["sqlite"]).default("sqlite").meta({ description: "sqlite: one file on this machine." }),
    path: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: "The database file. Without it: comity.db of the data folder. Read at start only.",
        examples: ["comity.db"],
      }),
  })
  .prefault({})
  .meta({ description: "Where accounts, rosters and kept messages lie." });

const level = z.enum(["debug", "info", "warn", "error"]);

export const log = z
  .strictObject({
    level: level.default("info").meta({ description: "The least important lines that are written." }),
    rooms: z
      .record(z.string().regex(/^[a-z]+$/, { error: "is not the name of a part of the program" }), level)
      .default({})
      .meta({
        description: "Other levels for single parts of the program; each log line names its part.",
        examples: [{ federation: "debug" }],
      }),
    form: z.enum(["auto", "human", "json"]).default("auto").meta({
      description: "human: for reading. json: one object a line. auto: human on a terminal, else json.",
    }),
  })
  .prefault({})
  .meta({ description: "One event a line on standard output; never a password or a message's text." });

const limitNames = Object.keys(limitTable) as LimitName[];

export const limits = z
  .strictObject(
    Object.fromEntries(
      limitNames.map((name) => {
        const [value, meaning] = limitTable[name];
        return [
          name,
          z
            .int()
            .min(1)
            .max(2 ** 40)
            .default(value)
            .meta({ description: `${capital(meaning)}.` }),
        ];
      }),
    ),
  )
  .prefault({})
  .transform((written) => written as Limits)
  .meta({ description: "How much of anything is allowed; the unit stands in the name." });

export const accounts = z
  .strictObject({
    iterations: z.int().min(4096).max(10_000_000).default(10_000).meta({
      description:
        "How often a new password is hashed (PBKDF2, RFC 5802). Higher is harder to guess and slower to sign in with. Passwords set before keep theirs.",
    }),
    digest: z
      .array(z.enum(digestAlgorithms))
      .default([...digestAlgorithms])
      .meta({
        description:
          "What SIP clients may sign in with: the algorithms of digest (RFC 7616, RFC 8760) new passwords are kept for. Older clients know only MD5. Empty: nothing is kept for digest, and those passwords do not sign in over SIP.",
      }),
  })
  .prefault({})
  .meta({ description: "Local people's accounts." });

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
