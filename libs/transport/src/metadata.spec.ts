import { PROPAGATED } from '@fourfold/contracts/metadata';
import { afterEach, describe, expect, it } from 'vitest';
import { propagate, received, traceIdOf } from './metadata.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const NEW_TRACE = /^00-[\da-f]{32}-[\da-f]{16}-01$/;

describe('a traceparent (W3C Trace Context)', () => {
  it.each([
    ['sampled', `00-${TRACE}-${SPAN}-01`, '01'],
    ['not sampled', `00-${TRACE}-${SPAN}-00`, '00'],
    ['with a flag of the future, which is not ours to set', `00-${TRACE}-${SPAN}-ff`, '01'],
    ['with a flag of the future alone', `00-${TRACE}-${SPAN}-02`, '00'],
    ['of a later version', `01-${TRACE}-${SPAN}-01`, '01'],
    ['of a later version with more fields', `cc-${TRACE}-${SPAN}-00-what-comes-later`, '00'],
  ])('%s continues its trace in a new span, as version 00', (_, traceparent, flags) => {
    const next = propagate({ traceparent })['traceparent']!;
    expect(next).toMatch(new RegExp(`^00-${TRACE}-[\\da-f]{16}-${flags}$`));
    expect(next).not.toContain(SPAN);
    expect(traceIdOf({ traceparent })).toBe(TRACE);
  });

  it.each([
    ['is absent', undefined],
    ['is empty', ''],
    ['has an invalid version', `ff-${TRACE}-${SPAN}-01`],
    ['has a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['has a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['has more fields than version 00', `00-${TRACE}-${SPAN}-01-more`],
    ['has more of a later version, without a dash', `01-${TRACE}-${SPAN}-01more`],
    ['is in upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['is too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['came twice', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ])('that %s starts a new trace, and its tracestate is dropped', (_, traceparent) => {
    const incoming = { ...(traceparent !== undefined && { traceparent }), tracestate: 'a=1', baggage: 'b=2' };
    const next = propagate(incoming);
    expect(next).toEqual({ traceparent: expect.stringMatching(NEW_TRACE), baggage: 'b=2' });
    expect(next['traceparent']).not.toContain(TRACE);
    expect(traceIdOf(incoming)).toBeUndefined();
  });
});

it('gives each message an id of its own', () => {
  const ids = Array.from({ length: 2000 }, () => propagate()['traceparent']!);
  expect(new Set(ids.map((traceparent) => traceparent.slice(3, 35))).size).toBe(ids.length);
  expect(new Set(ids.map((traceparent) => traceparent.slice(36, 52))).size).toBe(ids.length);
  for (const traceparent of ids) expect(traceparent).toMatch(NEW_TRACE);
});

describe('metadata', () => {
  afterEach(() => void PROPAGATED.delete('tenant'));
  const traceparent = `00-${TRACE}-${SPAN}-01`;

  it('are all seen by the handler', () => {
    expect(received({ traceparent, tracestate: 'a=1', foreign: 'x' })).toEqual({
      traceparent: expect.stringContaining(TRACE),
      tracestate: 'a=1',
      foreign: 'x',
    });
  });
  it('travel on by the known names alone', () => {
    const incoming = { traceparent, tracestate: 'a=1', baggage: 'b=2', tenant: 'acme', authorization: 'secret' };
    expect(Object.keys(propagate(incoming)).toSorted()).toEqual(['baggage', 'traceparent', 'tracestate']);
    PROPAGATED.add('tenant');
    expect(propagate(incoming)).toMatchObject({ tenant: 'acme', tracestate: 'a=1', baggage: 'b=2' });
  });
  it('are added to, and replaced, by what the caller says', () => {
    PROPAGATED.add('tenant');
    expect(propagate({ tenant: 'acme' }, { tenant: 'other', note: 'n' })).toMatchObject({ tenant: 'other', note: 'n' });
  });
  it.each(['größe', 'line\nbreak', ' padded', 'x'.repeat(8193), ''])(
    'that no wire could carry do not travel on: %j',
    (tenant) => {
      PROPAGATED.add('tenant');
      expect(propagate({ tenant })).not.toHaveProperty('tenant');
    },
  );
  it.each([
    ['Tenant', 'acme'],
    ['tenant id', 'acme'],
    ['tenant', 'größe'],
  ])('that no wire could carry are refused: %s: %s', (name, value) => {
    expect(() => propagate({}, { [name]: value })).toThrow(`metadata ${name}`);
  });
});
