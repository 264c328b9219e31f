/** Fields that differ between brokers. */
const LEFT_OUT = new Set(['throttleTime', 'clientSideThrottleTime', 'brokers', 'controllerId', 'clusterId']);

export class Normalizer {
  readonly #prefix: string;
  readonly #ids = new Map<string, string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  text(value: unknown): string {
    return JSON.stringify(this.#normalized(value)) ?? 'nothing';
  }

  #normalized(value: unknown): unknown {
    if (typeof value === 'bigint') return `${value}`;
    if (typeof value === 'string') return this.#normalizedText(value);
    if (Buffer.isBuffer(value)) return this.#normalizedText(value.length > 200 ? `${value.length} bytes` : `${value}`);
    if (Array.isArray(value)) return value.map((each) => this.#normalized(each));
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).filter(([key]) => !LEFT_OUT.has(key));
    return Object.fromEntries(entries.map(([key, each]) => [key, this.#normalized(each)]));
  }

  /** Replaces the first id by id-0, and so on. */
  #normalizedText(text: string): string {
    return text.replaceAll(this.#prefix, '').replaceAll(/script-[0-9a-f-]{36}/g, (id) => {
      const known = this.#ids.get(id) ?? `id-${this.#ids.size}`;
      this.#ids.set(id, known);
      return known;
    });
  }
}
