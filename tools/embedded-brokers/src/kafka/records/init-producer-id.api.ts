import { type Api, NO_THROTTLE } from '../api.ts';
import { ERRORS } from '../errors.ts';
import { Writer } from '../wire/writer.ts';

/*
  InitProducerId Request (Version: 0-1) => transactional_id transaction_timeout_ms
    transactional_id => NULLABLE_STRING
    transaction_timeout_ms => INT32

  InitProducerId Response (Version: 0-1) => throttle_time_ms error_code producer_id producer_epoch
    throttle_time_ms => INT32
    error_code => INT16
    producer_id => INT64
    producer_epoch => INT16
*/
export const initProducerId: Api = {
  key: 22,
  name: 'InitProducerId',
  versions: [0, 1],
  answer: (request, { node, refuse }) => {
    const answer = new Writer().int32(NO_THROTTLE);
    if (request.nullableString() === null) return answer.int16(ERRORS.NONE).int64(node.newProducerId()).int16(0);
    refuse('transactions');
    return answer.int16(ERRORS.UNSUPPORTED_VERSION).int64(-1n).int16(-1);
  },
};
