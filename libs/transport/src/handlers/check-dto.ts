import { isDeepStrictEqual } from 'node:util';
import type { Codec, Dto } from '@fourfold/contracts/contract';
import { getMetadataStorage } from 'class-validator';

/**
 * Refuses, at start, a DTO that would validate less than it seems to: a field without a decorator (the whitelist strips it),
 * or one that does not start with its message's proto3 default (`{}` would then fail otherwise as JSON than as protobuf).
 */
export const checkDto = (dto: Dto, message: Codec<any>): void => {
  const decorated = new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(dto, '', false, false)
      .map(({ propertyName }) => propertyName),
  );
  const initial = new dto() as Record<string, unknown>;
  for (const [field, standard] of Object.entries(message.fromPartial({}))) {
    if (!decorated.has(field)) throw new TypeError(`${dto.name}.${field} has no class-validator decorator`);
    if (!isDeepStrictEqual(initial[field], standard))
      throw new TypeError(`${dto.name}.${field} must start as ${JSON.stringify(standard) ?? 'undefined'}`);
  }
};
