import type { Tree } from '@nx/devkit';

/** A file of the tree that is edited in memory, and written by `save()`. */
export abstract class TextFile {
  readonly path: string;
  protected text: string;
  private readonly tree: Tree;

  constructor(tree: Tree, path: string) {
    const text = tree.read(path, 'utf8');
    if (text === null) throw new Error(`${path} does not exist`);
    this.tree = tree;
    this.path = path;
    this.text = text;
  }

  save(): void {
    this.tree.write(this.path, this.text);
  }

  /** Adds to the end of the file, after an empty line. */
  append(text: string): this {
    this.text = `${this.text.trimEnd()}\n\n${text.trim()}\n`;
    return this;
  }

  protected insert(at: number, text: string): this {
    this.text = this.text.slice(0, at) + text + this.text.slice(at);
    return this;
  }
}
