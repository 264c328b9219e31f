/** Type tests: each `@ts-expect-error` is a mistake that must not compile. */
import { IsInt, IsString } from 'class-validator';
import { contract } from './contract.ts';
import { event } from './event.ts';
import { Id, NestedList } from './fields.ts';
import { ParcelDto, ParcelSent, ParcelSentDto, ParcelsServiceDefinition, SendParcelDto } from './parcels.fixture.ts';

const sendParcel = { input: SendParcelDto };
const rest = { getParcel: { input: ParcelDto }, watchParcel: { input: ParcelDto }, printLabel: { input: ParcelDto } };

class WithExtraField extends SendParcelDto {
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
  @IsInt() parcelId = 0;
}

contract(ParcelsServiceDefinition, { ...rest, sendParcel });
// @ts-expect-error a field that the message does not have
contract(ParcelsServiceDefinition, { ...rest, sendParcel: { input: WithExtraField } });
// @ts-expect-error a field that the DTO lacks
contract(ParcelsServiceDefinition, { ...rest, sendParcel: { input: WithoutItems } });
// @ts-expect-error an optional field, one level down, that the message does not have
contract(ParcelsServiceDefinition, { ...rest, sendParcel: { input: WithNestedExtraField } });
// @ts-expect-error a field of another type
contract(ParcelsServiceDefinition, { ...rest, sendParcel, getParcel: { input: IdAsNumber } });
// @ts-expect-error a method that is not bound
contract(ParcelsServiceDefinition, { sendParcel, getParcel: rest.getParcel, watchParcel: rest.watchParcel });
// @ts-expect-error a binding for a method that the service does not have
contract(ParcelsServiceDefinition, { ...rest, sendParcel, dropParcel: { input: ParcelDto } });
// @ts-expect-error a path parameter that is no field
contract(ParcelsServiceDefinition, { ...rest, sendParcel: { input: SendParcelDto, http: 'POST /parcels/:id' } });
contract(ParcelsServiceDefinition, {
  ...rest,
  sendParcel,
  // @ts-expect-error a command that is also a route
  printLabel: { input: ParcelDto, http: 'POST /labels', rabbitmq: { queue: 'q', mode: 'command' } },
});

event('t', ParcelSent, { input: ParcelSentDto, topic: 't', key: 'parcelId' });
// @ts-expect-error a key that is no field
event('t', ParcelSent, { input: ParcelSentDto, topic: 't', key: 'nope' });
// @ts-expect-error a DTO that does not fit the event
event('t', ParcelSent, { input: ParcelDto, topic: 't', key: 'parcelId' });
