import { api } from '../api.ts';
import { attempt, codeOf, messageOf } from '../errors.ts';
import { array, int16, int32, NO_ID, nullable, string, uuid } from '../wire/fields.ts';

/** The first version that may give topics by their ids. */
const BY_ID = 6;

export const deleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexible: 4,
  request: {
    topics: array('6+', { name: nullable(string()), topicId: uuid() }),
    topicNames: array('0-5', string()),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: array({
      name: nullable('6+', string()),
      topicId: uuid('6+'),
      errorCode: int16(),
      errorMessage: nullable(string('5+')),
    }),
  },
  answer: ({ topics, topicNames }, { version, node }) => {
    const wanted = version >= BY_ID ? topics : topicNames.map((name) => ({ name, topicId: NO_ID }));
    return {
      responses: wanted.map(({ name: given, topicId }) => {
        let name = given;
        let id = topicId;
        const deleted = attempt(() => {
          name ??= node.topics.nameOf(topicId);
          id = node.topics.delete(name).id;
          node.groups.forgetTopic(name);
        });
        return { name, topicId: id, errorCode: codeOf(deleted), errorMessage: messageOf(deleted) };
      }),
    };
  },
});
