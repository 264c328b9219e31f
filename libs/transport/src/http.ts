import type { ClientTransport } from './client.ts';

/** Calls over HTTP; `origin` without a path: `http://127.0.0.1:3001`. */
export const httpClient = async (origin: string): Promise<ClientTransport> => {
  const { HttpClient } = await import('./http/client.ts');
  return new HttpClient(origin);
};
