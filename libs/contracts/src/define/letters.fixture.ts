/** A small contract for tests. Its messages and definitions are by hand, of the shape that ts-proto generates: no proto has them. */
import { IsInt } from 'class-validator';
import { type Codec, contract, type Method } from './contract.ts';
import { event } from './event.ts';
import { Id, NestedList, Timestamp } from './fields.ts';
import type { Money } from '../gen/shop/type/v1/money.ts';
import { defineError } from './service-error.ts';

export interface SendLetterRequest {
  senderId: string;
  items: { articleId: string; quantity: number }[];
}
export interface LetterRequest {
  letterId: string;
}
export interface Letter {
  letterId: string;
  note: string;
  grams: number;
  worth?: Money;
}
export interface LetterSent {
  letterId: string;
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
const SendLetterRequest = codec<SendLetterRequest>({ senderId: '', items: [] });
const LetterRequest = codec<LetterRequest>({ letterId: '' });
export const Letter = codec<Letter>({ letterId: '', note: '', grams: 0, worth: undefined });
export const LetterSent = codec<LetterSent>({ letterId: '', senderId: '', sentAt: undefined });

const method = <I, S extends boolean>(
  name: string,
  requestType: Codec<I>,
  responseStream: S,
): Method<I, Letter, S> => ({
  name,
  requestType,
  requestStream: false,
  responseType: Letter,
  responseStream,
});
export const LettersServiceDefinition = {
  fullName: 'letters.v1.LettersService',
  methods: {
    sendLetter: method('SendLetter', SendLetterRequest, false),
    getLetter: method('GetLetter', LetterRequest, false),
    watchLetter: method('WatchLetter', LetterRequest, true),
    printLabel: method('PrintLabel', LetterRequest, false),
  },
};

export class ItemDto {
  @Id() articleId = '';
  @IsInt() quantity = 0;
}
export class SendLetterDto {
  @Id() senderId = '';
  @NestedList(() => ItemDto) items: ItemDto[] = [];
}
export class LetterDto {
  @Id() letterId = '';
}
export class LetterSentDto {
  @Id() letterId = '';
  @Id() senderId = '';
  @Timestamp() sentAt?: Date = undefined;
}

export const LettersContract = contract(LettersServiceDefinition, {
  sendLetter: { input: SendLetterDto, http: 'POST /letters' },
  getLetter: { input: LetterDto, http: 'GET /letters/:letterId' },
  watchLetter: { input: LetterDto, http: 'GET /letters/:letterId/events' },
  printLabel: { input: LetterDto, rabbitmq: { queue: 'letters.print-label', mode: 'command' } },
});
export const letterSent = event('letters.v1.LetterSent', LetterSent, {
  input: LetterSentDto,
  topic: 'letters.v1',
  key: 'letterId',
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
