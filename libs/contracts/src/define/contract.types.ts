/** Type tests: each `@ts-expect-error` is a mistake that must not compile. */
import { IsInt, IsString } from 'class-validator';
import { contract } from './contract.ts';
import { event } from './event.ts';
import { Id, NestedList } from './fields.ts';
import { LetterDto, LetterSent, LetterSentDto, LettersServiceDefinition, SendLetterDto } from './letters.fixture.ts';

const sendLetter = { input: SendLetterDto };
const rest = { getLetter: { input: LetterDto }, watchLetter: { input: LetterDto }, printLabel: { input: LetterDto } };

class WithExtraField extends SendLetterDto {
  @IsString() extra?: string = '';
}
class WithoutItems {
  @Id() senderId = '';
}
class ItemWithExtraField {
  @Id() articleId = '';
  @IsInt() quantity = 0;
  @IsString() note?: string = '';
}
class WithNestedExtraField {
  @Id() senderId = '';
  @NestedList(() => ItemWithExtraField) items: ItemWithExtraField[] = [];
}
class IdAsNumber {
  @IsInt() letterId = 0;
}

contract(LettersServiceDefinition, { ...rest, sendLetter });
// @ts-expect-error a field that the message does not have
contract(LettersServiceDefinition, { ...rest, sendLetter: { input: WithExtraField } });
// @ts-expect-error a field that the DTO lacks
contract(LettersServiceDefinition, { ...rest, sendLetter: { input: WithoutItems } });
// @ts-expect-error an optional field, one level down, that the message does not have
contract(LettersServiceDefinition, { ...rest, sendLetter: { input: WithNestedExtraField } });
// @ts-expect-error a field of another type
contract(LettersServiceDefinition, { ...rest, sendLetter, getLetter: { input: IdAsNumber } });
// @ts-expect-error a method that is not bound
contract(LettersServiceDefinition, { sendLetter, getLetter: rest.getLetter, watchLetter: rest.watchLetter });
// @ts-expect-error a binding for a method that the service does not have
contract(LettersServiceDefinition, { ...rest, sendLetter, dropLetter: { input: LetterDto } });
// @ts-expect-error a path parameter that is not a field
contract(LettersServiceDefinition, { ...rest, sendLetter: { input: SendLetterDto, http: 'POST /letters/:id' } });
contract(LettersServiceDefinition, {
  ...rest,
  sendLetter,
  // @ts-expect-error a command that is also a route
  printLabel: { input: LetterDto, http: 'POST /labels', rabbitmq: { queue: 'q', mode: 'command' } },
});

event('t', LetterSent, { input: LetterSentDto, topic: 't', key: 'letterId' });
// @ts-expect-error a key that is not a field
event('t', LetterSent, { input: LetterSentDto, topic: 't', key: 'nope' });
// @ts-expect-error a DTO that does not fit the event
event('t', LetterSent, { input: LetterDto, topic: 't', key: 'letterId' });
