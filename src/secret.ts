/**
 * A value that must not be seen. Wherever it is printed, logged or turned into JSON it reads `[secret]`;
 * only `reveal()` gives the value, so that every use of one can be found by that word.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  /** What util.inspect and console.log show; the symbol is Node's, by name, so that no import is needed. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}
