import { ListOf } from '@fourfold/contracts/collections';
import { IsBoolean, IsInt, IsOptional, IsString } from 'class-validator';
import { expect, it } from 'vitest';
import { parseField } from './parse-field.ts';

class SearchDto {
  @IsInt() pageSize = 0;
  @IsBoolean() isOpen = false;
  @IsString() text = '';
  @ListOf(IsInt()) ids: number[] = [];
  @IsInt() @IsOptional() limit?: number = undefined;
}

it.each([
  [
    { pageSize: '5', limit: '1e1' },
    { pageSize: 5, limit: 10 },
  ],
  [
    { page_size: '5', is_open: 'true' },
    { page_size: 5, is_open: true },
  ], // the original names
  [{ pageSize: '0x10' }, { pageSize: '0x10' }],
  [{ pageSize: ' 5' }, { pageSize: ' 5' }],
  [{ pageSize: '' }, { pageSize: '' }],
  [{ isOpen: 'yes' }, { isOpen: 'yes' }],
  [
    { text: '5', ids: '7' },
    { text: '5', ids: ['7'] },
  ],
  [{ unknown: '5' }, { unknown: '5' }],
])('of the text %j is what its field is: %j', (given, parsed) => {
  const fields = Object.entries(given).map(([name, text]) => [name, parseField(SearchDto, name, text)]);
  expect(Object.fromEntries(fields)).toEqual(parsed);
});
