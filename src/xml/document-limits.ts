/** What a document may be at most; declarations of namespaces count as attributes of their element. */
export type DocumentLimits = { readonly bytesMax: number; readonly depthMax: number; readonly attributesMax: number };
