/** The queue of the messages of `queue` that could not be handled. */
export const deadLetterQueueOf = (queue: string): string => `${queue}.dead`;

/** The topic of the messages of `topic` that a consumer group could not handle. */
export const deadLetterTopicOf = (topic: string, group: string): string => `${topic}.${group}.dead`;

/** The queue of the messages of `queue` that are tried again later. */
export const retryQueueOf = (queue: string): string => `${queue}.retry`;

/** The topic of the messages of `topic` that a consumer group tries again later. */
export const retryTopicOf = (topic: string, group: string): string => `${topic}.${group}.retry`;
