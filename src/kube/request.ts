/** One request; `path` as made by `resource.ts`, without a query. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default application/json. */
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For each attempt; default the client's. */
  readonly timeoutMs?: number | undefined;
  /** How often a 429 or 503 with Retry-After is waited for; default 4 for idempotent requests, else 0. */
  readonly retries?: number | undefined;
}

/** An answer with status 2xx: `body` is parsed JSON, or the text when the server sent something else (/readyz, logs). */
export interface KubeResponse {
  readonly status: number;
  readonly body: unknown;
}

/** A request whose answer is lines without end; it fails when `idleTimeoutMs` pass without a byte. */
export interface KubeStreamRequest extends KubeRequest {
  readonly onLine: (line: string) => void | Promise<void>;
  /** The server has accepted the request; lines may follow, or nothing for long. */
  readonly onOpen?: (() => void) | undefined;
  readonly signal: AbortSignal;
  readonly idleTimeoutMs: number;
}

/** The API server; both reject with ApiError, with the signal's reason when aborted, and `stream` with whatever `onLine` threw. */
export interface KubeClient {
  request(request: KubeRequest): Promise<KubeResponse>;
  /** Resolves when the server ends the answer. */
  stream(request: KubeStreamRequest): Promise<void>;
}

/** A program in a container; `path` is a Pod's. */
export interface KubeExecRequest {
  readonly path: string;
  readonly container: string;
  readonly command: readonly string[];
  /** Each line of its stdout. What it throws ends the program's connection, and rejects. */
  readonly onLine: (line: string) => void;
  /** Closes the connection: the program's stdin ends, and it should. */
  readonly signal: AbortSignal;
}

/** How it ended; `stderr` is the last 4 KiB. */
export interface KubeExecEnd {
  readonly exitCode: number;
  readonly stderr: string;
}

/** Runs programs in containers (subresource pods/exec); rejects with ApiError, with the signal's reason, or with what `onLine` threw. */
export interface KubeExec {
  exec(request: KubeExecRequest): Promise<KubeExecEnd>;
}

/** After every attempt (a stream: at its headers); `verb` is the HTTP method or WATCH, `status` 0 without an answer. */
export type RequestObserver = (verb: string, path: string, status: number, ms: number) => void;
