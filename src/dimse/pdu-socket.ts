import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { concatBytes, UnicaError } from '#base';
import { bytesPassed } from '#memory';
import type { Pdu } from './pdu.ts';
import { PduStream } from './pdu-stream.ts';
import { tlsWords } from './secure-transport.ts';

/** Bytes kept ahead of the reader before the peer is made to wait. */
const AHEAD_BYTES = 262_144;
/** What is sent in one piece though it has to be copied for it. */
const COPIED_BYTES_AT_MOST = 4096;

/**
 * A connection that is read PDU by PDU and no faster than its reader: what is not asked for stays with the peer. Owned by
 * an association, which ends it.
 */
export class PduSocket {
  /** How the peer is called in errors. */
  peer: string;
  readonly #socket: Socket;
  readonly #stream: PduStream;
  #lost: Error | undefined;
  readonly #waiting = new Set<() => void>();
  #discards = false;
  #hasHeard = false;
  #waitedMs = 0;
  /** Read ahead by {@link hasPdu}. */
  #held: Pdu | undefined;

  constructor(socket: Socket, peer: string, maxPduBytes: number) {
    this.peer = peer;
    this.#socket = socket;
    this.#stream = new PduStream(maxPduBytes);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (cause: NodeJS.ErrnoException) =>
      this.#lose(tlsWords(cause) ?? cause.code ?? 'network error', cause),
    );
    socket.on('end', () => this.#lose(`it was closed by the other side${this.#doubt()}`));
    socket.on('close', () => this.#lose(`it was closed${this.#doubt()}`));
    socket.on('drain', () => this.#wake());
  }

  /** All the time that reading has waited for the peer. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** Whether the peer is gone or the connection was ended from here. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Whether something of the peer's is here to be read without waiting. @throws PduViolation */
  get hasPdu(): boolean {
    this.#held ??= this.#stream.next();
    return this.#held !== undefined;
  }

  /**
   * The next PDU; of a data transfer what has come of it.
   * @throws UnicaError `dimse.connection-lost`, `dimse.timeout`; PduViolation; what {@link fail} was given.
   */
  async read(limitMs: number, waitingFor: string): Promise<Pdu> {
    let leftMs = limitMs;
    for (;;) {
      if (this.#discards && this.#lost !== undefined) throw this.#lost;
      const pdu = this.#held ?? this.#stream.next();
      this.#held = undefined;
      if (pdu !== undefined) {
        if (this.#stream.bufferedBytes < AHEAD_BYTES) this.#socket.resume();
        return pdu;
      }
      if (this.#lost !== undefined) throw this.#lost;
      this.#socket.resume();
      const tookMs = await this.#event(leftMs, () => this.#timeout(limitMs, waitingFor));
      this.#waitedMs += tookMs;
      leftMs = Math.max(0, leftMs - tookMs);
    }
  }

  /** Hands bytes to the connection; resolves when it takes more. @throws UnicaError as {@link read} */
  async write(parts: readonly Uint8Array[], limitMs: number): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost;
    // One small write is far cheaper than a gathered one.
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    const gathered = sizeBytes <= COPIED_BYTES_AT_MOST ? [concatBytes(parts)] : parts;
    this.#socket.cork();
    for (const part of gathered) this.#socket.write(part);
    this.#socket.uncork();
    let leftMs = limitMs;
    while (this.#socket.writableNeedDrain) {
      if (this.#lost !== undefined) throw this.#lost;
      leftMs -= await this.#event(Math.max(0, leftMs), () => this.#timeout(limitMs, 'taking what was sent'));
    }
  }

  /** Breaks off whatever reads or writes, with `reason`. */
  fail(reason: Error): void {
    this.#lost ??= reason;
    this.#discards = true;
    this.#wake();
  }

  /**
   * Sends the last bytes, then waits for the peer to close, but not for longer than `lingerMs`. What the peer still sends
   * is thrown away; closing over it at once would reset the connection and the peer might never see our last words.
   */
  async end(last: Uint8Array | undefined, lingerMs: number): Promise<void> {
    this.fail(new UnicaError('dimse.connection-lost', { peer: this.peer, reason: 'it was ended from here' }));
    const socket = this.#socket;
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), lingerMs);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.resume();
      if (last === undefined) socket.end();
      else socket.end(last);
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Uint8Array): void {
    this.#hasHeard = true;
    bytesPassed(chunk.length);
    if (this.#discards) return;
    this.#stream.push(chunk);
    // Also while a writer waits: a peer that sends without reading must not fill our memory.
    if (this.#stream.bufferedBytes > AHEAD_BYTES) this.#socket.pause();
    this.#wake();
  }

  /** With TLS 1.3 a certificate of ours that is refused shows only in this, with systems that do not say so. */
  #doubt(): string {
    const isSilent = this.#socket instanceof TLSSocket && !this.#hasHeard;
    return isSilent ? ' before its first word; it may not take our certificate' : '';
  }

  #lose(reason: string, cause?: unknown): void {
    this.#lost ??= new UnicaError('dimse.connection-lost', { peer: this.peer, reason }, { cause });
    this.#wake();
  }

  #timeout(limitMs: number, waitingFor: string): UnicaError {
    return new UnicaError('dimse.timeout', { peer: this.peer, limitMs, waitingFor });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves at the next sign of life of the connection, with the milliseconds that it took. */
  #event(limitMs: number, late: () => UnicaError): Promise<number> {
    const beganMs = performance.now();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(wake);
        reject(late());
      }, limitMs);
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(performance.now() - beganMs);
      };
      this.#waiting.add(wake);
    });
  }
}
