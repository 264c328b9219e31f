/** What the suite's service says: every kind of field, and every kind of operation. */
import {
  Bytes,
  EnumOf,
  Float,
  Float32,
  Id,
  Int32,
  Nested,
  NestedList,
  OneOf,
  Timestamp,
  Uint32,
  Uint64,
} from '@fourfold/contracts/fields';
import { Int32MapOf, ListOf, MapOf } from '@fourfold/contracts/collections';
import { type Bindings, contract } from '@fourfold/contracts/contract';
import { event } from '@fourfold/contracts/event';
import { defineError } from '@fourfold/contracts/service-error';
import { ArrayMaxSize, IsBoolean, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { clientOf } from '../src/client.ts';
import {
  ConformanceServiceDefinition,
  EchoRequest_Color,
  echoRequest_ColorFromJSON,
  JobPosted,
} from './gen/conformance/v1/conformance.ts';

export class ScrewDto {
  @IsString() @MaxLength(20) name = '';
  @IsInt() count = 0;
}
export class PartDto {
  @IsString() @MaxLength(20) name = '';
  @IsInt() count = 0;
  @Nested(() => ScrewDto) @IsOptional() screw?: ScrewDto = undefined;
}
export class EchoDto {
  @Float() doubleValue = 0;
  @Float32() floatValue = 0;
  @Int32() int32Value = 0;
  @IsInt() int64Value = 0;
  @Uint32() uint32Value = 0;
  @Uint64() uint64Value = 0;
  @Int32() sint32Value = 0;
  @IsInt() sint64Value = 0;
  @Uint32() fixed32Value = 0;
  @Uint64() fixed64Value = 0;
  @Int32() sfixed32Value = 0;
  @IsInt() sfixed64Value = 0;
  @IsBoolean() boolValue = false;
  @IsString() stringValue = '';
  @Bytes() bytesValue: Buffer = Buffer.alloc(0);
  @EnumOf(EchoRequest_Color, echoRequest_ColorFromJSON) color: EchoRequest_Color = 'UNSPECIFIED';
  @Timestamp() @IsOptional() time?: Date = undefined;
  @Nested(() => PartDto) @IsOptional() part?: PartDto = undefined;
  @ListOf(Float()) doubles: number[] = [];
  @ListOf(IsInt()) integers: number[] = [];
  @ListOf(IsString()) strings: string[] = [];
  @ListOf(Bytes()) blobs: Buffer[] = [];
  @ListOf(EnumOf(EchoRequest_Color, echoRequest_ColorFromJSON)) colors: EchoRequest_Color[] = [];
  @ListOf(Timestamp()) @ArrayMaxSize(100) times: Date[] = [];
  @NestedList(() => PartDto) parts: PartDto[] = [];
  @MapOf(IsString()) labels: Record<string, string> = {};
  @MapOf(Nested(() => PartDto)) partsByName: Record<string, PartDto> = {};
  @Int32MapOf(IsString()) namesByNumber: Record<number, string> = {};
  @MapOf(IsInt()) counts: Record<string, number> = {};
  @OneOf('choiceNumber', 'choicePart') @IsString() choiceText?: string = undefined;
  @OneOf('choiceText', 'choicePart') @IsInt() choiceNumber?: number = undefined;
  @OneOf('choiceText', 'choiceNumber') @Nested(() => PartDto) choicePart?: PartDto = undefined;
  @IsString() @IsOptional() optionalText?: string = undefined;
  @Int32() @IsOptional() optionalNumber?: number = undefined;
  @IsBoolean() @IsOptional() optionalFlag?: boolean = undefined;
}
export class FailDto {
  @IsString() how = '';
}
export class WaitDto {
  @Id() name = '';
}
export class CountDto {
  @IsInt() @Min(0) @Max(10_000) to = 0;
  @IsBoolean() fails = false;
}
export class JobDto {
  @Id() subject = '';
  @Int32() @Min(1) number = 0;
}

export const ConformanceContract = contract(ConformanceServiceDefinition, {
  echo: {
    input: EchoDto,
    http: 'POST /echo',
    rabbitmq: { queue: 'conformance.echo' },
    kafka: { topic: 'conformance.v1.in' },
    tcp: true,
  } satisfies Required<Omit<Bindings, 'grpc' | 'idempotent' | 'idempotencyKey'>>, // over every transport
  fail: { input: FailDto, http: 'POST /fail', rabbitmq: { queue: 'conformance.fail' }, tcp: true },
  wait: { input: WaitDto, http: 'POST /wait', rabbitmq: { queue: 'conformance.wait' }, tcp: true },
  count: { input: CountDto, http: 'GET /count/:to', tcp: true },
  doJob: { input: JobDto, rabbitmq: { queue: 'conformance.do-job', mode: 'command' } },
});
export abstract class ConformanceClient extends clientOf(ConformanceContract) {}

export const jobPosted = event('conformance.v1.JobPosted', JobPosted, {
  input: JobDto,
  topic: 'conformance.v1',
  key: 'subject',
});

/** An error with everything that one can carry. */
export const brokenPart = defineError<{ part: string }>(
  'FAILED_PRECONDITION',
  'BROKEN_PART',
  ({ part }) => ({
    message: `${part} is broken: 100 %, “ganz” и полностью 🙂`,
    metadata: { part, empty: '', unicode: 'größer 🙂' },
    violations: [{ path: 'parts[0].name', rule: 'isWhole', message: 'parts[0].name must be whole, not “kaputt”' }],
  }),
  { httpStatus: 409 },
);
