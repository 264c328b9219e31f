import { describe, expect, it } from 'vitest';
import { LabelsContract, ParcelsContract, parcelSent } from '@fourfold/testing/parcels';
import { messageOf } from './outgoing-message.ts';

describe('an outgoing message', () => {
  const envelope = { id: 'm-1', metadata: {}, createdAt: new Date(0) };
  it('of an event goes to its topic, by the key of its aggregate', () => {
    expect(messageOf(parcelSent, { parcelId: 'p-1', senderId: 's-1' }, envelope)).toMatchObject({
      kind: 'event',
      type: 'parcels.v1.ParcelSent',
      destination: 'parcels.v1',
      key: 'p-1',
    });
  });
  it('of a command goes to its queue', () => {
    expect(
      messageOf(LabelsContract.printLabel, { parcelId: 'p-1', senderId: 's-1', weight: undefined }, envelope),
    ).toMatchObject({
      kind: 'command',
      destination: 'labels.print-label',
      key: '',
    });
  });
  it('cannot be a call, which has an answer', () => {
    expect(() => messageOf(ParcelsContract.getParcel, { parcelId: 'p' }, envelope)).toThrow(
      'is a call: only commands and events',
    );
  });
});
