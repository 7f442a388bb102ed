const quote = 0x22;
const backslash = 0x5c;
const lineEnd = 0x0a;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Finds where a JSON object ends that begins the bytes; goes on where it stopped when there are more of them. */
export class BraceScan {
  #at = 0;
  #depth = 0;
  #isInString = false;
  /** Of the next line end, or Infinity. */
  #lineEnd = -1;
  #end: number | undefined;

  /** How far it has looked. */
  get lookedBytes(): number {
    return this.#at;
  }

  /** Just past its closing brace; `open` where that is yet to come, `broken` where it cannot come any more. */
  advance(bytes: Buffer, isOneLine: boolean): number | "open" | "broken" {
    if (this.#end !== undefined) return this.#end;
    if (this.#lineEnd === Infinity) this.#lineEnd = -1;
    while (this.#at < bytes.length) {
      if (this.#isInString) {
        const end = endOfString(bytes, this.#at);
        // RFC 8259, 7: a line never ends inside a string.
        if (this.#nextLineEnd(bytes) < (end ?? bytes.length)) return "broken";
        this.#isInString = end === undefined;
        this.#at = end ?? bytes.length;
        continue;
      }
      const byte = bytes[this.#at++];
      if (byte === quote) this.#isInString = true;
      else if (byte === openBrace) this.#depth++;
      else if (byte === closeBrace && --this.#depth === 0) return (this.#end = this.#at);
      else if (byte === lineEnd && isOneLine) return "broken";
    }
    return "open";
  }

  #nextLineEnd(bytes: Buffer): number {
    if (this.#lineEnd < this.#at) {
      const found = bytes.indexOf(lineEnd, this.#at);
      this.#lineEnd = found === -1 ? Infinity : found;
    }
    return this.#lineEnd;
  }
}

/** Just past the quote that ends the string, or undefined. */
function endOfString(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(quote, from); at !== -1; at = bytes.indexOf(quote, at + 1)) {
    let escapes = 0;
    while (bytes[at - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
  return undefined;
}
