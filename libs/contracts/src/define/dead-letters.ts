/** The queue of the messages of `queue` that could not be handled. */
export const deadLetterQueueOf = (queue: string): string => `${queue}.dead`;

/** The topic of the messages of `topic` that a consumer group could not handle. */
export const deadLetterTopicOf = (topic: string, group: string): string => `${topic}.${group}.dead`;
