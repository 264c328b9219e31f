import { api } from '../api.ts';
import { ERRORS } from '../errors.ts';
import { int16, int32, int64, nullable, string } from '../wire/fields.ts';

export const initProducerId = api({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 5],
  flexible: 2,
  request: {
    transactionalId: nullable(string()),
    transactionTimeoutMs: int32(),
    producerId: int64('3+', -1n),
    producerEpoch: int16('3+', -1),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64('0+', -1n),
    producerEpoch: int16(),
  },
  answer: ({ transactionalId }, { node, refuse }) => {
    if (transactionalId === null) return { producerId: node.newProducerId() };
    refuse('transactions');
    return { errorCode: ERRORS.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, producerEpoch: -1 };
  },
});
