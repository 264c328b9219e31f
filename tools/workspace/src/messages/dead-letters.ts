/** As libs/transport names them, whose files Node alone does not run; dead-letters.spec.ts compares both. */
export const deadLetterQueueOf = (queue: string): string => `${queue}.dead`;
export const deadLetterTopic = (topic: string, group: string): string => `${topic}.${group}.dead`;
