export const REPLY_TO = 'amq.rabbitmq.reply-to';

/** The names of a script as one play has them, and back: plays side by side never meet. */
export class Names {
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** Names of this play made those of the script, and what the server makes up made constant. */
  cleaned(value: unknown): unknown {
    return JSON.parse(this.clean(JSON.stringify(value)));
  }

  clean(text: string): string {
    return text
      .replaceAll(this.prefix, '')
      .replaceAll(/amq\.(gen|ctag)-[\w-]+/g, 'amq.$1')
      .replaceAll(/amq\.rabbitmq\.reply-to\.[\w=+/.-]+/g, `${REPLY_TO}.key`)
      .replaceAll(/"time":\{"!":"timestamp","value":\d+\}/g, '"time":"now"');
  }

  own(name: string): string {
    return /^(q|x|missing|nowhere)\d?$/.test(name) ? this.prefix + name : name;
  }

  named(options: Record<string, unknown>): object {
    const args = options['arguments'] as Record<string, unknown> | undefined;
    const named = { ...options };
    if (args)
      named['arguments'] = Object.fromEntries(
        Object.entries(args).map(([key, value]) => [key, typeof value === 'string' ? this.own(value) : value]),
      );
    for (const key of ['CC', 'BCC'])
      if (options[key]) named[key] = (options[key] as string[]).map((name) => this.own(name));
    return named;
  }
}
