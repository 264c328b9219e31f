/** A table (spec 4.2.5.5). Values keep their wire type, so that they are forwarded unchanged. */
export type Table = Map<string, Field>;

/** A value of a table or an array. Type names are RabbitMQ's, as in its error texts. */
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

/** Tags of field types as RabbitMQ and its clients use them; they differ from the spec (errata 3). */
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
