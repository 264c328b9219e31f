/** A table (spec 4.2.5.5). Its values keep their wire type, so that what is only passed on comes out as it came in. */
export type Table = Map<string, Field>;

/** A value of a table or an array, by RabbitMQ's names of the types, which its error texts show. */
export type Field =
  | { type: 'bool'; value: boolean }
  | { type: IntegerType | 'float' | 'double'; value: number }
  | { type: 'long' | 'timestamp'; value: bigint }
  | { type: 'decimal' | 'binary'; value: Buffer }
  | { type: 'longstr'; value: string | Buffer }
  | { type: 'array'; value: Field[] }
  | { type: 'table'; value: Table }
  | { type: 'void'; value: undefined };

type IntegerType = 'byte' | 'unsignedbyte' | 'short' | 'unsignedshort' | 'signedint' | 'unsignedint';

/** Tags of fields as RabbitMQ and its clients use them, which is not quite as the spec has it (errata 3). */
export const TAGS = {
  bool: 't',
  byte: 'b',
  unsignedbyte: 'B',
  short: 's',
  unsignedshort: 'u',
  signedint: 'I',
  unsignedint: 'i',
  long: 'l',
  float: 'f',
  double: 'd',
  decimal: 'D',
  longstr: 'S',
  binary: 'x',
  array: 'A',
  table: 'F',
  timestamp: 'T',
  void: 'V',
} as const satisfies Record<Field['type'], string>;

export const TYPES: Record<string, Field['type']> = {
  ...Object.fromEntries(Object.entries(TAGS).map(([type, tag]) => [tag, type])),
  L: 'long',
};

export const longstr = (value: string | Buffer): Field => ({ type: 'longstr', value });
export const bool = (value: boolean): Field => ({ type: 'bool', value });
export const long = (value: number): Field => ({ type: 'long', value: BigInt(value) });
