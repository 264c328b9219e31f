type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Leaf = string | number | boolean | bigint | Date | Uint8Array;
/** Of maps: `keyof Record<string, …>` lacks the numbers that `keyof { [key: string]: … }` has. */
type SameKeys<D, T> = Same<keyof D | number, keyof T>;
type Present<T> = Exclude<T, undefined>;

/**
 * Whether a DTO has exactly the fields of a message, at every depth, and of the same types.
 * A DTO may require what the message leaves optional: proto3 cannot say `required`, validation can.
 */
export type Exactly<D, T> = [T] extends [Leaf]
  ? Same<D, T>
  : [T] extends [readonly (infer Item)[]]
    ? [D] extends [readonly (infer DtoItem)[]]
      ? Exactly<DtoItem, Item>
      : false
    : number extends keyof T
      ? SameKeys<D, T> extends true
        ? Exactly<D[keyof D], T[keyof T]>
        : false
      : Same<keyof D, keyof T> extends true
        ? false extends { [K in keyof T]-?: Exactly<Present<D[K & keyof D]>, Present<T[K]>> }[keyof T]
          ? false
          : true
        : false;
