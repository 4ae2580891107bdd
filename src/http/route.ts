import type { z } from 'zod';
import type { RequestHeaders } from '#identity';
import type { Access, Caller } from './caller.ts';

/** One event of a stream (server-sent events). */
export interface StreamEvent {
  readonly id: string;
  readonly data: unknown;
}

/** Bytes as an answer. */
export interface BytesReply {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Bytes as they come, with a status and headers of the handler's choice. */
export interface StreamReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** SHA-256 of a body that comes in parts, where an answer to a site is signed: it is not taken a second time. */
  readonly sha256?: string;
}

/** What a handler is given: parsed, checked, and by whom. */
export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The body as it arrived; empty where the route takes it as a stream. */
  readonly rawBody: Uint8Array;
  /** The body as it arrives, on routes with `bodyAs: 'stream'`; ends with `http.too-large` beyond the route's limit. */
  readonly bodyStream: AsyncIterable<Uint8Array>;
  readonly headers: RequestHeaders;
  readonly caller: Caller;
  /** Aborts when the client goes away or the server closes. */
  readonly signal: AbortSignal;
}

type ReplyOf<Reply> = Reply extends 'bytes'
  ? BytesReply
  : Reply extends 'events'
    ? AsyncIterable<StreamEvent>
    : Reply extends 'stream'
      ? StreamReply
      : Reply extends z.ZodType
        ? z.input<Reply>
        : never;

/** A route: its address, who may use it, its schemas and what it does. */
export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType | 'bytes' | 'events' | 'stream' = z.ZodType | 'bytes' | 'events' | 'stream',
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly reply: Reply;
  readonly bodyLimitBytes?: number;
  /**
   * 'stream': the body is handed over as it arrives and never held. On a route of sites a parameter `sha256` of the address is its
   * digest: the signature is checked by that before anything is read, and the handler holds the body against it.
   */
  readonly bodyAs?: 'stream';
  handle(call: Call<z.output<Params>, z.output<Query>, z.output<Body>>): Promise<ReplyOf<Reply>> | ReplyOf<Reply>;
}

/** A route whose schemas have been checked against its handler. */
export type AnyRoute = Omit<Route, 'handle'> & {
  handle(call: Call<unknown, unknown, unknown>): Promise<unknown> | unknown;
};

/** Declares a route; types of parameters, body and reply follow from its schemas. */
export function route<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Reply extends z.ZodType | 'bytes' | 'events' | 'stream' = z.ZodType,
>(declaration: Route<Params, Query, Body, Reply>): AnyRoute {
  return declaration as unknown as AnyRoute;
}
