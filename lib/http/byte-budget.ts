/** A share of a budget, until it is disposed of. */
export interface Reserved extends Disposable {
  /** Gives back all but so many bytes. */
  shrink(toBytes: number): void;
}

/** How many bytes of request bodies are in work at a time: what would be more is refused before it is read. */
export class ByteBudget {
  #leftBytes: number;

  constructor(maxBytes: number) {
    this.#leftBytes = maxBytes;
  }

  /** Reserves bytes until it is disposed of; undefined where so many are not left. */
  take(bytes: number): Reserved | undefined {
    if (bytes > this.#leftBytes) return undefined;
    this.#leftBytes -= bytes;
    let heldBytes = bytes;
    const shrink = (to: number): void => {
      this.#leftBytes += Math.max(0, heldBytes - to);
      heldBytes = Math.min(heldBytes, to);
    };
    return { shrink, [Symbol.dispose]: () => shrink(0) };
  }

  /** Reserves what a request announces; one that does not is taken for as long as it may be. */
  takeBody(request: Request, maxBytes: number): Reserved | undefined {
    const announced = request.headers.get("content-length") ?? "";
    return this.take(/^\d+$/.test(announced) ? Math.min(Number(announced), maxBytes) : maxBytes);
  }
}
