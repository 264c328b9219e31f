/** What the specs of single transports say: a call everywhere, a route, a stream, a command, three events of one topic. */
import { Id, Nested, NestedList, Timestamp } from '@fourfold/contracts/fields';
import { contract } from '@fourfold/contracts/contract';
import { event } from '@fourfold/contracts/event';
import { ArrayMaxSize, ArrayMinSize, IsDefined, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import {
  LabelsServiceDefinition,
  ParcelDelivered,
  ParcelLost,
  ParcelSent,
  ParcelsServiceDefinition,
} from './gen/parcels/v1/parcels.ts';

export class ItemDto {
  @Id() articleId = '';
  @IsInt() @Min(1) @Max(1000) quantity = 0;
}
export class SendParcelDto {
  @Id() senderId = '';
  @NestedList(() => ItemDto) @ArrayMinSize(1) @ArrayMaxSize(100) items: ItemDto[] = [];
}
export class GetParcelDto {
  @Id() parcelId = '';
}
export class WatchParcelDto {
  @Id() parcelId = '';
}

export const ParcelsContract = contract(ParcelsServiceDefinition, {
  sendParcel: {
    input: SendParcelDto,
    http: 'POST /parcels',
    rabbitmq: { queue: 'parcels.send-parcel' },
    kafka: { topic: 'parcels.v1.in' },
  },
  getParcel: { input: GetParcelDto, http: 'GET /parcels/:parcelId' },
  watchParcel: { input: WatchParcelDto, http: 'GET /parcels/:parcelId/events' },
});

export class WeightDto {
  @IsString() @MaxLength(8) unit = '';
  @IsInt() @Min(0) amount = 0;
}
export class PrintLabelDto {
  @Id() parcelId = '';
  @Id() senderId = '';
  @IsDefined() @Nested(() => WeightDto) weight!: WeightDto;
}
export class GetLabelDto {
  @Id() parcelId = '';
}

export const LabelsContract = contract(LabelsServiceDefinition, {
  printLabel: { input: PrintLabelDto, rabbitmq: { queue: 'labels.print-label', mode: 'command' } },
  getLabel: { input: GetLabelDto, http: 'GET /labels/:parcelId' },
});

export class ParcelSentDto {
  @Id() parcelId = '';
  @Id() senderId = '';
  @IsDefined() @Timestamp() sentAt!: Date;
}
export class ParcelDeliveredDto {
  @Id() parcelId = '';
  @Id() senderId = '';
}
export class ParcelLostDto {
  @Id() parcelId = '';
  @Id() senderId = '';
  @IsString() @MaxLength(200) reason = '';
}

const topic = 'parcels.v1';
export const parcelSent = event('parcels.v1.ParcelSent', ParcelSent, { input: ParcelSentDto, topic, key: 'parcelId' });
export const parcelDelivered = event('parcels.v1.ParcelDelivered', ParcelDelivered, {
  input: ParcelDeliveredDto,
  topic,
  key: 'parcelId',
});
export const parcelLost = event('parcels.v1.ParcelLost', ParcelLost, { input: ParcelLostDto, topic, key: 'parcelId' });
