import { HangUp } from '../errors.ts';
import { array, int16, string } from '../wire/fields.ts';
import { Message } from '../wire/message.ts';
import { Reader } from '../wire/reader.ts';

/** The beginning of what a consumer sends as the metadata of its protocols (ConsumerProtocolSubscription). */
const SUBSCRIPTION = new Message({ version: int16(), topics: array(string()) });

/** The topics in the metadata of a consumer; none if it cannot be read. */
export function topicsIn(metadata: Buffer): readonly string[] {
  try {
    return SUBSCRIPTION.at(0).read(new Reader(metadata)).topics;
  } catch (thrown) {
    if (thrown instanceof HangUp) return [];
    throw thrown;
  }
}
