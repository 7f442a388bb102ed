/** How many bytes of request bodies are in work at a time: what would be more is refused before it is read. */
export class ByteBudget {
  #leftBytes: number;

  constructor(maxBytes: number) {
    this.#leftBytes = maxBytes;
  }

  /** Reserves bytes until it is disposed of; undefined where so many are not left. */
  take(bytes: number): Disposable | undefined {
    if (bytes > this.#leftBytes) return undefined;
    this.#leftBytes -= bytes;
    let heldBytes = bytes;
    return {
      [Symbol.dispose]: () => {
        this.#leftBytes += heldBytes;
        heldBytes = 0;
      },
    };
  }

  /** Reserves what a request announces; one that does not is taken for as long as it may be. */
  takeBody(request: Request, maxBytes: number): Disposable | undefined {
    const announced = request.headers.get("content-length") ?? "";
    return this.take(/^\d+$/.test(announced) ? Math.min(Number(announced), maxBytes) : maxBytes);
  }
}
