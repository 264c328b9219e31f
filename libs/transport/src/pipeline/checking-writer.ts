import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** Takes a message field by field and writes nothing: throws over what protobuf, or a JavaScript number, cannot hold. */
export class CheckingWriter extends BinaryWriter {
  override fork = (): this => this;
  override join = (): this => this;
  override uint32 = (value: number): this => this.checked(value, 0, 2 ** 32 - 1);
  override fixed32 = (value: number): this => this.checked(value, 0, 2 ** 32 - 1);
  override int32 = (value: number): this => this.checked(value, -(2 ** 31), 2 ** 31 - 1);
  override sint32 = (value: number): this => this.checked(value, -(2 ** 31), 2 ** 31 - 1);
  override sfixed32 = (value: number): this => this.checked(value, -(2 ** 31), 2 ** 31 - 1);
  override int64 = (value: string | number | bigint): this => this.checked(value, -LARGEST, LARGEST);
  override sint64 = (value: string | number | bigint): this => this.checked(value, -LARGEST, LARGEST);
  override sfixed64 = (value: string | number | bigint): this => this.checked(value, -LARGEST, LARGEST);
  override uint64 = (value: string | number | bigint): this => this.checked(value, 0, LARGEST);
  override fixed64 = (value: string | number | bigint): this => this.checked(value, 0, LARGEST);
  override bool = (): this => this;
  override double = (): this => this;
  override string = (): this => this;

  override float(value: number): this {
    if (Number.isFinite(value) && Math.abs(value) > LARGEST_FLOAT) throw new TypeError(`${value} is not a float`);
    return this;
  }

  override bytes(value: Uint8Array): this {
    if (!(value instanceof Uint8Array)) throw new TypeError(`${String(value)} is not a byte array`);
    return this;
  }

  private checked(value: string | number | bigint, least: number, largest: number): this {
    const number = Number(value);
    if (!Number.isInteger(number) || number < least || number > largest)
      throw new TypeError(`${value} is not an integer within ${least} and ${largest}`);
    return this;
  }
}

const LARGEST = Number.MAX_SAFE_INTEGER;
const LARGEST_FLOAT = 3.402_823_466_385_288_6e38;
