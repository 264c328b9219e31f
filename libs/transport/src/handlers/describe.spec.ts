import { type CanActivate, Controller, Get, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { of } from 'rxjs';
import { expect, it } from 'vitest';
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import {
  GetParcelDto,
  parcelSent,
  ParcelSentDto,
  ParcelsContract,
  SendParcelDto,
  WatchParcelDto,
} from '@fourfold/testing/parcels';
import { Implements } from './implements.ts';
import { Input } from './input.ts';
import { contractsOf, describeMounts } from './describe.ts';
import { On } from './on.ts';

class SendersGuard implements CanActivate {
  canActivate = () => true;
}
const parcel: Parcel = { parcelId: '', senderId: '', status: 'SENT', items: [] };

@Implements(ParcelsContract)
class ParcelsController {
  @UseGuards(SendersGuard)
  sendParcel(@Input() _: SendParcelDto) {
    return parcel;
  }
  getParcel(@Input() _: GetParcelDto) {
    return parcel;
  }
  watchParcel(@Input() _: WatchParcelDto) {
    return of(parcel);
  }
}
@Controller('v1')
class OtherController {
  @On(parcelSent)
  parcelSent(@Input() _: ParcelSentDto) {}
  @Get('plain/:id')
  plain() {}
}
@Module({ controllers: [ParcelsController, OtherController] })
class AppModule {}

it('says what is mounted where, with its guards', async () => {
  const app = await NestFactory.create(AppModule, { logger: false });
  const type = 'parcels.v1.ParcelsService';
  expect(describeMounts(app).sort()).toEqual([
    `grpc ${type}/GetParcel -> ParcelsController.getParcel`,
    `grpc ${type}/SendParcel -> ParcelsController.sendParcel [SendersGuard]`,
    `grpc ${type}/WatchParcel -> ParcelsController.watchParcel`,
    'http GET /parcels/:parcelId -> ParcelsController.getParcel',
    'http GET /parcels/:parcelId/events -> ParcelsController.watchParcel',
    'http GET /v1/plain/:id -> OtherController.plain',
    'http POST /parcels -> ParcelsController.sendParcel [SendersGuard]',
    'kafka parcels.v1 (parcels.v1.ParcelSent) -> OtherController.parcelSent',
    `kafka parcels.v1.in (${type}/SendParcel) -> ParcelsController.sendParcel [SendersGuard]`,
    `rabbitmq parcels.send-parcel (${type}/SendParcel) -> ParcelsController.sendParcel [SendersGuard]`,
  ]);
  expect(contractsOf(app)).toEqual([ParcelsContract]);
  await app.close();
});
