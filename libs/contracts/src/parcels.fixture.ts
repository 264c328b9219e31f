/** A small contract for tests. Its messages and definitions are by hand, of the shape that ts-proto generates: no proto has them. */
import { IsInt } from 'class-validator';
import { type Codec, contract, type Method } from './contract.ts';
import { event } from './event.ts';
import { Id, NestedList, Timestamp } from './fields.ts';
import type { Money } from './gen/shop/type/v1/money.ts';
import { defineError } from './service-error.ts';

export interface SendParcelRequest {
  senderId: string;
  items: { articleId: string; quantity: number }[];
}
export interface ParcelRequest {
  parcelId: string;
}
export interface Parcel {
  parcelId: string;
  note: string;
  grams: number;
  worth?: Money;
}
export interface ParcelSent {
  parcelId: string;
  senderId: string;
  sentAt?: Date;
}

/** With the fields of `defaults` and no others, as JSON in place of protobuf. */
const codec = <T extends object>(defaults: { [K in keyof Required<T>]: T[K] | undefined }): Codec<T> => {
  const fromPartial = (partial: object) =>
    Object.fromEntries(
      Object.entries(defaults).map(([field, value]) => [field, (partial as Record<string, unknown>)[field] ?? value]),
    ) as T;
  return {
    encode: (message) => ({ finish: () => Buffer.from(JSON.stringify(message)) }),
    decode: (bytes) => fromPartial(JSON.parse(Buffer.from(bytes).toString())),
    fromJSON: (json) => fromPartial(json as object),
    fromPartial,
  };
};
const SendParcelRequest = codec<SendParcelRequest>({ senderId: '', items: [] });
const ParcelRequest = codec<ParcelRequest>({ parcelId: '' });
export const Parcel = codec<Parcel>({ parcelId: '', note: '', grams: 0, worth: undefined });
export const ParcelSent = codec<ParcelSent>({ parcelId: '', senderId: '', sentAt: undefined });

const method = <I, S extends boolean>(
  name: string,
  requestType: Codec<I>,
  responseStream: S,
): Method<I, Parcel, S> => ({
  name,
  requestType,
  requestStream: false,
  responseType: Parcel,
  responseStream,
});
export const ParcelsServiceDefinition = {
  fullName: 'parcels.v1.ParcelsService',
  methods: {
    sendParcel: method('SendParcel', SendParcelRequest, false),
    getParcel: method('GetParcel', ParcelRequest, false),
    watchParcel: method('WatchParcel', ParcelRequest, true),
    printLabel: method('PrintLabel', ParcelRequest, false),
  },
};

export class ItemDto {
  @Id() articleId = '';
  @IsInt() quantity = 0;
}
export class SendParcelDto {
  @Id() senderId = '';
  @NestedList(() => ItemDto) items: ItemDto[] = [];
}
export class ParcelDto {
  @Id() parcelId = '';
}
export class ParcelSentDto {
  @Id() parcelId = '';
  @Id() senderId = '';
  @Timestamp() sentAt?: Date = undefined;
}

export const ParcelsContract = contract(ParcelsServiceDefinition, {
  sendParcel: { input: SendParcelDto, http: 'POST /parcels' },
  getParcel: { input: ParcelDto, http: 'GET /parcels/:parcelId' },
  watchParcel: { input: ParcelDto, http: 'GET /parcels/:parcelId/events' },
  printLabel: { input: ParcelDto, rabbitmq: { queue: 'parcels.print-label', mode: 'command' } },
});
export const parcelSent = event('parcels.v1.ParcelSent', ParcelSent, {
  input: ParcelSentDto,
  topic: 'parcels.v1',
  key: 'parcelId',
});

export const tooHeavy = defineError<{ grams: number }>(
  'FAILED_PRECONDITION',
  'TOO_HEAVY',
  ({ grams }) => ({ message: `${grams} g are too heavy`, metadata: { grams: String(grams) } }),
  { httpStatus: 409 },
);
/** `index` counts from 0. */
export const unknownArticle = defineError<{ index: number }>('INVALID_ARGUMENT', 'UNKNOWN_ARTICLE', ({ index }) => ({
  message: 'there is no such article',
  violations: [{ path: `items[${index}].articleId`, rule: 'knownArticle', message: 'there is no such article' }],
}));
