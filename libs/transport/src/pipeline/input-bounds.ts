import { invalidInput } from '../errors.ts';
import type { Field } from './dto-fields.ts';

/** How deep an input may be nested, lists included. */
const MAX_DEPTH = 32;
/** How many values a list or map may have whose DTO does not state it. */
const MAX_SIZE = 1000;
/** How many values all lists and maps of one input may have together, unless its DTO states more for one of them. */
const MAX_VALUES = 10_000;
/** How many members an object may have, with those that its DTO does not know. */
const MAX_MEMBERS = 10_000;

/** Where a value stands in an input. */
export interface Place {
  parent?: Place;
  /** Of a list, the index. */
  key?: string | number;
  depth: number;
}

/** `lines[0].quantity`; empty for the input as a whole. */
export const pathOf = ({ parent, key }: Place): string => {
  if (!parent) return '';
  const outer = pathOf(parent);
  if (typeof key === 'number') return `${outer}[${key}]`;
  return outer ? `${outer}.${key}` : key!;
};

/** What one input may take up. Each check throws INVALID_ARGUMENT. */
export class InputBounds {
  private values = 0;
  private maxValues = MAX_VALUES;

  /** The place of an object or list. */
  enter(parent: Place, key: string | number): Place {
    const at = { parent, key, depth: parent.depth + 1 };
    if (at.depth > MAX_DEPTH)
      throw invalidInput([
        { path: pathOf(at), rule: 'maxDepth', message: `the input is nested deeper than ${MAX_DEPTH}` },
      ]);
    return at;
  }

  keysOf(given: object, at: Place): string[] {
    const keys = Object.keys(given);
    if (keys.length <= MAX_MEMBERS) return keys;
    const path = pathOf(at);
    const message = `${path || 'the input'} must have no more than ${MAX_MEMBERS} members`;
    throw invalidInput([{ path, rule: 'maxMembers', message }]);
  }

  /** Of a list or map: before any of its values is looked at. */
  checkSize(size: number, field: Field | undefined, at: Place): void {
    const { maxSize = MAX_SIZE, maxSizeMessage } = field ?? {};
    if (size > maxSize) {
      const message = maxSizeMessage ?? `${field?.name ?? at.key} must contain no more than ${maxSize} elements`;
      throw invalidInput([{ path: pathOf(at), rule: field?.isMap ? 'mapMaxSize' : 'arrayMaxSize', message }]);
    }
    this.values += size;
    this.maxValues = Math.max(this.maxValues, maxSize);
    if (this.values <= this.maxValues) return;
    const message = `all lists and maps together must contain no more than ${this.maxValues} elements`;
    throw invalidInput([{ path: pathOf(at), rule: 'maxValues', message }]);
  }
}
