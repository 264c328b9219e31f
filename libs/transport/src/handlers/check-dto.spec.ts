import { IsInt, IsString } from 'class-validator';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { checkDto } from './check-dto.ts';
import { Item, type Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import { GetParcelDto, ParcelsContract, SendParcelDto, WatchParcelDto } from '@fourfold/testing/parcels';
import { Implements } from './implements.ts';
import { Input } from './input.ts';

describe('a DTO is refused at start', () => {
  it('if a field has no decorator: validation would drop it silently', () => {
    class ItemDto {
      @IsString() articleId = '';
      quantity = 0;
    }
    expect(() => checkDto(ItemDto, Item)).toThrow('ItemDto.quantity has no class-validator decorator');
  });
  it('if a field does not start with the proto3 default', () => {
    class ItemDto {
      @IsString() articleId = '';
      @IsInt() quantity = 1;
    }
    expect(() => checkDto(ItemDto, Item)).toThrow('ItemDto.quantity must start as 0');
  });
});

it('refuses a handler without @Input(), by its name', () => {
  const answer: Parcel = { parcelId: '', senderId: '', status: 'SENT', items: [] };
  class Parcels {
    sendParcel(@Input() _: SendParcelDto) {
      return answer;
    }
    getParcel(_: GetParcelDto) {
      return answer;
    }
    watchParcel(@Input() _: WatchParcelDto) {
      return of(answer);
    }
  }
  expect(() => Implements(ParcelsContract)(Parcels)).toThrow('Parcels.getParcel() has no @Input() parameter');
});
