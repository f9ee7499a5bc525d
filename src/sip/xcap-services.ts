import type { Limits } from "../base/limits.ts";
import { ok, type Result } from "../base/result.ts";
import { readDocument } from "../xml/document.ts";
import type { ListEntry } from "./resource-lists.ts";
import { readRlsServices } from "./rls-services.ts";
import { parseXcapDocument } from "./xcap-document.ts";
import { entriesOfService } from "./xcap-references.ts";
import { usageOf } from "./xcap-usages.ts";
import { ownLimits, viewOf, type XcapContext } from "./xcap-views.ts";

/**
 * Whom a service of a person's stands for (RFC 4826 §4), as their documents are just now: `service` is its address, canonical.
 * Undefined when they have none of that address, or not for presence. Fails with resource-list when there are too many.
 */
export async function servedEntries(
  service: string,
  context: XcapContext,
  limits: Pick<Limits, "sipListEntriesMax">,
): Promise<Result<readonly ListEntry[]> | undefined> {
  const written = await load("rls-services", context);
  const document = written === undefined ? undefined : readDocument(written, ownLimits(context.limits));
  const services = document?.ok ? readRlsServices(document.value) : [];
  if ("kind" in services) return undefined;
  const meant = services.find(({ uri }) => context.naming.contactOf(uri) === service);
  if (meant === undefined || (meant.packages.length > 0 && !meant.packages.includes("presence"))) return undefined;
  const lists = await load("resource-lists", context);
  const tree = lists === undefined ? undefined : parseXcapDocument(lists, ownLimits(context.limits));
  return tree?.ok ? entriesOfService(meant, tree.value, context, limits) : ok([]);
}

async function load(auid: string, context: XcapContext): Promise<Buffer | undefined> {
  const usage = usageOf(auid);
  return usage === undefined ? undefined : viewOf(usage, "index", context).load();
}
