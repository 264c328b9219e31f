/** Type tests: each `@ts-expect-error` is a mistake that must not compile. */
import type { Observable } from 'rxjs';
import { clientOf, oneWayClientOf } from '../client.ts';
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import {
  GetParcelDto,
  LabelsContract,
  parcelSent,
  ParcelSentDto,
  ParcelsContract,
  PrintLabelDto,
  SendParcelDto,
  WatchParcelDto,
} from '@fourfold/testing/parcels';
import { Implements } from './implements.ts';
import { On } from './on.ts';

declare const parcel: Parcel;
declare const stream: Observable<Parcel>;

export class Whole {
  sendParcel(_: SendParcelDto): Parcel {
    return parcel;
  }
  async getParcel(_: GetParcelDto): Promise<Parcel> {
    return parcel;
  }
  watchParcel(_: WatchParcelDto): Observable<Parcel> {
    return stream;
  }
}
Implements(ParcelsContract)(Whole);

class WithoutHandler {
  sendParcel = (_: SendParcelDto): Parcel => parcel;
  getParcel = (_: GetParcelDto): Parcel => parcel;
}
// @ts-expect-error an operation without a handler
Implements(ParcelsContract)(WithoutHandler);

class WrongReply extends WithoutHandler {
  watchParcel = (_: WatchParcelDto): Parcel => parcel;
}
// @ts-expect-error a stream that answers once
Implements(ParcelsContract)(WrongReply);

class WrongInput {
  sendParcel = (_: { senderId: number }): Parcel => parcel;
  getParcel = (_: GetParcelDto): Parcel => parcel;
  watchParcel = (_: WatchParcelDto): Observable<Parcel> => stream;
}
// @ts-expect-error a handler that wants another input
Implements(ParcelsContract)(WrongInput);

class AnswersCommand {
  printLabel = (_: PrintLabelDto): number => 1;
  getLabel = async (): Promise<never> => undefined as never;
}
// @ts-expect-error a command that answers
Implements(LabelsContract)(AnswersCommand);

export class Subscriber {
  @On(parcelSent)
  fits(_: ParcelSentDto): void {}

  // @ts-expect-error another event's input
  @On(parcelSent)
  doesNotFit(_: PrintLabelDto): void {}
}

abstract class ParcelsClient extends clientOf(ParcelsContract) {}
abstract class LabelsClient extends clientOf(LabelsContract) {}
abstract class ParcelsIntake extends oneWayClientOf(ParcelsContract) {}

export const uses = async (parcels: ParcelsClient, labels: LabelsClient): Promise<void> => {
  const answered: Parcel = await parcels.getParcel({ parcelId: 'p' });
  const watched: Observable<Parcel> = parcels.watchParcel({ parcelId: answered.parcelId });
  // @ts-expect-error a field that the message does not have
  await parcels.getParcel({ id: 'p' });
  // @ts-expect-error an operation that the service does not have
  await parcels.dropParcel({ parcelId: 'p' });
  // @ts-expect-error a command answers nothing
  const answer: Parcel = await labels.printLabel({ parcelId: 'p', senderId: 'c', weight: undefined });
  void [watched, answer];
};

export const handsIn = async (intake: ParcelsIntake): Promise<void> => {
  await intake.sendParcel({ senderId: 's', items: [] });
  // @ts-expect-error Kafka answers nothing
  const answer: Parcel = await intake.sendParcel({ senderId: 's', items: [] });
  // @ts-expect-error an operation that Kafka does not take
  await intake.getParcel({ parcelId: 'p' });
  void answer;
};
