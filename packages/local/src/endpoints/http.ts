/**
 * What of Fastify's requests and replies is used to adapt fauxqs, which is built on it and does not hand it out.
 */
export interface Request {
  readonly method: string;
  readonly url: string;
  readonly params: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Reply {
  readonly statusCode: number;
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: string): Reply;
}
