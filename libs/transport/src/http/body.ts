import { ServiceError } from '@fourfold/contracts/service-error';

interface HttpRequest {
  headers: Record<string, string | string[] | undefined>;
  body?: unknown;
}

/** The parsed JSON body, `{}` when there is none; a body of another media type is a 415. */
export const expectJson = ({ headers, body }: HttpRequest): unknown => {
  const type = String(headers['content-type'] ?? '');
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody) return {};
  if (!/^application\/(json|[\w.-]+\+json)\b/i.test(type))
    throw new ServiceError('INVALID_ARGUMENT', 'UNSUPPORTED_MEDIA_TYPE', 'the body must be application/json', {
      httpStatus: 415,
    });
  return body;
};
