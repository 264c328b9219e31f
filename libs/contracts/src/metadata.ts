/** What a message carries beside its data: text by name, under the same names on every wire. */
export type Metadata = Readonly<Record<string, string>>;

/**
 * The names that travel from a message to the messages that it causes: W3C Trace Context and Baggage. Add a name of your
 * own here, in lower case (`tenant`), and every service hands it on. Any other name goes no further than its handler.
 */
export const PROPAGATED = new Set(['traceparent', 'tracestate', 'baggage']);
