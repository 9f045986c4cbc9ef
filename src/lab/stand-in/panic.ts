/** Where the real SQ panics: the request gets a 500 (or, on 0.5.1, the server ends), and the lock may be poisoned. */
export class Panic extends Error {
  override readonly name = 'Panic';
}
