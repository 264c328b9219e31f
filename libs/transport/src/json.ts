/** Input that its transport could not read: refused as INVALID_ARGUMENT in the pipeline, like any other bad input. */
export class Malformed {
  constructor(readonly reason: string) {}
}

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return new Malformed('the body is not JSON');
  }
};
