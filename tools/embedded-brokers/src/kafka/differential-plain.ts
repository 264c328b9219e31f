/** Told every time, and different everywhere. */
const LEFT_OUT = new Set(['throttleTime', 'clientSideThrottleTime', 'brokers', 'controllerId', 'clusterId']);

export class Plain {
  readonly #prefix: string;
  readonly #ids = new Map<string, string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  text(value: unknown): string {
    return JSON.stringify(this.#plain(value)) ?? 'nothing';
  }

  #plain(value: unknown): unknown {
    if (typeof value === 'bigint') return `${value}`;
    if (typeof value === 'string') return this.#plainText(value);
    if (Buffer.isBuffer(value)) return this.#plainText(value.length > 200 ? `${value.length} bytes` : `${value}`);
    if (Array.isArray(value)) return value.map((each) => this.#plain(each));
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).filter(([key]) => !LEFT_OUT.has(key));
    return Object.fromEntries(entries.map(([key, each]) => [key, this.#plain(each)]));
  }

  /** The first id that is seen becomes id-0, and so on. */
  #plainText(text: string): string {
    return text.replaceAll(this.#prefix, '').replaceAll(/script-[0-9a-f-]{36}/g, (id) => {
      const known = this.#ids.get(id) ?? `id-${this.#ids.size}`;
      this.#ids.set(id, known);
      return known;
    });
  }
}
