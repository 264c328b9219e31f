import { TextFile } from './text-file.ts';

/** A .proto file of the tree, edited by its syntax, whatever its formatting. */
export class Proto extends TextFile {
  /** Whether the file has a message, enum or service of this name. */
  declares(name: string): boolean {
    return new RegExp(`\\b(message|enum|service)\\s+${name}\\s*\\{`).test(this.code);
  }

  hasMethod(name: string): boolean {
    return new RegExp(`\\brpc\\s+${name}\\s*\\(`).test(this.code);
  }

  isStream(method: string): boolean {
    return new RegExp(`\\brpc\\s+${method}\\s*\\([^)]*\\)\\s*returns\\s*\\(\\s*stream\\b`).test(this.code);
  }

  /** The resource that a Get method returns: `Ticket` of `rpc GetTicket(…) returns (Ticket)`. `usual` if there are several. */
  resource(usual: string): string | undefined {
    const gets = [...this.code.matchAll(/\brpc\s+Get(\w+)\s*\([^)]*\)\s*returns\s*\(\s*([\w.]+)\s*\)/g)];
    const things = gets.filter(([, noun, answer]) => noun === answer).map(([, noun]) => noun!);
    return things.find((one) => one === usual) ?? things[0] ?? gets[0]?.[1];
  }

  import(path: string): this {
    if (new RegExp(`^\\s*import\\s+["']${path}["']`, 'm').test(this.code)) return this;
    const imports = [...this.code.matchAll(/^\s*import\s+(?:"[^"]+"|'[^']+')\s*;/gm)];
    const after = imports.at(-1) ?? /^\s*package\s+[\w.]+\s*;/m.exec(this.code);
    if (!after) throw new Error(`${this.path} has no package`);
    return this.insert(after.index + after[0].length, `${imports.length ? '\n' : '\n\n'}import "${path}";`);
  }

  /** Adds a method at the end of a service. */
  addMethod(serviceName: string, text: string): this {
    const code = this.code.replace(/"[^"\n]*"|'[^'\n]*'/g, (string) => ' '.repeat(string.length));
    const service = new RegExp(`\\bservice\\s+${serviceName}\\s*\\{`).exec(code);
    if (!service)
      throw new Error(
        `${this.path} has no service ${serviceName}: it was edited by hand, so make this change by hand too`,
      );
    let depth = 1;
    let at = service.index + service[0].length;
    for (; depth; at++) {
      if (at >= code.length) throw new Error(`${this.path} has a service without a closing brace`);
      if (code[at] === '{') depth++;
      if (code[at] === '}') depth--;
    }
    const end = at - 1;
    const isFilled = code[end - 1] === '\n';
    return this.insert(end, `${isFilled ? '' : '\n'}${text.trimEnd()}\n`);
  }

  /** The text with blanks for comments: each character where it was. */
  private get code(): string {
    return this.text.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/.*|\/\*[^]*?\*\//g, (token) =>
      /^["']/.test(token) ? token : token.replace(/[^\n]/g, ' '),
    );
  }
}
